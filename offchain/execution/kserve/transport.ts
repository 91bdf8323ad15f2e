import type { TensorMetadata, WireDatatype, WireTensor } from "./wireTensor.ts";

/** A model of a server; the server chooses the version where there is none. */
export type ModelName = { readonly model: string; readonly version?: string | undefined };

/** What is asked of a model. */
export type InferRequest = ModelName & {
  readonly input: WireTensor;
  readonly output: {
    readonly name: string;
    readonly datatype: WireDatatype;
    readonly elements: number;
  };
};

export type ModelMetadata = {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
};

/**
 * One attempt of each call of the protocol. A call that fails because no connection came about, or because it was lost,
 * rejects with a `ConnectionFailure`; one that the server refused with {ExecutionError} `BACKEND_REFUSED`, one whose answer makes no
 * sense with `BACKEND_ANSWER_INVALID`.
 */
export type Transport = {
  readonly serverReady: (signal: AbortSignal) => Promise<boolean>;
  readonly modelReady: (model: ModelName, signal: AbortSignal) => Promise<boolean>;
  readonly modelMetadata: (model: ModelName, signal: AbortSignal) => Promise<ModelMetadata>;
  /** The output that was asked for. */
  readonly infer: (request: InferRequest, signal: AbortSignal) => Promise<WireTensor>;
  readonly close: () => void;
};

/** Why nobody answered; it does not leave this folder. */
export class ConnectionFailure extends Error {
  override readonly name = "ConnectionFailure";
}
