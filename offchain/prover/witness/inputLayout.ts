import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { EliminatedInput } from "@vouch/native";
import { SCALAR_FIELD } from "@vouch/protocol";
import { ProverError } from "../errors.ts";
import { readR1csInputs } from "../r1cs/readInputs.ts";

/** What a circuit takes, and what became of it: as the compiler says beside the `.r1cs` file, which has no names. */
export type InputLayout = {
  /** Declared inputs in the order of their labels, public ones first; arrays row-major and flat. */
  readonly inputs: readonly { readonly name: string; readonly length: number }[];
  /** Those of their values that are on no wire. */
  readonly eliminated: readonly EliminatedInput[];
};

const CONSTANT = 0;

/**
 * Reads the layout of a circuit's inputs from what circom 2 writes beside it.
 *
 * @param symbols a `.sym` file, lines `label,wire,component,name`
 * @param substitutions what `--simplification_substitution` writes, lines `"label" : {"label":"coefficient"},`
 * @throws {ProverError} `R1CS_INVALID` where the files are not of one circuit
 */
export async function readInputLayout(
  r1cs: Uint8Array,
  symbols: string,
  substitutions: string,
): Promise<InputLayout> {
  const { publicOutputs, publicInputs, privateInputs, labels } = readR1csInputs(r1cs);
  const first = publicOutputs + 1;
  const count = publicInputs + privateInputs;
  const wireOf = new Map(labels.map((label, wire) => [label, wire]));
  const inputs = await readNames(symbols, first, count);
  const lost = Array.from({ length: count }, (_, input) => first + input).filter(
    (label) => !wireOf.has(label),
  );
  const known = await readSubstitutions(substitutions, lost, wireOf);
  const expand = expander(known, wireOf);
  const eliminated = lost.map((label) => ({
    input: label - first,
    terms: [...expand(label)].filter(([, coefficient]) => coefficient !== 0n),
  }));
  return { inputs, eliminated };
}

/** JSON of a layout. */
export function encodeInputLayout(layout: InputLayout): string {
  return JSON.stringify(layout, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

/** The inverse of `encodeInputLayout`, of a file of our own. */
export function decodeInputLayout(json: string): InputLayout {
  const { inputs, eliminated } = JSON.parse(json) as Encoded;
  return {
    inputs,
    eliminated: eliminated.map(({ input, terms }) => ({
      input,
      terms: terms.map(([wire, coefficient]) => [wire, BigInt(coefficient)] as const),
    })),
  };
}

type Encoded = Pick<InputLayout, "inputs"> & {
  readonly eliminated: readonly {
    readonly input: number;
    readonly terms: readonly (readonly [number, string])[];
  }[];
};

/** Names and lengths of the signals with `count` labels from `first` on, which are those of `main`. */
async function readNames(
  symbols: string,
  first: number,
  count: number,
): Promise<InputLayout["inputs"]> {
  const inputs: { name: string; length: number }[] = [];
  let next = first;
  for await (const line of linesOf(symbols)) {
    if (next === first + count) break;
    const [, label, name] = /^(\d+),-?\d+,\d+,main\.(\w+)(?:\[\d+\])*$/.exec(line) ?? [];
    if (name === undefined || Number(label) < first) continue;
    if (Number(label) !== next++) throw foreign("a label is missing in its symbols");
    const last = inputs.at(-1);
    if (last?.name === name) last.length += 1;
    else inputs.push({ name, length: 1 });
  }
  if (next !== first + count) throw foreign("its symbols do not name all inputs");
  return inputs;
}

type Substitutions = ReadonlyMap<
  number,
  readonly (readonly [label: number, coefficient: bigint])[]
>;

/** What the lost signals were replaced by, and what those were that are on no wire either: a pass over the file for each step. */
async function readSubstitutions(
  path: string,
  lost: readonly number[],
  wireOf: ReadonlyMap<number, number>,
): Promise<Substitutions> {
  const known = new Map<number, readonly (readonly [number, bigint])[]>();
  let wanted = new Set(lost);
  while (wanted.size > 0) {
    for await (const line of linesOf(path)) {
      const [, label, terms] = /^"(\d+)" : (\{.*\}),?$/.exec(line) ?? [];
      if (terms === undefined || !wanted.has(Number(label))) continue;
      const parsed = Object.entries(JSON.parse(terms) as Readonly<Record<string, string>>);
      known.set(
        Number(label),
        parsed.map(([it, coefficient]) => [Number(it), BigInt(coefficient)] as const),
      );
    }
    const unsaid = [...wanted].find((it) => !known.has(it));
    if (unsaid !== undefined) throw foreign(`nothing says what became of signal ${unsaid}`);
    const next = [...wanted].flatMap((it) => (known.get(it) ?? []).map(([label]) => label));
    wanted = new Set(next.filter((it) => it !== CONSTANT && !wireOf.has(it) && !known.has(it)));
  }
  return known;
}

type ByWires = ReadonlyMap<number, bigint>;

/** Says lost signals by wires, each once. */
function expander(
  known: Substitutions,
  wireOf: ReadonlyMap<number, number>,
): (label: number) => ByWires {
  const done = new Map<number, ByWires>();
  const begun = new Set<number>();
  const expand = (label: number): ByWires => {
    const wire = wireOf.get(label);
    if (wire !== undefined) return new Map([[wire, 1n]]);
    const before = done.get(label);
    if (before !== undefined) return before;
    if (begun.has(label)) throw foreign("substitutions go round in a circle");
    begun.add(label);
    const sum = new Map<number, bigint>();
    for (const [other, coefficient] of known.get(label) ?? [])
      for (const [of, factor] of expand(other))
        sum.set(of, ((sum.get(of) ?? 0n) + coefficient * factor) % SCALAR_FIELD);
    done.set(label, sum);
    return sum;
  };
  return expand;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path);
  try {
    yield* createInterface({ input: stream, crlfDelay: Infinity });
  } finally {
    stream.destroy();
  }
}

function foreign(reason: string): ProverError {
  return new ProverError({ code: "R1CS_INVALID", reason });
}
