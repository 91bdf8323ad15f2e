import type { Chain } from "./openChain.ts";
import { TaskError } from "./taskError.ts";

/** @throws {TaskError} `ACCOUNT_UNFUNDED` unless the account holds `value` wei, gas aside. */
export async function enoughFor(
  { connection }: Pick<Chain, "connection">,
  { address }: { readonly address: string },
  value: bigint,
): Promise<void> {
  const balance = await connection.ethers.provider.getBalance(address);
  if (balance >= value) return;
  throw new TaskError(
    "ACCOUNT_UNFUNDED",
    `Account ${address} holds ${balance} wei and needs ${value} and gas. Fund it.`,
  );
}
