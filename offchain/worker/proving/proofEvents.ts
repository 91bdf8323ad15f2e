import type { CircuitId, RequestId } from "@vouch/protocol";

/** In the place of a prover's name, of a proof that was found. */
export const KEPT_PROVER = "kept";

/** What is told of one proof, of a whole statement or of one segment; milliseconds are wall time. */
export type ProofEvent =
  | {
      readonly status: "proofMade";
      readonly request: RequestId;
      readonly circuit: CircuitId;
      readonly prover: string;
      readonly ms: number;
    }
  /** One that was made before was found, and verified again. */
  | { readonly status: "proofFound"; readonly request: RequestId; readonly circuit: CircuitId }
  /** A prover ended without a proof; the reference took its place. */
  | {
      readonly status: "proverFailed";
      readonly request: RequestId;
      readonly circuit: CircuitId;
      readonly prover: string;
    }
  /** What a prover returned, or a store, does not verify: nothing of it is used. */
  | {
      readonly status: "proofRefused";
      readonly request: RequestId;
      readonly circuit: CircuitId;
      /** Who made it; `KEPT_PROVER` where it was found. */
      readonly prover: string;
    };
