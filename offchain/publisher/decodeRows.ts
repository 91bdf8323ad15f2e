import type { Sample } from "./samples.ts";

/** One step of a decoder: all inputs end to end, all outputs end to end. */
export type DecodeStep = (x: readonly number[]) => ArrayLike<number>;

/**
 * Turns prompts into rows of a decoder whose inputs are a token, its position and a state of `state` numbers, and whose
 * outputs end in the next state: each row is the last token of a prompt, with the state that the ones before it leave. The
 * state is zero at position 0.
 */
export function decodeRows(
  prompts: readonly Sample[],
  state: number,
  step: DecodeStep,
): readonly Sample[] {
  return prompts.map((prompt) => {
    let carried: readonly number[] = new Array<number>(state).fill(0);
    const last = prompt.x.length - 1;
    for (const [position, token] of prompt.x.slice(0, last).entries()) {
      const y = step([token, position, ...carried]);
      carried = Array.from(y).slice(y.length - state);
    }
    return { ...prompt, x: [prompt.x[last] ?? 0, last, ...carried] };
  });
}
