import { HASH_TAGS } from "@vouch/protocol";
import { CompilerError } from "../../errors.ts";
import type { Parameter } from "../../ir/integerGraph.ts";
import { rangeOfType } from "../../ir/range.ts";
import { elementsOf } from "../../ir/shape.ts";
import { toField } from "../circuitInputs.ts";
import { commitment, hashWords, packWords } from "../templates.ts";
import type { PackedTensor, Template } from "../templates.ts";
import { createWriter, laidEndToEnd, parameterSignal } from "../writer.ts";
import type { Blinds, CommittedInputs } from "./committedInputs.ts";
import { countLookups } from "./countLookups.ts";
import { exactLimbs, limbsCost } from "./limbs.ts";
import type { TableWidths } from "./limbs.ts";
import { mainFile, recordFiles } from "./mainFile.ts";
import { rangeStatements, template } from "./rangeStatements.ts";
import { limbSignals, rangeTableSignal } from "./signals.ts";
import type { CommittedSignal, RangeCheck } from "./signals.ts";
import { TABLE_SETS } from "./tableSets.ts";

type WeightsPlan = {
  readonly checks: readonly RangeCheck[];
  readonly tables: TableWidths;
  /** `undefined` where there is no parameter. */
  readonly pack: ReturnType<typeof packWords> | undefined;
  readonly commit: Template;
  readonly signals: readonly CommittedSignal[];
  readonly total: number;
};

/**
 * Returns the main circom file of the circuit that registers private weights: public signals `[z, b, W]`, private inputs the
 * parameters and `weightsBlind`, then `weightsSalt`, what their range checks need, and `adviceBlind` (`weightsInputs`). It
 * proves that the parameters are of their types and that `W` is their commitment (docs/statement.md, section 3).
 *
 * @param types of the parameters in order; nothing else of a model occurs in the text
 */
export function emitWeightsCircom(types: readonly PackedTensor[]): string {
  const { checks, tables, pack, commit, signals } = planWeights(types);
  const names = types.map((_, index) => parameterSignal(index));
  const graph = { name: "weights", parameters: [], constants: [], nodes: [] };
  const tensors = types.map((it, index) => ({
    ...{ id: parameterSignal(index), shape: [it.elements], type: it },
  }));
  const [input = { id: "none", shape: [1], type: { bits: 1, signed: false } }] = tensors;
  const writer = recordFiles(createWriter({ ...graph, input, output: input }, []));
  const { call } = writer;
  const values = laidEndToEnd("weights", tensors, (id) => id);
  const bound =
    pack === undefined
      ? [`signal commitment <== ${call(commit, "[weightsSalt]")};`]
      : [
          ...values.lines,
          `signal words[${pack.words}] <== ${call(template("PackTyped", pack.parameters), values.name)};`,
          `signal commitment <== ${call(commit, "weightsSalt", "words")};`,
        ];
  const used = ["weightsBlind", "adviceBlind", "b", ...(tables.length === 0 ? ["z"] : [])];
  return mainFile(
    [
      [
        ...["z", "b", "W"].map((it) => `signal input ${it};`),
        ...types.map(({ elements }, index) => `signal input ${names[index] ?? ""}[${elements}];`),
        "signal input weightsBlind;",
        "signal input weightsSalt;",
        ...signals.map(({ name, length }) => `signal input ${name}[${length}];`),
        "signal input adviceBlind;",
      ],
      used.map((it) => `${call(template("Blind", []), it)};`),
      rangeStatements(checks, tables, call),
      [...bound, "W === commitment;"],
    ],
    writer.files(),
    "W",
  );
}

/**
 * Values of the private inputs of that circuit.
 *
 * @throws {CompilerError} `SALT_MISSING` without the blind of the weights; `GRAPH_INVALID` for a value that is not of its type.
 */
export function weightsInputs(
  parameters: readonly Parameter[],
  weightsSalt: bigint,
  blinds: Blinds,
): CommittedInputs {
  if (blinds.weights === undefined) {
    throw new CompilerError({ code: "SALT_MISSING", tensor: "weights" });
  }
  const types = parameters.map(({ shape, type }) => ({ ...type, elements: elementsOf(shape) }));
  const { checks, tables, signals } = planWeights(types);
  const known = new Map(parameters.map((it, index) => [parameterSignal(index), it.values]));
  const found = countLookups(checks, tables, known);
  const named = (name: string, values: readonly bigint[]): [string, readonly bigint[]] => [
    ...([name, values.map(toField)] as const),
  ];
  return {
    weights: {
      ...Object.fromEntries(Array.from(known, ([name, values]) => named(name, values))),
      weightsBlind: [blinds.weights],
    },
    advice: {
      weightsSalt: [weightsSalt],
      ...Object.fromEntries(signals.map(({ name }) => named(name, found.get(name) ?? []))),
      adviceBlind: [blinds.advice],
    },
  };
}

/** Constraints of the circuit that `emitWeightsCircom` returns. */
export function weightsConstraints(types: readonly PackedTensor[]): number {
  return planWeights(types).total;
}

function planWeights(types: readonly PackedTensor[]): WeightsPlan {
  const [first = [], ...others] = TABLE_SETS;
  let best = planWith(types, first);
  for (const tables of others) {
    const plan = planWith(types, tables);
    if (plan.total < best.total) best = plan;
  }
  return best;
}

function planWith(types: readonly PackedTensor[], allowed: TableWidths): WeightsPlan {
  const checks = types.map((it, index): RangeCheck => ({
    ...{ signal: parameterSignal(index), elements: it.elements },
    ...{ offset: -rangeOfType(it).lo, limbs: exactLimbs(it.bits, allowed) },
  }));
  const used = new Set(checks.flatMap((it) => it.limbs.map(({ table }) => table)));
  const tables = allowed.filter((it) => used.has(it));
  const pack = types.length === 0 ? undefined : packWords(types);
  const commit =
    pack === undefined
      ? hashWords(HASH_TAGS.weights, 1)
      : commitment(HASH_TAGS.weights, pack.words);
  const ranges = checks.reduce((sum, it) => sum + it.elements * limbsCost(it.limbs), 0);
  const rows = tables.reduce((sum, it) => sum + 2 ** it, 0);
  // Two blinds, and b, or both challenges, in a constraint each.
  const squares = tables.length === 0 ? 4 : 3;
  return {
    ...{ checks, tables, pack, commit },
    signals: [
      ...checks.flatMap(limbSignals),
      ...tables.map((bits) => ({ name: rangeTableSignal(bits), length: 2 ** bits })),
    ],
    total: ranges + rows + commit.constraints + squares,
  };
}
