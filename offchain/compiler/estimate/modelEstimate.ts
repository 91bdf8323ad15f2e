import type { TensorEncoding } from "@vouch/protocol";
import type { DeclaredEncoding } from "../compile.ts";
import type { EvmGas } from "../emit/evmGasEstimate.ts";
import type { WeightsMode } from "../ir/compiledModel.ts";
import type { Port } from "../ir/floatGraph.ts";
import type { Advice } from "./advise.ts";
import type { TableError } from "../tableErrors.ts";
import type { SystemChoice } from "./chooseSystem.ts";
import type { CommittedPrice } from "./committedPrice.ts";
import type { ArtefactBytes, DomainFill } from "./circuitSize.ts";
import type { LayerGraph } from "./layerGraph.ts";
import type { BindingPrice, LayerPrice } from "./priceLayers.ts";
import type { ProvingCalibration, ProvingSeconds } from "./provingModel.ts";
import type { SettlementGas } from "./settlementGas.ts";
import type { OpSurvey, Refusal } from "./surveyOps.ts";

export type EstimateOptions = {
  readonly name: string;
  readonly input: DeclaredEncoding;
  readonly output: DeclaredEncoding;
  /** Lengths that the file leaves open, by their name in it. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Rows of the input to measure ranges on; without any they are drawn from a seed. */
  readonly samples?: readonly ArrayLike<number>[];
  /** Constraints that a proof may have; `DEFAULT_BUDGET` where left out. */
  readonly budget?: number;
  /** Proofs timed on this machine; where left out, seconds are those of a reference machine. */
  readonly proving?: ProvingCalibration;
};

/** A model's circuit in one weights mode, by plain Groth16 unless it is said otherwise. */
export type CircuitPrice = {
  readonly status: "priced";
  readonly constraints: number;
  readonly domain: DomainFill;
  /** A change that brings the circuit to the next lower power of two, where a small one does. */
  readonly saving?: { readonly change: string; readonly constraints: number };
  readonly bytes: ArtefactBytes;
  readonly seconds: ProvingSeconds;
  /** One circuit for several inferences, as long as it is within the budget; the weights are committed to once. */
  readonly batches: readonly BatchPrice[];
  /** Of a circuit over the budget: what it can be cut into, each part a circuit within the budget. */
  readonly segments?: Segments | NoCircuit;
  /** The same model by commit-and-prove. */
  readonly committed: CommittedPrice | NoCircuit;
  /** Which of the two `model:publish` takes. */
  readonly choice: SystemChoice;
};

/** A circuit that proves so many inferences of one release together. */
export type BatchPrice = {
  readonly inferences: number;
  readonly constraints: number;
  /** Constraints for each inference, rounded. */
  readonly each: number;
};

export type Segments = {
  readonly status: "cut";
  /** Constraints of each, in order. */
  readonly constraints: readonly number[];
};

/** Why there is no circuit, or none for a part, or no contract. */
export type NoCircuit = Refusal & { readonly status: "refused" };

/** Evaluation by a contract, the weights public. */
export type OnChainEvaluation = ({ readonly status: "feasible" } & EvmGas) | NoCircuit;

/** What is known of a model that can be read. */
export type ModelPrice = {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly input: TensorEncoding;
  readonly output: TensorEncoding;
  /** Trained numbers, after constants are folded. */
  readonly parameters: number;
  readonly macs: number;
  readonly layers: readonly LayerPrice[];
  readonly bindings: readonly BindingPrice[];
  /** Of each function that has a table. */
  readonly tables: readonly TableError[];
  readonly graph: LayerGraph;
  readonly circuits: Readonly<Record<WeightsMode, CircuitPrice | NoCircuit>>;
  readonly gas: SettlementGas;
  readonly onChain: OnChainEvaluation;
  /** Where ranges come from. */
  readonly calibration:
    | { readonly kind: "samples"; readonly rows: number }
    | { readonly kind: "synthetic"; readonly domain: string };
  /** Machine that the seconds are of. */
  readonly machine: ProvingCalibration["machine"] & { readonly measured: boolean };
  readonly budget: number;
  readonly advice: Advice;
};

/** What can be said of an ONNX file before anything is compiled or set up; plain data. */
export type ModelEstimate = {
  readonly format: "vouch.estimate/1";
  readonly compiler: string;
  readonly model: string;
  readonly survey: OpSurvey;
  readonly price?: ModelPrice;
  /** Why there is no price, or none within the budget. */
  readonly refusal?: Refusal;
};
