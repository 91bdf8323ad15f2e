/**
 * Returns what of an announced exit is left after `taken` of the `own` stake: pro rata, rounded down, as `StakeVault` does, which
 * tells nobody.
 */
export function slashedExit(exiting: bigint, own: bigint, taken: bigint): bigint {
  return exiting === 0n || own === 0n ? exiting : (exiting * (own - taken)) / own;
}
