import { compile } from "../compile.ts";
import type { DeclaredEncoding } from "../compile.ts";
import { batchModel } from "../batches/batchGraph.ts";
import { constraintEstimate } from "../emit/constraintEstimate.ts";
import { evmGasEstimate } from "../emit/evmGasEstimate.ts";
import { CompilerError } from "../errors.ts";
import type { CompiledModel, WeightsMode } from "../ir/compiledModel.ts";
import type { FloatGraph } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import { readModel } from "../onnx/readModel.ts";
import { segmentGraph } from "../segments/segmentGraph.ts";
import { tableErrors } from "../tableErrors.ts";
import { COMPILER } from "../version.ts";
import { advise, overBudget } from "./advise.ts";
import type { Advised } from "./advise.ts";
import { coefficientCount } from "./coefficientCount.ts";
import { chooseCircuit } from "./chooseCircuit.ts";
import { artefactBytes, domainFill, MAX_POWER } from "./circuitSize.ts";
import { committedPrice } from "./committedPrice.ts";
import { layerGraph } from "./layerGraph.ts";
import { layersOf } from "./layersOf.ts";
import type {
  BatchPrice,
  CircuitPrice,
  EstimateOptions,
  ModelEstimate,
  ModelPrice,
  NoCircuit,
  OnChainEvaluation,
  Segments,
} from "./modelEstimate.ts";
import type { PricedGraph } from "./priceLayers.ts";
import { priceLayers } from "./priceLayers.ts";
import { provingSeconds, REFERENCE_CALIBRATION } from "./provingModel.ts";
import { settlementGas } from "./settlementGas.ts";
import { opsByNode, surveyOps } from "./surveyOps.ts";
import type { Refusal } from "./surveyOps.ts";
import { SYNTHETIC_DOMAINS, syntheticSamples } from "./syntheticSamples.ts";

/** Constraints of a proof where no budget is given: some minutes on two cores. */
export const DEFAULT_BUDGET: number = 2 ** 20;

/** Layers that are drawn; of more, the cheapest become edges. */
const MAX_DRAWN = 300;
/** Multiplications up to which other encodings are priced, too. */
const MAX_TRIED_MACS = 2 ** 18;
/** Inferences that are priced together, and the multiplications of all up to which they are. */
const BATCHES: readonly number[] = [4, 16];
const MAX_BATCHED_MACS = 2 ** 23;
/** So many bits of the input may be proposed to go, and so few to stay. */
const MOST_FEWER_BITS = 3;
const LEAST_INPUT_BITS = 4;

type Compiled = { readonly model: CompiledModel; readonly priced: PricedGraph };
type Outcome = Compiled | NoCircuit;

/**
 * Says what a model costs and which evidence fits it, from its file alone: nothing is compiled with circom or set up.
 * Constraint counts are those of the circuit that `emitCircom` would write.
 *
 * @throws {CompilerError} where the file cannot be decoded; whatever else is wrong is part of the estimate.
 */
export function estimateModel(file: Uint8Array, options: EstimateOptions): ModelEstimate {
  const { name, dimensions } = options;
  const survey = surveyOps(file, dimensions);
  const head = { format: "vouch.estimate/1", compiler: COMPILER, model: name, survey } as const;
  const [problem] = survey.problems;
  if (survey.refusal !== undefined) return { ...head, refusal: survey.refusal };
  if (problem !== undefined) {
    const { node, op, domain, opset, code, reason } = problem;
    const message = `${survey.problems.length} nodes cannot be compiled; the first is ${node}, a ${op} of ${domain} opset ${opset}: ${reason}.`;
    return { ...head, refusal: { code, message } };
  }

  const float = readModel(file, dimensions === undefined ? {} : { dimensions });
  const { outcomes, calibration } = compileBoth(file, float, options);
  const either = [outcomes.private, outcomes.public].find((it) => "model" in it);
  if (either === undefined) {
    const { code, message } = outcomes.private as NoCircuit; // no model in either
    return { ...head, refusal: { code, message } };
  }
  const price = priceModel(file, outcomes, either, { ...options, calibration });
  const refusal = refusalOf(price);
  return { ...head, price, ...(refusal === undefined ? {} : { refusal }) };
}

type Outcomes = Readonly<Record<WeightsMode, Outcome>>;

/** Compiles in both modes, on the given samples or on the first synthetic ones that every operation is defined on. */
function compileBoth(
  file: Uint8Array,
  float: FloatGraph,
  options: EstimateOptions,
): { readonly outcomes: Outcomes; readonly calibration: ModelPrice["calibration"] } {
  const { samples } = options;
  const both = (rows: readonly ArrayLike<number>[]): Outcomes => ({
    private: tryCompile(file, "private", rows, options),
    public: tryCompile(file, "public", rows, options),
  });
  if (samples !== undefined) {
    return { outcomes: both(samples), calibration: { kind: "samples", rows: samples.length } };
  }
  const [first, ...others] = SYNTHETIC_DOMAINS;
  let domain: (typeof SYNTHETIC_DOMAINS)[number] = first;
  let outcomes = both(syntheticSamples(float, domain));
  for (const it of others) {
    if (!isUndefined(outcomes.private)) break;
    domain = it;
    outcomes = both(syntheticSamples(float, domain));
  }
  return { outcomes, calibration: { kind: "synthetic", domain: domain.name } };
}

/** Whether an operation had no finite result on the samples. */
function isUndefined(outcome: Outcome): boolean {
  return "code" in outcome && ["CALIBRATION_INVALID", "CALIBRATION_SAMPLE"].includes(outcome.code);
}

function tryCompile(
  file: Uint8Array,
  weights: WeightsMode,
  samples: readonly ArrayLike<number>[],
  { name, input, output, dimensions }: EstimateOptions,
): Outcome {
  return orRefusal(() => {
    const model = compile(file, {
      name,
      input,
      output,
      weights,
      calibration: { samples },
      ...(dimensions === undefined ? {} : { dimensions }),
    });
    return { model, priced: { graph: model.graph, constraints: constraintEstimate(model) } };
  });
}

function priceModel(
  file: Uint8Array,
  outcomes: Outcomes,
  { model, priced }: Compiled,
  options: EstimateOptions & Pick<ModelPrice, "calibration">,
): ModelPrice {
  const { calibration, proving } = options;
  const { float, input, output } = model;
  const gas = settlementGas(input, output);
  const opOf = opsByNode(file);
  const { layers, bindings } = priceLayers(
    pricedOf(outcomes.private) ?? emptyOf(priced),
    pricedOf(outcomes.public) ?? emptyOf(priced),
    opOf,
  );
  const macs = layers.reduce((sum, it) => sum + it.macs, 0);
  const parameters = [...float.constants.values()]
    .filter(({ role }) => role === "weight")
    .reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  const priceIn = (mode: WeightsMode): CircuitPrice | NoCircuit =>
    priceCircuit(file, outcomes[mode], mode, options, macs);
  const constant = priceIn("public");
  const circuits = { private: orPublic(priceIn("private"), constant), public: constant };
  const onChain = evaluationOf(outcomes.public);
  const advised: Advised = {
    constraints: both(circuits, (it) => chosen(it).constraints),
    powers: both(circuits, (it) => chosen(it).domain.power),
    budget: budgetOf(options),
    parameters,
    input,
    output,
    onChainGas: onChain.status === "feasible" ? onChain.evaluate : undefined,
    fulfilGas: gas.fulfil,
  };
  const cost = new Map(layers.map((it) => [it.name, Math.max(it.private, it.public)]));
  const least = [...cost.values()].toSorted((a, b) => b - a)[MAX_DRAWN] ?? -1;
  return {
    inputs: float.inputs,
    outputs: float.outputs,
    input,
    output,
    parameters,
    macs,
    layers,
    bindings,
    tables: tableErrors(model),
    graph: layerGraph(
      priced.graph,
      layersOf(priced.graph, (it) => opOf.has(it)),
      (layer) => (cost.get(layer) ?? 0) <= least,
    ),
    circuits,
    gas,
    onChain,
    calibration,
    machine: {
      ...(proving ?? REFERENCE_CALIBRATION).machine,
      measured: proving !== undefined,
    },
    budget: advised.budget,
    advice: advise(advised),
  };
}

function priceCircuit(
  file: Uint8Array,
  outcome: Outcome,
  mode: WeightsMode,
  options: EstimateOptions,
  macs: number,
): CircuitPrice | NoCircuit {
  if (!("model" in outcome)) return outcome;
  const constraints = outcome.priced.constraints.total;
  const domain = domainFill(constraints);
  const budget = budgetOf(options);
  const saving = macs <= MAX_TRIED_MACS ? savingOf(file, outcome, mode, options) : undefined;
  const calibration = options.proving ?? REFERENCE_CALIBRATION;
  return {
    status: "priced",
    constraints,
    domain,
    ...(saving === undefined ? {} : { saving }),
    bytes: artefactBytes(constraints, coefficientCount(outcome.priced.graph, constraints)),
    seconds: provingSeconds(calibration, { power: domain.power, constraints }),
    batches: batchesOf(outcome, budget, macs),
    ...(constraints > budget ? { segments: segmentsOf(outcome, budget) } : {}),
    committed: orRefusal(() => committedPrice(outcome.model, calibration)),
    choice: chooseCircuit(outcome.model, budget),
  };
}

/** The circuit of the system that is chosen. */
function chosen(circuit: CircuitPrice): Pick<CircuitPrice, "constraints" | "domain"> {
  const { committed, choice } = circuit;
  const isCommitted = choice.system === "committedGroth16" && committed.status === "priced";
  return isCommitted ? committed : circuit;
}

/** Where no small change helps a circuit with private weights, public ones may. */
function orPublic(
  committed: CircuitPrice | NoCircuit,
  constant: CircuitPrice | NoCircuit,
): CircuitPrice | NoCircuit {
  if (committed.status !== "priced" || constant.status !== "priced") return committed;
  if (constant.domain.power >= committed.domain.power || committed.saving !== undefined) {
    return committed;
  }
  const { constraints } = constant;
  return { ...committed, saving: { change: "public weights", constraints } };
}

/**
 * An input of fewer bits that brings the circuit to the next lower domain. What one bit saves is priced; from it follows
 * how many are needed, and these are priced again.
 */
function savingOf(
  file: Uint8Array,
  { model, priced }: Compiled,
  mode: WeightsMode,
  options: EstimateOptions,
): CircuitPrice["saving"] {
  const { total } = priced.constraints;
  const { over } = domainFill(total);
  const { bits, fractionBits, mode: inputMode, signed } = model.input;
  const at = (fewer: number): number => {
    const input: DeclaredEncoding = {
      mode: inputMode,
      signed,
      bits: bits - fewer,
      fractionBits: Math.max(0, fractionBits - fewer),
    };
    const calibration = { ranges: model.ranges };
    const { name, output, dimensions = {} } = options;
    try {
      const again = compile(file, { name, input, output, weights: mode, calibration, dimensions });
      return constraintEstimate(again).total;
    } catch (error) {
      if (error instanceof CompilerError) return Infinity;
      throw error;
    }
  };
  const most = Math.min(MOST_FEWER_BITS, bits - LEAST_INPUT_BITS);
  if (most < 1) return undefined;
  const saved = total - at(1);
  const fewer = Math.ceil(over / saved);
  if (!(saved > 0) || fewer > most) return undefined;
  const constraints = fewer === 1 ? total - saved : at(fewer);
  if (domainFill(constraints).power >= domainFill(total).power) return undefined;
  return { change: `an input of ${bits - fewer} bits for ${bits}`, constraints };
}

/** No key is made for a larger domain, whatever the budget. */
function budgetOf({ budget = DEFAULT_BUDGET }: EstimateOptions): number {
  return Math.min(budget, 2 ** MAX_POWER);
}

function evaluationOf(outcome: Outcome): OnChainEvaluation {
  if (!("model" in outcome)) return outcome;
  return orRefusal(() => ({ status: "feasible", ...evmGasEstimate(outcome.model.graph) }));
}

function batchesOf({ model }: Compiled, budget: number, macs: number): readonly BatchPrice[] {
  return BATCHES.filter((inferences) => inferences * macs <= MAX_BATCHED_MACS).flatMap(
    (inferences) => {
      const { total } = constraintEstimate(batchModel(model, inferences));
      const each = Math.round(total / inferences);
      return total > budget ? [] : [{ inferences, constraints: total, each }];
    },
  );
}

function segmentsOf({ model }: Compiled, budget: number): Segments | NoCircuit {
  return orRefusal(() => ({
    status: "cut",
    constraints: segmentGraph(model, budget).map((it) => constraintEstimate(it).total),
  }));
}

/** What a step of the compiler gives, or why it does not. */
function orRefusal<T>(step: () => T): T | NoCircuit {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof CompilerError)) throw error;
    return { status: "refused", code: error.code, message: error.message };
  }
}

function refusalOf({ circuits, budget, advice }: ModelPrice): Refusal | undefined {
  if (advice.evidence.some(({ kind, fits }) => kind === "zk" && fits)) return undefined;
  const constraints = both(circuits, (it) => chosen(it).constraints);
  const parts = Object.values(both(circuits, ({ segments }) => segments)).find(
    (it) => it?.status === "cut",
  );
  const cut =
    parts?.status === "cut" ? `; it can be cut into ${parts.constraints.length} segments` : "";
  const message = `Over the budget: ${overBudget({ budget, constraints })}${cut}.`;
  return { code: "OVER_BUDGET", message };
}

function both<T>(
  circuits: ModelPrice["circuits"],
  of: (circuit: CircuitPrice) => T,
): Readonly<Record<WeightsMode, T | undefined>> {
  const value = (it: CircuitPrice | NoCircuit): T | undefined =>
    it.status === "priced" ? of(it) : undefined;
  return { private: value(circuits.private), public: value(circuits.public) };
}

function pricedOf(outcome: Outcome): PricedGraph | undefined {
  return "model" in outcome ? outcome.priced : undefined;
}

/** A graph of the same layers at no cost, for the mode that there is no circuit in. */
function emptyOf({ graph, constraints }: PricedGraph): PricedGraph {
  const zero = <Item>(items: readonly Item[]): readonly (Item & { constraints: number })[] =>
    items.map((it) => ({ ...it, constraints: 0 }));
  return {
    graph: { ...graph, parameters: [] },
    constraints: {
      ...constraints,
      nodes: zero(constraints.nodes),
      commitments: zero(constraints.commitments),
      total: 0,
    },
  };
}
