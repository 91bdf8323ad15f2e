import type { EvidenceKind } from "./evidence.ts";
import { EVIDENCE_KINDS, evidenceKindIndex } from "./evidence.ts";

/** The evidence that was in fact verified; mirrors `contracts/types/Assurance.sol`. */
export type Assurance = {
  readonly kinds: readonly EvidenceKind[];
  readonly developmentSetup: boolean;
  readonly unattestedSetup: boolean;
  readonly simulatedEnclave: boolean;
  /** Registrars say that they verified the enclave's attestation; no contract did. */
  readonly vouchedEnclave: boolean;
  /** The proof was verified by a contract that is not of this protocol. */
  readonly externalVerifier: boolean;
  /** A challenge would have been decided by operators that run the model again, not by a proof. */
  readonly quorumArbitration: boolean;
  readonly quorumK: number;
  readonly quorumN: number;
  readonly minTcb: number;
  /** Units in the output's last place. */
  readonly tolerance: number;
  /** Seconds. */
  readonly window: number;
  /** Wei. */
  readonly stakeAtRisk: bigint;
};

/** Assurance as contracts return it. */
export type EncodedAssurance = {
  readonly kinds: bigint;
  readonly flags: bigint;
  readonly quorumK: bigint;
  readonly quorumN: bigint;
  readonly minTcb: bigint;
  readonly tolerance: bigint;
  readonly window: bigint;
  readonly stakeAtRisk: bigint;
};

const FLAGS = {
  developmentSetup: 1n,
  unattestedSetup: 2n,
  simulatedEnclave: 4n,
  externalVerifier: 8n,
  quorumArbitration: 16n,
  vouchedEnclave: 32n,
} as const;

/** Returns assurance from its on-chain form. */
export function decodeAssurance(encoded: EncodedAssurance): Assurance {
  return {
    kinds: EVIDENCE_KINDS.filter((kind) => (encoded.kinds >> BigInt(evidenceKindIndex(kind))) & 1n),
    developmentSetup: (encoded.flags & FLAGS.developmentSetup) !== 0n,
    unattestedSetup: (encoded.flags & FLAGS.unattestedSetup) !== 0n,
    simulatedEnclave: (encoded.flags & FLAGS.simulatedEnclave) !== 0n,
    vouchedEnclave: (encoded.flags & FLAGS.vouchedEnclave) !== 0n,
    externalVerifier: (encoded.flags & FLAGS.externalVerifier) !== 0n,
    quorumArbitration: (encoded.flags & FLAGS.quorumArbitration) !== 0n,
    quorumK: Number(encoded.quorumK),
    quorumN: Number(encoded.quorumN),
    minTcb: Number(encoded.minTcb),
    tolerance: Number(encoded.tolerance),
    window: Number(encoded.window),
    stakeAtRisk: encoded.stakeAtRisk,
  };
}

/** Returns assurance in words, the weak points first. */
export function describeAssurance(assurance: Assurance): string {
  const warnings = [
    ...(assurance.developmentSetup ? ["DEVELOPMENT SET-UP: its maker can forge proofs"] : []),
    ...(assurance.simulatedEnclave ? ["SIMULATED ENCLAVE: proves nothing"] : []),
    ...(assurance.vouchedEnclave
      ? ["VOUCHED ENCLAVE: registrars say that it is one and no contract verified it"]
      : []),
    ...(assurance.externalVerifier ? ["verified by a contract outside this protocol"] : []),
    ...(assurance.unattestedSetup && !assurance.developmentSetup
      ? ["set-up attested by nobody"]
      : []),
  ];
  const kinds = assurance.kinds.length === 0 ? "no evidence" : assurance.kinds.join(" + ");
  return warnings.length === 0 ? kinds : `${kinds} (${warnings.join("; ")})`;
}
