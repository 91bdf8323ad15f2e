import { verifyReceipt } from "@vouch/protocol";
import { publishRelease } from "@vouch/publisher";
import { encodeReceipt } from "../../scripts/demo/receipt.ts";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import type { Measured } from "./measureModel.ts";

/**
 * Registers circuit and release, and has the router assess the receipt; returns the gas of that as a transaction.
 *
 * @throws {ProtocolError} where the receipt does not verify off-chain, and the contract's error where it does not on-chain.
 */
export async function assessOnChain(
  { contracts }: Pick<Chain, "contracts">,
  { bundle, receipt }: NonNullable<Measured["proven"]>,
): Promise<number> {
  await publishRelease(contracts, bundle);
  verifyReceipt(receipt);
  const encoded = encodeReceipt(receipt);
  await contracts.router.assess(encoded);
  return Number(await contracts.router.assess.estimateGas(encoded));
}
