import type { WeightsMode } from "@vouch/compiler";
import type { ZooModel } from "./zooModel.ts";

/** What was done with a model, up to the step that failed where one did. */
export type ZooRow = {
  readonly name: string;
  readonly source: "models" | "zoo";
  readonly weights: WeightsMode;
  /** ONNX op types of the file, each once. */
  readonly ops: readonly string[];
  readonly inputs?: ZooModel["inputs"];
  /** Elements, bits and fraction bits. */
  readonly input?: EncodingText;
  readonly output?: EncodingText;
  /** Counted before the circuit is compiled, and in the r1cs. */
  readonly constraints?: { readonly estimate: number; readonly r1cs?: number };
  readonly circuitBytes?: number;
  /** Wall clock; of circuit and set-up only where they did not come from the cache. */
  readonly seconds?: ZooSeconds;
  /** Resident, of the process that compiles and proves, and of circom where it ran. */
  readonly peakMegabytes?: { readonly process: number; readonly circom?: number };
  /** The integer graph against onnxruntime on the file, over all rows and outputs. */
  readonly error?: { readonly max: number; readonly largestOutput: number; readonly rows: number };
  /** Whether all lowerings that were run gave the same integers. */
  readonly bitExact?: boolean;
  readonly lowerings?: readonly Lowering[];
  /** The receipt was accepted by the router of a local chain; gas of that call as a transaction. */
  readonly onChain?: { readonly accepted: true; readonly gas: number };
  /** Why it was not proven although nothing failed. */
  readonly notProven?: string;
  readonly failure?: ZooFailure;
};

export type Lowering = "interpreter" | "onnx" | "witness";

export type EncodingText = `${number} x ${"i" | "u"}${number}.${number}`;

export type ZooSeconds = {
  /** ONNX file to integer graph and circuit text. */
  readonly compile?: number;
  /** Circuit text to r1cs and witness calculator. */
  readonly circom?: number;
  readonly setUp?: number;
  readonly witness?: number;
  readonly prove?: number;
};

export type ZooFailure = { readonly step: string; readonly code: string; readonly message: string };

/** A change to a row as its steps succeed. */
export type ZooDraft = { -readonly [Key in keyof ZooRow]: ZooRow[Key] };
