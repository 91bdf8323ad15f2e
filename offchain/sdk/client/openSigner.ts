import type { Contracts, Hex } from "@vouch/protocol";
import { connectContracts } from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import type { Session } from "./session.ts";

/** Who sends, and the contracts as it sends to them. */
export type OpenedSigner = {
  readonly account: Hex;
  readonly contracts: Contracts;
};

/**
 * Returns who sends, on the deployment's chain.
 *
 * @throws {SdkError} `ACCOUNT_MISSING`, `USER_REJECTED`, `CHAIN_MISMATCH`.
 */
export async function openSigner(
  { access, deployment, domain, read }: Session,
  signal?: AbortSignal,
): Promise<OpenedSigner> {
  const { account, runner } = await access.signer();
  const chainId = await read("reading the chain's id", access.chainId, signal);
  if (chainId !== domain.chainId) {
    const data = { expected: [deployment.chainId], found: chainId.toString() };
    throw new SdkError({ code: "CHAIN_MISMATCH", ...data });
  }
  return { account, contracts: connectContracts(deployment, runner) };
}
