import type { InferenceResult, InputOf, OutputOf, VouchClient } from "@vouch/sdk";
import { defineRelease } from "@vouch/sdk";

/**
 * What the compiler says of typed releases. `npm run typecheck` compiles this file and nothing runs it: an error that is expected
 * and does not come is an error, too.
 */

/** Whether two types are the same one; assignable to each other is not enough. */
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- a type of that form is what the compiler compares exactly */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */
/** Takes `true` alone. */
type Expect<Result extends true> = Result;

const triage = defineRelease({
  id: "0x5b1f7a1f0c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b",
  model: "triage",
  version: "1",
  inputs: [
    { name: "vitals", shape: [1, 3] },
    { name: "age", shape: [] },
    { name: "scan", shape: [2, 2] },
  ],
  outputs: [
    { name: "urgency", shape: [1, 2] },
    { name: "score", shape: [] },
  ],
  input: "public",
  output: "public",
} as const);

export const hidden = defineRelease({
  ...{ id: triage.id, model: "hidden", version: "1" },
  inputs: [{ name: "pixels", shape: [1, 784] }],
  outputs: [{ name: "digit", shape: [1, 10] }],
  ...{ input: "committed", output: "committed" },
} as const);

type Pair = readonly [number, number];
type Triage = typeof triage;

export type Outputs = [
  Expect<Same<OutputOf<Triage>, { readonly urgency: readonly [Pair]; readonly score: number }>>,
  Expect<Same<OutputOf<typeof hidden>, null>>,
  Expect<Same<OutputOf<string>, readonly number[] | null>>,
  Expect<Same<keyof InputOf<Triage>, "vitals" | "age" | "scan">>,
  Expect<Same<InferenceResult<Triage>["output"]["urgency"][0][1], number>>,
  // @ts-expect-error an output of another shape
  Expect<Same<OutputOf<Triage>, { readonly urgency: Pair; readonly score: number }>>,
  // @ts-expect-error the helper itself tells any from what is asked
  Expect<Same<OutputOf<Triage>, any>>, // eslint-disable-line @typescript-eslint/no-explicit-any -- what must not pass
  // @ts-expect-error never is no `true`
  Expect<Same<never, true>>,
];

export const whole: InputOf<Triage> = { vitals: [[1, 2, 3]], age: 4, scan: [[1, 2], [3, 4]] }; // prettier-ignore
export const short: InputOf<Triage> = {
  vitals: [1, 2, 3], // a leading 1 may be left out
  age: 4,
  scan: new Float32Array(4),
};
export const many: InputOf<typeof hidden> = { pixels: Array.from({ length: 784 }, () => 0) };

const scan = new Float32Array(4);
// @ts-expect-error two numbers where there are three
export const few: InputOf<Triage> = { vitals: [1, 2], age: 4, scan };
// @ts-expect-error a list whose length is not known
export const open: InputOf<Triage> = { vitals: [1, 2, 3] as number[], age: 4, scan };
// @ts-expect-error flat where it is nested
export const flat: InputOf<Triage> = { vitals: [1, 2, 3], age: 4, scan: [1, 2, 3, 4] };
// @ts-expect-error a list where there is one number
export const list: InputOf<Triage> = { vitals: [1, 2, 3], age: [4], scan };
// @ts-expect-error an input is missing
export const missing: InputOf<Triage> = { vitals: [1, 2, 3], scan };
// @ts-expect-error an input that the model does not have
export const unknown: InputOf<Triage> = { vitals: [1, 2, 3], age: 4, scan, weight: 80 };
// @ts-expect-error text for a number
export const text: InputOf<Triage> = { vitals: [1, 2, 3], age: "4", scan };

/** Infers what a client takes and gives. */
export async function useClient(vouch: VouchClient): Promise<number | undefined> {
  const terms = { policy: "zk:any+signature", fee: 1n } as const;
  const { output } = await vouch.infer({ ...terms, release: triage, input: short });
  const exact: number = output.urgency[0][0];
  // @ts-expect-error there is no third
  const third: unknown = output.urgency[0][2];
  // @ts-expect-error there is no such output
  const other: unknown = output.risk;
  const named = await vouch.infer({ ...terms, release: "triage", input: [1, [2, 3]] });
  // @ts-expect-error where only the name is known, an output may be a commitment
  const first: number | undefined = named.output[0];
  // @ts-expect-error ports of a typed release, not a list
  await vouch.request({ ...terms, release: triage, input: [1, 2, 3] });
  // @ts-expect-error a fee is wei, as bigint
  await vouch.request({ ...terms, release: "triage", input: [1], fee: 1 });
  return [exact, third, other].length + (first ?? 0);
}
