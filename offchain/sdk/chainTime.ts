/**
 * Returns the time in seconds from which deadlines count: that of the latest block, or this machine's where it is later. A
 * chain that mines on demand may have had no block for long, and its next one will have the time of then.
 */
export async function chainTime(provider: {
  readonly getBlock: (block: "latest") => Promise<{ readonly timestamp: number } | null>;
}): Promise<number> {
  const latest = await provider.getBlock("latest");
  return Math.max(latest?.timestamp ?? 0, Math.floor(Date.now() / 1000));
}
