import type { TransactionReceipt } from "ethers";
import { getBytes } from "ethers";
import type { Connection } from "../../test/helpers/deployVouch.ts";
import type { Step, Transaction } from "./accountGas.ts";

/** Returns a mined call of a contract as `accountGas` takes it; the chain runs it once more. */
export async function traceTransaction(
  { ethers: { provider } }: Pick<Connection, "ethers">,
  { hash, gasUsed }: Pick<TransactionReceipt, "hash" | "gasUsed">,
): Promise<readonly [Transaction, readonly Step[]]> {
  const sent = await provider.getTransaction(hash);
  if (sent?.to === null || sent?.to === undefined)
    throw new Error(`transaction ${hash} calls nothing`);
  const options = { disableMemory: true, disableStorage: true };
  const trace = (await provider.send("debug_traceTransaction", [hash, options])) as {
    readonly structLogs: readonly Step[];
  };
  const transaction = {
    ...{ to: sent.to, data: getBytes(sent.data) },
    ...{ gasLimit: Number(sent.gasLimit), gasUsed: Number(gasUsed) },
  };
  return [transaction, trace.structLogs];
}
