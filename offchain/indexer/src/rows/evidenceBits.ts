/** Bit of `Assurance.kinds`: an answer stood open to challenge, and nobody overturned it. */
export const OPTIMISTIC = 1 << 2;

/** `DEVELOPMENT_SETUP` and `SIMULATED_ENCLAVE` of `contracts/types/Assurance.sol`. */
const WEAK = 1 | 4;

/** Returns whether an answer rests on a development set-up or a simulated enclave: on what proves nothing. */
export function isWeak(flags: number): boolean {
  return (flags & WEAK) !== 0;
}
