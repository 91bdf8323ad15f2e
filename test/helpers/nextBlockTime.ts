/**
 * Seconds that the next block of a chain of Hardhat's has. The latest block's are not near it where a test gave a snapshot back:
 * each second that it was held for puts the next block a further one ahead.
 */
export async function nextBlockTime(provider: {
  readonly send: (method: string, params: unknown[]) => Promise<unknown>;
}): Promise<number> {
  const block = await provider.send("eth_getBlockByNumber", ["pending", false]);
  return Number((block as { readonly timestamp: string }).timestamp);
}
