/** Turns tokens into text as they come; texts joined are the whole. */
export type Detokenizer = {
  readonly push: (token: number) => string;
  /** Returns what is left, for example half a character. */
  readonly end: () => string;
};

/** What `decode` gives for bytes that are no whole character yet. */
const INCOMPLETE = "\ufffd";

/**
 * Decodes a window of tokens with and without the newest ones, and says what they add: a token alone may mean another text
 * than behind its neighbours. Text is held back while it ends within a character.
 */
export function createDetokenizer(decode: (tokens: readonly number[]) => string): Detokenizer {
  let context: readonly number[] = [];
  let pending: readonly number[] = [];

  const added = (): string => decode([...context, ...pending]).slice(decode(context).length);
  const settle = (text: string): string => {
    context = pending;
    pending = [];
    return text;
  };
  return {
    push(token) {
      pending = [...pending, token];
      const text = added();
      return text === "" || text.endsWith(INCOMPLETE) ? "" : settle(text);
    },
    end: () => (pending.length === 0 ? "" : settle(added())),
  };
}
