import type { Connection } from "../../offchain/hardhat/tasks/openChain.ts";

/** Seconds. */
export const HOUR = 3_600;
export const DAY: number = 24 * HOUR;

/** Mines a block at a second of the chain's; at the next one where that is past. */
export async function mineAt({ provider, ethers }: Connection, second: number): Promise<void> {
  const head = await ethers.provider.getBlock("latest");
  const at = Math.max(second, (head?.timestamp ?? 0) + 1);
  await provider.request({ method: "evm_setNextBlockTimestamp", params: [at] });
  await provider.request({ method: "evm_mine", params: [] });
}

/** Sends two transactions so that one block holds both, in this order: nobody comes between them. */
export async function inOneBlock(
  { provider }: Connection,
  send: () => Promise<unknown>,
): Promise<void> {
  await provider.request({ method: "evm_setAutomine", params: [false] });
  try {
    await send();
    await provider.request({ method: "evm_mine", params: [] });
  } finally {
    await provider.request({ method: "evm_setAutomine", params: [true] });
  }
}
