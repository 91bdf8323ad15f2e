import type { CircuitId, Hex } from "@vouch/protocol";

/** Whom the asker believes. What rests on anybody else reaches no value, however much is said for it. */
export type Beliefs = {
  /** Addresses whose attestation of a set-up is believed. */
  readonly attesters?: readonly Hex[];
  /** Circuits whose set-up the asker verified (`npx hardhat zk:verify`, docs/ceremony.md). */
  readonly circuits?: readonly CircuitId[];
  /** Wei up to which the vendor of an enclave is believed, and that nobody breaks its hardware; 0 where absent. */
  readonly vendorUpTo?: bigint;
  /** Wei up to which a panel is believed not to collude; 0 where absent. */
  readonly panelUpTo?: bigint;
};

/** What an answer is to be good for. */
export type AdviceNeed = {
  /** Wei that a wrong answer costs who relies on it, or earns who bends it: the greater. */
  readonly valueAtStake: bigint;
  /** Seconds from the lock to finality, if nobody challenges; no limit where absent. */
  readonly maxSeconds?: number;
  /** Wei that one answer may cost: gas, fee and what exposed stake earns; no limit where absent. */
  readonly budget?: bigint;
  /** Wei that will be offered to the operator; what such answers were paid so far where absent. */
  readonly fee?: bigint;
  /** Seconds that running and proving take, as `model:estimate` says; 0 where absent: no contract knows it. */
  readonly workSeconds?: number;
  /** What an operator wants for stake that it cannot use elsewhere, in hundredths of a percent a year; 500 where absent. */
  readonly yieldBps?: number;
  readonly believes?: Beliefs;
};

/** An assumption: nothing on-chain prices stake that is exposed. */
export const DEFAULT_YIELD_BPS = 500;
