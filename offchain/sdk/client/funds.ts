import type { Hex, RequestParams } from "@vouch/protocol";
import { escrowOf, NATIVE_TOKEN } from "@vouch/protocol";
import { Contract } from "ethers";
import { SdkError } from "../errors.ts";
import type { Session } from "./session.ts";

/** What an account can pay an escrow with. */
export type Funds = {
  readonly token: Hex;
  readonly needed: bigint;
  readonly available: bigint;
  /** What the contract may take of a token; all there is of wei. */
  readonly allowance: bigint;
};

const ERC20_ABI = [
  "function balanceOf(address) view returns (uint256)",
  "function allowance(address,address) view returns (uint256)",
];

/** Reads what an account has of what a request escrows, in the request's token. */
export async function fetchFunds(
  { access, deployment, read }: Session,
  account: Hex,
  params: RequestParams,
  signal?: AbortSignal,
): Promise<Funds> {
  const { token } = params;
  const needed = escrowOf(params);
  if (token === NATIVE_TOKEN) {
    const available = await read(
      "reading the balance",
      () => access.reader.getBalance(account),
      signal,
    );
    return { token, needed, available, allowance: available };
  }
  const erc20 = new Contract(token, ERC20_ABI, access.runner);
  const ask = (name: string, ...args: readonly string[]): Promise<bigint> =>
    read(
      `reading the token's ${name}`,
      () => erc20.getFunction(name)(...args) as Promise<bigint>,
      signal,
    );
  const [available, allowance] = await Promise.all([
    ask("balanceOf", account),
    ask("allowance", account, deployment.inferenceRequests),
  ]);
  return { token, needed, available, allowance };
}

/**
 * Demands that an account can pay what is escrowed, and `gasCost` wei beside it where that is known.
 *
 * @throws {SdkError} `INSUFFICIENT_FUNDS` saying how much is missing, `ALLOWANCE_MISSING`.
 */
export function requireFunds(
  account: Hex,
  spender: string,
  { token, needed, available, allowance }: Funds,
  gasCost = 0n,
): void {
  const all = token === NATIVE_TOKEN ? needed + gasCost : needed;
  if (available < all) {
    const missing = all - available;
    const data = { account, token, needed: all, available, missing };
    throw new SdkError({ code: "INSUFFICIENT_FUNDS", ...data });
  }
  if (allowance < needed && token !== NATIVE_TOKEN)
    throw new SdkError({
      code: "ALLOWANCE_MISSING",
      ...{ account, token, spender, amount: needed, allowance },
    });
}
