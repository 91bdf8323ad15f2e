/** What takes a chain back, or puts another in its place. */
const TAKING_BACK = /^(?:evm_revert|(?:hardhat|anvil)_reset)$/;

const counts = new WeakMap<object, number>();

/** Counts a request that was made through a connection, where it takes the chain back. */
export function noteRequest(connection: object, method: string): void {
  if (TAKING_BACK.test(method)) counts.set(connection, historyOf(connection) + 1);
}

/**
 * Returns a number that changes where a connection's chain is taken back through it. Blocks do not show each time: where the last
 * one that was looked at is below all that was undone, it is still there.
 */
export function historyOf(connection: object): number {
  return counts.get(connection) ?? 0;
}
