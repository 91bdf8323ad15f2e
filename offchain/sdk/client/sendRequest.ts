import type { Hex, Policy, RequestId, RequestParams } from "@vouch/protocol";
import {
  conjoin,
  decodeRequestParams,
  encodeRequestParams,
  enumName,
  escrowOf,
  NATIVE_TOKEN,
  parseBranches,
  policyHash,
  REQUEST_STATUSES,
} from "@vouch/protocol";
import { pause, requireGoing } from "../abort.ts";
import { chainTime } from "../chainTime.ts";
import { SdkError } from "../errors.ts";
import type { FetchedRelease } from "../fetchRelease.ts";
import { needsPanel, requirePanelTerms } from "../panelTerms.ts";
import { completeAsk } from "../requestInference.ts";
import { afterSending } from "./afterSending.ts";
import type { Ask } from "./ask.ts";
import { requireEncodable } from "./askLimits.ts";
import type { SentInference } from "./client.ts";
import type { EncodedInput } from "./encodeInput.ts";
import { encodeInput } from "./encodeInput.ts";
import { fetchFunds, requireFunds } from "./funds.ts";
import type { OpenedSigner } from "./openSigner.ts";
import { openSigner } from "./openSigner.ts";
import type { RequestOptions } from "./options.ts";
import { resolveRelease } from "./resolveRelease.ts";
import type { SendOverrides } from "./sendOnce.ts";
import type { Session } from "./session.ts";
import { translateError } from "./translateError.ts";

/** An ask with its release and every default filled in. */
export type PreparedAsk = {
  readonly release: FetchedRelease;
  readonly input: EncodedInput;
  readonly params: RequestParams;
  readonly gasPrice: bigint;
};

/**
 * Fills in an ask: release, words, policy, deadlines and gas.
 *
 * @throws {SdkError} what `resolveRelease` and `encodeInput` throw; `ASK_INVALID`; {ProtocolError} `POLICY_INVALID`.
 */
export async function prepareAsk(
  session: Session,
  ask: Ask,
  signal?: AbortSignal,
): Promise<PreparedAsk> {
  const { release: ref, input, policy, secret, ...rest } = ask;
  const demanded = policyOf(policy);
  const release = await resolveRelease(session, ref, signal);
  const encoded = encodeInput(release, ref, input, secret);
  const { reader } = session.access;
  const [now, fees] = await session.read(
    "reading time and gas price",
    () => Promise.all([chainTime(reader), reader.getFeeData()]),
    signal,
  );
  const gasPrice = fees.maxFeePerGas ?? fees.gasPrice ?? 0n;
  const { id, circuit } = release;
  const { floor } = release.release;
  const params = completeAsk(
    { ...rest, release: id, circuit, floor, input: encoded.words, policy: demanded },
    now,
    fees.gasPrice ?? gasPrice,
  );
  requireEncodable(params);
  if (needsPanel(conjoin(floor, demanded))) requirePanelTerms(params);
  return { release, input: encoded, params, gasPrice };
}

/**
 * Sends a request once, and returns when the chain has it. Where the ask names its nonce and the chain has that request of
 * this account already, it is the one that is returned: asking again after an uncertain end costs nothing.
 *
 * @throws {SdkError} as `VouchClient.request` says.
 */
export async function sendRequest(
  session: Session,
  ask: Ask,
  { signal, onProgress, deliverOpening }: RequestOptions = {},
): Promise<SentInference> {
  const { release, input, params, gasPrice } = await prepareAsk(session, ask, signal);
  onProgress?.({ status: "resolved", release: release.id });
  if (input.opening !== null && deliverOpening === undefined)
    throw new SdkError({ code: "OPENING_UNDELIVERED", release: release.id });
  const opened = await openSigner(session, signal);
  const { requests } = opened.contracts;
  const id = (await session.read(
    "deriving the request's id",
    () => session.contracts.requests.requestIdOf(opened.account, params.nonce),
    signal,
  )) as RequestId;

  // A nonce that was drawn is nobody's yet.
  const there = ask.nonce === undefined ? undefined : await findRequest(session, id, signal);
  if (there !== undefined) {
    requireSameAsk("NONCE_TAKEN", id, params, there.params);
    return { ...there, id, release, opening: input.opening };
  }
  await requireSendable(session, opened, params, gasPrice, signal);
  if (input.opening !== null) await deliverOpening?.(input.opening, id);
  onProgress?.({ status: "sending", id, escrow: escrowOf(params) });
  const value = params.token === NATIVE_TOKEN ? escrowOf(params) : 0n;
  const sending = {
    what: `request ${id}`,
    account: opened.account,
    isThere: () => isThere(session, id),
    send: (overrides: SendOverrides) =>
      requests.request(encodeRequestParams(params), { ...overrides, value }),
  };
  await session.sendOnce(sending, signal).catch((error: unknown) => {
    const hasLeft = error instanceof SdkError && error.data.code === "ABORTED" && error.data.sent;
    throw hasLeft ? new SdkError({ code: "WAIT_ABORTED", request: id }, { cause: error }) : error;
  });
  const sent = await afterSending(id, () => untilLogged(session, id, signal));
  requireSameAsk("ANSWER_MISMATCH", id, params, sent.params); // a wallet or its endpoint may have sent something else
  return { ...sent, id, release, opening: input.opening };
}

/**
 * Returns a policy that is given as it is, or as `parseBranches` reads it.
 *
 * @throws {ProtocolError} `POLICY_INVALID`.
 */
export function policyOf(policy: string | Policy): Policy {
  return typeof policy === "string" ? parseBranches(policy) : policy;
}

async function isThere({ contracts }: Session, id: RequestId): Promise<boolean> {
  return enumName(REQUEST_STATUSES, await contracts.requests.statusOf(id)) !== "none";
}

/** Has the node run the request without sending it: what the contract would refuse is refused before anybody signs. */
async function requireSendable(
  session: Session,
  { account }: Pick<OpenedSigner, "account">,
  params: RequestParams,
  gasPrice: bigint,
  signal: AbortSignal | undefined,
): Promise<void> {
  const spender = session.deployment.inferenceRequests;
  const funds = await fetchFunds(session, account, params, signal);
  requireFunds(account, spender, funds);
  const value = params.token === NATIVE_TOKEN ? escrowOf(params) : 0n;
  const gas = await estimateRequestGas(session, account, params, value, signal);
  requireFunds(account, spender, funds, gas * gasPrice);
}

/**
 * Returns the gas of a request's own transaction.
 *
 * @throws {SdkError} `CONTRACT_REFUSED`, `TRANSACTION_REFUSED`.
 */
export async function estimateRequestGas(
  { contracts: { requests }, read }: Session,
  account: Hex,
  params: RequestParams,
  value: bigint,
  signal: AbortSignal | undefined,
): Promise<bigint> {
  try {
    const from = { from: account, value };
    return await read(
      "estimating the request's gas",
      () => requests.request.estimateGas(encodeRequestParams(params), from),
      signal,
    );
  } catch (error) {
    throw translateError(error, "run the request");
  }
}

type FoundRequest = Pick<SentInference, "params" | "txHash" | "gasUsed">;

async function findRequest(
  { access, contracts: { requests }, deployment, read }: Session,
  id: RequestId,
  signal: AbortSignal | undefined,
): Promise<FoundRequest | undefined> {
  return read(
    "looking for the request",
    async () => {
      const filter = requests.filters.InferenceRequested(id);
      const [event] = await requests.queryFilter(filter, deployment.fromBlock);
      if (event === undefined) return undefined;
      const receipt = await access.reader.getTransactionReceipt(event.transactionHash);
      if (receipt === null) return undefined;
      return {
        params: decodeRequestParams(event.args.params),
        txHash: event.transactionHash as Hex,
        gasUsed: receipt.gasUsed,
      };
    },
    signal,
  );
}

/** An endpoint may have the transaction before it has the event. */
async function untilLogged(
  session: Session,
  id: RequestId,
  signal: AbortSignal | undefined,
): Promise<FoundRequest> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const found = await findRequest(session, id, signal);
    if (found !== undefined) return found;
    await pause(Math.max(session.pollIntervalMs, CACHE_MS), signal);
    requireGoing(signal, "looking for the request");
  }
  throw new SdkError({ code: "REQUEST_NOT_FOUND", request: id });
}

const MAX_LOOKS = 10;
/** So long a provider of ethers may repeat an answer. */
const CACHE_MS = 250;

/**
 * Demands that a request which is there is the one that is asked for, whatever the time was, and the price of gas.
 *
 * @throws {SdkError} `code`, naming the field.
 */
function requireSameAsk(
  code: "NONCE_TAKEN" | "ANSWER_MISMATCH",
  request: RequestId,
  asked: RequestParams,
  there: RequestParams,
): void {
  const facts = (it: RequestParams): Readonly<Record<string, string>> => ({
    release: it.release,
    input: it.input.join(),
    policy: policyHash(it.policy),
    token: it.token.toLowerCase(),
    fee: `${it.minFee} to ${it.maxFee}`,
    stake: `${it.stake}, ${it.bond} of it the operator's own, cover ${it.cover}`,
    "callback's gas": `${it.callbackGas}, ${it.provisionalGas} before it is final`,
  });
  const found = facts(there);
  for (const [field, expected] of Object.entries(facts(asked))) {
    if (found[field] === expected) continue;
    const data = { request, field, expected, found: found[field] ?? "nothing" };
    throw new SdkError({ code, ...data });
  }
}
