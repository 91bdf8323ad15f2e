import type { SaltedTensor } from "./claimWords.ts";
import { claimedWords, inferencesOf } from "./components.ts";
import type { Binding, ProvableModel } from "./components.ts";
import type { Template } from "./templates.ts";
import type { Writer } from "./writer.ts";

/** Statements of a main component that both proof systems have in common. */

/** A salt, or one for each inference where there are several. */
export function saltDeclaration(tensor: SaltedTensor, model: ProvableModel): string {
  const inferences = inferencesOf(model);
  const isOne = inferences === 1 || tensor === "weights";
  return `signal input ${tensor}Salt${isOne ? "" : `[${inferences}]`};`;
}

/** One commitment, or one for each inference, of `<name>Words`. */
export function commitStatements(
  name: "weights" | "input" | "output",
  { commit, inferences }: { readonly commit: Template; readonly inferences: number },
  call: Writer["call"],
): readonly string[] {
  const committed = call(commit, `${name}Salt`, `${name}Words`);
  const declaration = `signal ${name}Claim[${inferences}]`;
  if (inferences === 1) return [`${declaration};`, `${name}Claim[0] <== ${committed};`];
  return [`${declaration} <== ${committed};`];
}

/** Copies the words of input and output to v, from `at` on: those of one inference after those of the other. */
export function copyStatements(
  { input, output }: { readonly input: Binding; readonly output: Binding },
  at: number,
): readonly string[] {
  const { inferences } = input;
  const sizes = [input, output].map((it) => claimedWords(it) / inferences);
  const each = sizes.reduce((sum, it) => sum + it, 0);
  let start = at;
  return ["input", "output"].map((name, index) => {
    const size = sizes[index] ?? 0;
    const place = start === 0 ? "i" : `${start} + i`;
    start += size;
    const words = `for (var i = 0; i < ${size}; i++)`;
    if (inferences === 1) return `${words} { v[${place}] <== ${name}Claim[i]; }`;
    const copy = `v[${place} + ${each} * n] <== ${name}Claim[${size} * n + i];`;
    return `for (var n = 0; n < ${inferences}; n++) { ${words} { ${copy} } }`;
  });
}
