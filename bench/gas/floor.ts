/** What no implementation of a transaction avoids beside its 21,000 and its calldata as it is sent. */
export type Floor = {
  /** At the prices of EIP-1108 and of the yellow paper. */
  readonly precompiles?: number;
  /** Written from zero, in the least that could be stored. */
  readonly newSlots?: number;
  /** Written over another value. */
  readonly changedSlots?: number;
  /** Written to zero; the refund is taken off. */
  readonly clearedSlots?: number;
  readonly why: string;
};

/** EIP-2929: each write is the first access. */
const NEW_SLOT = 22_100;
const CHANGED_SLOT = 5_000;
/** EIP-3529. */
const CLEARED_SLOT: number = CHANGED_SLOT - 4_800;

const PAIRING = 45_000;
const PAIR = 34_000;
const EC_MUL = 6_000;
const EC_ADD = 150;
/** Public signals of a proof. */
const SIGNALS = 3;
/** Pairs of a key: with beta, gamma and delta. */
const KEY_PAIRS = 3;

/** A signature. */
export const ECDSA = 3_000;
/** A proof: four pairs, and the signals' combination of the key's points. */
export const GROTH16: number = PAIRING + 4 * PAIR + SIGNALS * (EC_MUL + EC_ADD);

/** Proofs of one circuit in one product: A and C of all but the first are scaled, and the key's alpha and four other points. */
export function batchPrecompiles(proofs: number): number {
  const multiplications = 2 * (proofs - 1) + SIGNALS + 2;
  const additions = proofs - 1 + SIGNALS;
  return PAIRING + (proofs + KEY_PAIRS) * PAIR + multiplications * EC_MUL + additions * EC_ADD;
}

/** A commit-and-prove proof: one pair more, two multiplications of its commitments, and the sums with them. */
export const COMMITTED: number = GROTH16 + PAIR + 2 * EC_MUL + 3 * EC_ADD;

/** Commit-and-prove proofs of one release: D and Q are scaled too, and of the sums once more; the weights' point once. */
export function committedBatchPrecompiles(proofs: number): number {
  const multiplications = 2 * (proofs - 1) + 3;
  const additions = 2 * (proofs - 1) + 3;
  return batchPrecompiles(proofs) + PAIR + multiplications * EC_MUL + additions * EC_ADD;
}

/** Registering weights: seven pairs, three multiplications of signals and five of commitments, and the sums. */
export const WEIGHTS: number = PAIRING + 7 * PAIR + 8 * EC_MUL + 7 * EC_ADD;

/** Returns the gas of a floor; where the price floor of calldata is higher, that. */
export function gasOfFloor(
  { precompiles = 0, newSlots = 0, changedSlots = 0, clearedSlots = 0 }: Floor,
  data: Uint8Array,
): number {
  const zeros = data.filter((byte) => byte === 0).length;
  const tokens = zeros + 4 * (data.length - zeros);
  const writes = newSlots * NEW_SLOT + changedSlots * CHANGED_SLOT + clearedSlots * CLEARED_SLOT;
  return 21_000 + Math.max(10 * tokens, 4 * tokens + precompiles + writes);
}
