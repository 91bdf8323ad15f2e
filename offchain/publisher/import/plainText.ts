/** Characters that move a terminal's cursor, colour it, or turn the direction of what follows. */
// eslint-disable-next-line no-control-regex -- they are what it is about
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** Returns what somebody else wrote as text that may be shown: on one line, without control characters, of a length. */
export function plainText(text: string, most = 200): string {
  const shown = text.replace(UNPRINTABLE, "\ufffd");
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}
