import type { IntegerGraph, Tensor, TensorId } from "../../ir/integerGraph.ts";
import { inputsOf } from "../../ir/integerGraph.ts";
import { lookUp } from "../../ir/lookUp.ts";
import { elementsOf } from "../../ir/shape.ts";
import { verifyIntegers } from "../../ir/verifyIntegers.ts";
import { commitStatements, copyStatements, saltDeclaration } from "../claimStatements.ts";
import type { Binding, ProvableModel } from "../components.ts";
import { createWriter, laidEndToEnd, parameterSignal } from "../writer.ts";
import type { Writer } from "../writer.ts";
import { anchoredTensors } from "./anchors.ts";
import { mainFile, recordFiles } from "./mainFile.ts";
import { outputsOf } from "./committedStep.ts";
import { isOutputTyped, planCommitted } from "./plan.ts";
import type { CommittedPlan } from "./plan.ts";
import { rangeStatements, template } from "./rangeStatements.ts";
import { adviceLayout } from "./signals.ts";
import { functionTableStatements, stepStatements } from "./stepStatements.ts";

/**
 * Returns the main circom file of a model for commit-and-prove, which includes templates of `@vouch/circuits` by name.
 *
 * As `emitCircom`, its text depends on the architecture only. Public signals are `[z, b, e]` of docs/circuits.md, "Commit and
 * prove"; every private input is committed: the parameters and `weightsBlind` where weights are private, then the advice and
 * `adviceBlind` (`committedInputs`).
 *
 * @throws {CompilerError} those of `verifyIntegers`, on which the soundness of the templates rests, and of `componentsOf`.
 */
export function emitCommittedCircom(model: ProvableModel): string {
  const graph = verifyIntegers(model.graph);
  const plan = planCommitted(model);
  const { signals, checks } = adviceLayout(model, plan);
  const outputs = outputsOf(plan.steps).map((it) => it.id);
  const writer = recordFiles(createWriter(graph, outputs));
  const { call } = writer;
  const tensors = new Map<TensorId, Tensor>();
  for (const it of [...inputsOf(graph), ...graph.parameters, ...outputsOf(plan.steps)]) {
    tensors.set(it.id, it);
  }
  const tensorOf = (id: TensorId): Tensor => lookUp(tensors, id, "integer");

  const body = [
    [
      ...plan.steps.flatMap((it, index) => stepStatements(it, index, { model, plan, writer })),
      ...functionTableStatements(plan, writer),
      ...anchoredTensors(graph, plan.steps).map((id) => {
        return `${call(template("Anchor", [elementsOf(tensorOf(id).shape)]), writer.signal(id))};`;
      }),
    ],
    rangeStatements(checks, plan.tables, call),
    bindingStatements("input", plan.input, true, writer),
    bindingStatements("output", plan.output, isOutputTyped(model), writer),
    claimStatements(plan, call),
  ];
  const declarations = [
    ...["z", "b", "e"].map((it) => `signal input ${it};`),
    ...(model.weights === "private"
      ? [...parameterDeclarations(graph), "signal input weightsBlind;"]
      : []),
    ...signals.map(({ name, length }) => {
      const salt = SALTED.find((it) => name === `${it}Salt`);
      return salt === undefined ? `signal input ${name}[${length}];` : saltDeclaration(salt, model);
    }),
    "signal input adviceBlind;",
  ];
  const blinds = [
    ...(model.weights === "private" ? [`${call(template("Blind", []), "weightsBlind")};`] : []),
    `${call(template("Blind", []), "adviceBlind")};`,
    ...challengeStatements(plan, call),
    ...unreadStatements(plan, writer),
  ];
  return mainFile([declarations, writer.arrays(), blinds, ...body], writer.files());
}

const SALTED = ["input", "output"] as const;

/** A parameter each, as `emitCircom` declares them. */
function parameterDeclarations(graph: IntegerGraph): readonly string[] {
  return graph.parameters.map(
    ({ shape }, index) => `signal input ${parameterSignal(index)}[${elementsOf(shape)}];`,
  );
}

/** The powers of b and its square. Where nothing else depends on b, that is what it is in. */
function challengeStatements({ powers }: CommittedPlan, call: Writer["call"]): readonly string[] {
  if (powers === 0) return ["signal square <== b * b;"];
  return [
    `signal powers[${powers}] <== ${call(template("Powers", [powers]), "b")};`,
    "signal square <== powers[2];",
  ];
}

function unreadStatements({ unread }: CommittedPlan, { signal, call }: Writer): readonly string[] {
  const elements = unread.flatMap(({ id, indices }) => indices.map((i) => `${signal(id)}[${i}]`));
  if (elements.length === 0) return [];
  const kept = template("Kept", [elements.length]);
  return [`${call(kept, `[${elements.join(", ")}]`, "b")};`];
}

/** Ends in `<name>Claim`, the words that go into v. */
function bindingStatements(
  name: "input" | "output",
  { tensors, pack, commit, inferences }: Binding,
  isTyped: boolean,
  { signal, call }: Writer,
): readonly string[] {
  if (pack === undefined) return [];
  const values = laidEndToEnd(`${name}Values`, tensors, signal);
  const typed = inferences === 1 ? "PackTyped" : "PackTypedEach";
  const packing = isTyped ? template(typed, pack.parameters) : pack;
  const packed = `[${pack.words}] <== ${call(packing, values.name)};`;
  if (commit === undefined) return [...values.lines, `signal ${name}Claim${packed}`];
  return [
    ...values.lines,
    `signal ${name}Words${packed}`,
    ...commitStatements(name, { commit, inferences }, call),
  ];
}

function claimStatements(
  { input, output, words }: CommittedPlan,
  call: Writer["call"],
): readonly string[] {
  // Behind the words of several inferences comes 1, which tells their number.
  const isEnded = input.inferences > 1;
  const length = isEnded ? words + 1 : words;
  return [
    `signal v[${length}];`,
    ...copyStatements({ input, output }, 0),
    ...(isEnded ? [`v[${words}] <== 1;`] : []),
    `${call(template("Evaluation", [length]), "v", "z", "e")};`,
  ];
}
