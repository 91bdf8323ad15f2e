import { NATIVE_TOKEN } from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import { estimateEscrow } from "../estimateEscrow.ts";
import { quotePolicy } from "../quotePolicy.ts";
import type { Ask } from "./ask.ts";
import type { AskEstimate } from "./client.ts";
import { fetchFunds } from "./funds.ts";
import type { CallOptions } from "./options.ts";
import { estimateRequestGas, prepareAsk } from "./sendRequest.ts";
import type { Session } from "./session.ts";
import { translateError } from "./translateError.ts";

/** Says what a request would take, without asking anybody to sign; as `VouchClient.estimate` says. */
export async function estimateAsk(
  session: Session,
  ask: Ask,
  { signal }: CallOptions = {},
): Promise<AskEstimate> {
  const { release, params, gasPrice } = await prepareAsk(session, ask, signal);
  const { token, policy } = params;
  const quote = await session
    .read(
      "quoting the policy",
      () => quotePolicy(session.contracts, { release, policy, token }),
      signal,
    )
    .catch((error: unknown) => {
      throw translateError(error, "quote the policy");
    });
  const escrow = estimateEscrow(params);
  const account = await session.access.account();
  const known = { release, escrow, gasPrice, quote };
  if (account === null) return { ...known, requestGas: undefined, missing: undefined };

  const { needed, available } = await fetchFunds(session, account, params, signal);
  const lacks = available < needed;
  const value = token === NATIVE_TOKEN ? escrow.total : 0n;
  const requestGas = lacks
    ? undefined
    : await estimateRequestGas(session, account, params, value, signal).catch(orRefused);
  const all = token === NATIVE_TOKEN ? needed + (requestGas ?? 0n) * gasPrice : needed;
  return { ...known, requestGas, missing: all > available ? all - available : 0n };
}

/** What the chain refuses has no gas; why is said when it is sent. */
function orRefused(error: unknown): undefined {
  const refusals = ["CONTRACT_REFUSED", "TRANSACTION_REFUSED"];
  if (error instanceof SdkError && refusals.includes(error.code)) return undefined;
  throw error;
}
