import { CompilerError } from "../../errors.ts";
import { claimWords, saltsOf } from "../claimWords.ts";
import type { Opening } from "../claimWords.ts";
import { saltedTensors } from "../circom.ts";
import { toField } from "../circuitInputs.ts";
import type { ProvableModel } from "../components.ts";
import { interpretAll } from "../../interpret.ts";
import type { TensorId } from "../../ir/integerGraph.ts";
import { inputsOf } from "../../ir/integerGraph.ts";
import { lookUp } from "../../ir/lookUp.ts";
import { splitValues } from "../joinEncoding.ts";
import { inputSignal, parameterSignal } from "../writer.ts";
import { clampParts } from "./clampPlan.ts";
import { countLookups } from "./countLookups.ts";
import { planCommitted } from "./plan.ts";
import type { CommittedStep } from "./committedStep.ts";
import type { CommittedPlan } from "./plan.ts";
import { adviceLayout, functionInput, functionTableSignal, partSignal } from "./signals.ts";
import type { PartName } from "./signals.ts";

/** The values of the wires of one group by signal, in the order of the wires, the blind last. */
export type CommittedGroup = Readonly<Record<string, readonly bigint[]>>;

/** What is committed to before the challenge; with `z`, `b` and `e` these are all inputs of the circuit. */
export type CommittedInputs = {
  /** Absent where the weights are public. */
  readonly weights: CommittedGroup | undefined;
  readonly advice: CommittedGroup;
};

/** Random field elements that hide what is committed. */
export type Blinds = { readonly weights?: bigint; readonly advice: bigint };

/**
 * Values of the private inputs of the circuit that `emitCommittedCircom` returns, field elements in `[0, p)`, from one run of
 * the interpreter; nothing of it depends on the challenge.
 *
 * @param blinds.weights the one of the registration; needed where weights are private
 * @throws {CompilerError} `SALT_MISSING` if what is committed has no salt or blind; `INPUT_INVALID` as `interpret`.
 */
export function committedInputs(
  model: ProvableModel,
  opening: Opening,
  blinds: Blinds,
  plan: CommittedPlan = planCommitted(model),
): CommittedInputs {
  const { graph } = model;
  const tensors = interpretAll(graph, opening.input);
  const valuesOf = (id: TensorId): readonly bigint[] => lookUp(tensors, id, "integer");
  const { signals, checks } = adviceLayout(model, plan);

  const known = new Map<string, readonly bigint[]>();
  splitValues(inputsOf(graph), opening.input).forEach((it, k) => known.set(inputSignal(k), it));
  for (const it of saltedTensors({ ...model, weights: "public" })) {
    known.set(`${it}Salt`, saltsOf(it, model, opening));
  }
  plan.functions.forEach(({ rows }, k) => {
    known.set(functionTableSignal(k), Array<bigint>(rows).fill(0n));
  });
  plan.steps.forEach((step, index) => {
    const parts = partsOf(step, plan, model, valuesOf);
    for (const [part, values] of Object.entries(parts)) {
      known.set(partSignal(index, part as PartName), values);
    }
    if (step.kind !== "function") return;
    const table = functionTableSignal(step.table);
    known.set(table, addCounts(known.get(table) ?? [], parts.Row ?? []));
  });
  for (const [name, values] of countLookups(checks, plan.tables, known)) known.set(name, values);

  const advice = signals.map(({ name }): [string, readonly bigint[]] => {
    return [name, lookUp(known, name, "integer").map(toField)];
  });
  return {
    weights: model.weights === "public" ? undefined : weightsGroup(model, blinds),
    advice: { ...Object.fromEntries(advice), adviceBlind: [blinds.advice] },
  };
}

/** The group of the weights, the same for every inference of a release. */
export function weightsGroup(
  { graph }: ProvableModel,
  blinds: Omit<Blinds, "advice">,
): CommittedGroup {
  if (blinds.weights === undefined) {
    throw new CompilerError({ code: "SALT_MISSING", tensor: "weights" });
  }
  const parameters = graph.parameters.map((it, index): [string, readonly bigint[]] => {
    return [parameterSignal(index), it.values.map(toField)];
  });
  return { ...Object.fromEntries(parameters), weightsBlind: [blinds.weights] };
}

/** The wires of a group in their order. */
export function groupValues(group: CommittedGroup): readonly bigint[] {
  return Object.values(group).flat();
}

/** All inputs of the circuit, by signal name. */
export function challengedInputs(
  { weights, advice }: CommittedInputs,
  publics: Readonly<Record<string, bigint>>,
): Record<string, bigint | readonly bigint[]> {
  return { ...publics, ...weights, ...advice };
}

/**
 * The words `v = words(x) ‖ words(y)` of which `e` is the value at `z`: those of docs/statement.md, section 4, without one for
 * the weights, which a commitment of their own binds; of several inferences 1 is the last.
 *
 * @throws {CompilerError} `SALT_MISSING`, `BATCH_COUNT`
 * @throws {ProtocolError} if an element is out of the range of its type.
 */
export function committedWords(model: ProvableModel, opening: Opening): readonly bigint[] {
  return claimWords({ ...model, weights: "public" }, opening).v;
}

type Parts = Partial<Record<PartName, readonly bigint[]>>;

/** The parts of a step's output, committed or derived, as integers. */
function partsOf(
  step: CommittedStep,
  plan: CommittedPlan,
  { graph }: ProvableModel,
  valuesOf: (id: TensorId) => readonly bigint[],
): Parts {
  switch (step.kind) {
    case "plain":
      return {};
    case "layer":
    case "rescale": {
      const { multiplier, input } = step.kind === "layer" ? step.rescale : step.node;
      const factors = multiplier === undefined ? [1n] : valuesOf(multiplier);
      const sums = valuesOf(input).map((it, i) => it * (factors[i % factors.length] ?? 0n));
      const { value, excess, low } = clampParts(step.clamp, sums);
      return { Value: value, Excess: excess, Low: low };
    }
    case "largest": {
      const largest = valuesOf(step.node.output.id);
      const differences = valuesOf(step.node.input).map(
        (it, i) => (largest[Math.floor(i / step.length)] ?? 0n) - it,
      );
      return { Value: largest, Differences: differences };
    }
    case "function": {
      const { lo } = functionInput(graph, step);
      const { lowBits, input } = step.node;
      const table = plan.functions[step.table];
      const offsets = valuesOf(input).map((it) => it - lo);
      const rows = offsets.map((it) => it >> BigInt(lowBits));
      return {
        Row: rows,
        Base: rows.map((it) => table?.base[Number(it)] ?? 0n),
        Slope: rows.map((it) => table?.slope[Number(it)] ?? 0n),
        Low: offsets.map((it, i) => it - ((rows[i] ?? 0n) << BigInt(lowBits))),
      };
    }
    default:
      return step satisfies never;
  }
}

function addCounts(counts: readonly bigint[], rows: readonly bigint[]): readonly bigint[] {
  const sums = [...counts];
  for (const row of rows) sums[Number(row)] = (sums[Number(row)] ?? 0n) + 1n;
  return sums;
}
