import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Receipt, RequestId } from "@vouch/protocol";
import {
  decodeAssurance,
  describeAssurance,
  encodeEvidence,
  findContractError,
  ProtocolError,
  serializeReceipt,
  verifyReceipt,
} from "@vouch/protocol";
import { verifyReceiptIndependently } from "@vouch/prover";
import { fetchReceipt } from "@vouch/sdk";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import type { Forgery, ForgerySources } from "./forgeries.ts";
import { forgeReceipts } from "./forgeries.ts";
import type { StepLog } from "./steps.ts";

/** A receipt as the router takes it. */
export function encodeReceipt({ statement, input, output, evidence }: Receipt): {
  release: string;
  request: string;
  operator: string;
  input: bigint[];
  output: bigint[];
  evidence: { kind: number; data: string }[];
} {
  const { release, request, operator } = statement;
  return {
    release,
    request,
    operator,
    input: [...input],
    output: [...output],
    evidence: evidence.map(encodeEvidence),
  };
}

/** Writes the receipt of a fulfilled request and verifies it by two paths that need no chain. */
export async function showReceipt(
  log: StepLog,
  chain: Chain,
  request: RequestId,
): Promise<{ readonly receipt: Receipt; readonly path: string }> {
  const { receipt } = await fetchReceipt(
    chain.contracts,
    chain.domain,
    request,
    chain.deployment.fromBlock,
  );
  const text = serializeReceipt(receipt);
  const path = join(chain.home.receipts, `${request}.json`);
  await mkdir(chain.home.receipts, { recursive: true });
  await writeFile(path, text);
  await log.run("verify offline (noble, ethers)", () => Promise.resolve(verifyReceipt(receipt)));
  const second = await log.run("verify offline, independently (snarkjs, ethers)", () =>
    verifyReceiptIndependently(text),
  );
  log.note(
    Object.entries(second)
      .map(([name, holds]) => `${name} ${holds ? "holds" : "REFUSED"}`)
      .join(", "),
  );
  if (!Object.values(second).every(Boolean))
    throw new Error("the independent verifier refuses the receipt");
  const assurance = decodeAssurance(await chain.contracts.requests.assuranceOf(request));
  log.note(
    `assurance stored on-chain: ${describeAssurance(assurance)}, ${assurance.stakeAtRisk} wei at risk`,
  );
  return { receipt, path };
}

/** Shows each forgery refused off-chain and on-chain, by the reason expected, or fails. */
export async function showForgeries(
  log: StepLog,
  chain: Chain,
  sources: ForgerySources,
): Promise<void> {
  for (const forgery of await forgeReceipts(sources)) {
    const offChain = refusalOffChain(forgery);
    const onChain = await refusalOnChain(chain, forgery);
    log.note(`refused: ${forgery.name}: ${offChain} off-chain, ${onChain} on-chain`);
    if (offChain !== forgery.offChain || onChain !== forgery.onChain) {
      throw new Error(`"${forgery.name}" was not refused as it must be`);
    }
  }
}

/** Returns the code that refuses a forgery, or "accepted". */
export function refusalOffChain({ receipt }: Forgery): string {
  try {
    verifyReceipt(receipt);
    return "accepted";
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

/** Returns the custom error that refuses a forgery, or "accepted". */
export async function refusalOnChain({ contracts }: Chain, { receipt }: Forgery): Promise<string> {
  try {
    await contracts.router.assess(encodeReceipt(receipt));
    return "accepted";
  } catch (error) {
    const refusal = findContractError(error);
    if (refusal === undefined) throw error;
    return refusal.name;
  }
}
