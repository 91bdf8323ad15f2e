import type { Hex, RequestId } from "@vouch/protocol";
import {
  ESCROW_SCHEME,
  VOUCHER_SCHEME,
  channelId,
  parseRequestId,
  parseVoucherPayment,
} from "@vouch/protocol";
import type { Interface, LogDescription, TransactionReceipt } from "ethers";
import * as z from "zod";
import { abortable, pause, requireGoing } from "../abort.ts";
import { translateError } from "../client/translateError.ts";
import { SdkError } from "../errors.ts";
import type { GatewayPayment } from "./askGateway.ts";
import { get } from "./discovery.ts";
import type { GatewayCallOptions } from "./gatewayOptions.ts";
import type { SentPayment } from "./offers.ts";
import { decodePayment } from "./offers.ts";
import { readJson } from "./readJson.ts";
import type { GatewaySession } from "./session.ts";
import { LEDGER_EVENTS, REQUEST_EVENTS, TOKEN_EVENTS } from "./settlementEvents.ts";
import { lie } from "./verifyAnswer.ts";

/** What an answer says of its payment. */
export type Settleable = { readonly id: string; readonly payment: GatewayPayment | null };

/** What became of a payment. */
export type GatewaySettlement =
  | { readonly state: "free" }
  /** As the chain shows it. */
  | { readonly state: "captured"; readonly transaction: string }
  /** By the gateway's word: what was signed can be taken until it expires. */
  | { readonly state: "voided" | "failed"; readonly reason: string };

const POLL_MS = 250;
const MAX_REASON = 256;

const foundSchema = z.looseObject({
  payment: z
    .looseObject({
      state: z.enum(["verified", "served", "captured", "voided", "failed"]),
      transaction: z
        .string()
        .regex(/^0x[0-9a-fA-F]{64}$/)
        .nullable(),
      reason: z.string().max(MAX_REASON).nullable(),
    })
    .nullable(),
});

const exactSchema = z.object({
  authorization: z.object({
    from: z.string(),
    to: z.string(),
    value: z.string(),
    nonce: z.string(),
  }),
});

/**
 * Waits until a gateway says that a payment was taken, and looks on the chain whether that is so.
 *
 * @throws {SdkError} `CHAIN_NEEDED`, `GATEWAY_LIED` where the chain shows no such payment, `RPC_UNAVAILABLE`, `ABORTED`.
 */
export async function settlementOf(
  session: GatewaySession,
  { id, payment }: Settleable,
  options: GatewayCallOptions,
): Promise<GatewaySettlement> {
  if (payment === null) return { state: "free" };
  if (session.contracts === null)
    throw new SdkError({ code: "CHAIN_NEEDED", demands: "whether a payment was taken" });
  const resource = `/v1/receipts/${id}`;
  for (;;) {
    requireGoing(options.signal, `waiting for the payment of ${id}`);
    const { payment: told } = await get(session, resource, options, (it) =>
      readJson(resource, it, foundSchema),
    );
    if (told === null) throw lie("payment", "none", `one by ${payment.scheme}`);
    const { state, transaction, reason } = told;
    if (state === "voided" || state === "failed") return { state, reason: reason ?? "" };
    if (state === "captured") {
      const hash = transaction ?? "none";
      const work = isCaptured(session, parseRequestId(id), decodePayment(payment.header), hash);
      if (await lookedFor(work, options.signal)) return { state, transaction: hash };
      throw lie("payment.state", `captured by ${hash}`, "not so on the chain");
    }
    await pause(POLL_MS, options.signal);
  }
}

async function lookedFor(
  work: Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return await abortable(work, signal, "looking for the payment");
  } catch (error) {
    throw translateError(error, "look for the payment");
  }
}

async function isCaptured(
  session: GatewaySession,
  id: RequestId,
  { accepted, payload }: SentPayment,
  transaction: string,
): Promise<boolean> {
  const { contracts, deployment } = session;
  if (contracts === null) return false; // the caller has one
  const mined =
    (await contracts.requests.runner?.provider?.getTransactionReceipt(transaction)) ?? null;
  if (mined?.status !== 1) return false;
  if (accepted.scheme === ESCROW_SCHEME)
    return eventsOf(mined, deployment.inferenceRequests, REQUEST_EVENTS).some(
      ({ args }) => args["id"] === id && args["paid"] !== 0n, // nothing is paid for a late answer
    );
  if (accepted.scheme === VOUCHER_SCHEME) {
    const { voucher } = parseVoucherPayment(payload);
    const channel = channelId(voucher);
    return eventsOf(mined, deployment.receiptLedger, LEDGER_EVENTS).some(
      ({ args }) => args["channel"] === channel && args["nonce"] === voucher.nonce,
    );
  }
  return isTransferred(mined, accepted.asset as Hex, exactSchema.parse(payload).authorization);
}

type Authorization = z.infer<typeof exactSchema>["authorization"];

/** The transfer is the token's next event behind the use of the nonce: another of the same transaction may be another payment's. */
function isTransferred(
  mined: TransactionReceipt,
  token: Hex,
  { from, to, value, nonce }: Authorization,
): boolean {
  const events = eventsOf(mined, token, TOKEN_EVENTS);
  const used = events.findIndex(
    ({ name, args }) =>
      name === "AuthorizationUsed" && same(args["authorizer"], from) && args["nonce"] === nonce,
  );
  const next = used === -1 ? undefined : events[used + 1];
  return (
    next?.name === "Transfer" &&
    same(next.args["from"], from) &&
    same(next.args["to"], to) &&
    next.args["value"] === BigInt(value)
  );
}

function eventsOf({ logs }: TransactionReceipt, address: Hex, abi: Interface): LogDescription[] {
  return logs
    .filter((it) => same(it.address, address))
    .map((it) => abi.parseLog(it))
    .filter((it) => it !== null);
}

function same(a: unknown, b: string): boolean {
  return String(a).toLowerCase() === b.toLowerCase();
}
