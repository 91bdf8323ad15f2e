/** What can go wrong in the prover; each code carries what its reader needs to act on it. */
export type ProverErrorData =
  | { readonly code: "R1CS_INVALID"; readonly reason: string }
  | { readonly code: "WITNESS_LENGTH"; readonly length: number; readonly wires: number };

/** Thrown by everything in this package. */
export class ProverError extends Error {
  override readonly name = "ProverError";
  readonly data: ProverErrorData;

  constructor(data: ProverErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): ProverErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: ProverErrorData): string {
  switch (data.code) {
    case "R1CS_INVALID":
      return `Not a constraint system: ${data.reason}.`;
    case "WITNESS_LENGTH":
      return `The witness has ${data.length} values for ${data.wires} wires.`;
  }
}
