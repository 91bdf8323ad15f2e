import type { Hex, RequestId } from "@vouch/protocol";
import { enumName, parseReceipt, REQUEST_STATUSES, verifyReceipt } from "@vouch/protocol";
import type { Contracts } from "@vouch/protocol";
import type { OperatorSite } from "../operatorProcess.ts";
import { FUNDS } from "../operatorProcess.ts";
import type { Customers, PurchaseKind } from "./customers.ts";
import { DEPOSIT, PRICE } from "./customers.ts";
import type { ReconciledRow } from "./report.ts";
import type { Purchase } from "./till.ts";

/** Whose accounts are reconciled, of what is sold by HTTP. */
export type TillParties = {
  readonly site: OperatorSite;
  readonly customers: Customers;
  readonly contracts: Contracts;
  readonly purchases: readonly Purchase[];
};

/** Compares what was sold by HTTP with what token, ledger and escrows have of it. Nothing may be under way. */
export async function reconcileTill(parties: TillParties): Promise<readonly ReconciledRow[]> {
  const { purchases } = parties;
  const answered = purchases.filter(({ receipt }) => receipt !== undefined);
  const ids = new Set(answered.map(({ id }) => id));
  const refused = purchases.filter(({ question }) => question.kind === "refused");
  return [
    count("HTTP: requests answered", purchases.length - refused.length, answered.length),
    count("HTTP: answers to two requests", 0, answered.length - ids.size),
    count("HTTP: receipts that verify", answered.length, answered.filter(verifies).length),
    ...(await transferRows(parties)),
    ...(await voucherRows(parties)),
    ...(await escrowRows(parties)),
  ];
}

async function transferRows(parties: TillParties): Promise<readonly ReconciledRow[]> {
  const { site, purchases } = parties;
  const { token, payer, operator } = site;
  const paid = ofKinds(purchases, ["payment"]).length;
  const used = await token.queryFilter(token.filters.AuthorizationUsed(payer.address));
  const spent = FUNDS - DEPOSIT - (await token.balanceOf(payer.address));
  const earned = (await token.balanceOf(operator)) - (await withdrawnBy(parties));
  return [
    count("HTTP: payments taken, each once", paid, new Set(used.map(nonceOf)).size),
    units("HTTP: paid = answers × price", priceOf(paid), spent),
    units("HTTP: earned = answers × price", priceOf(paid), earned),
  ];
}

async function voucherRows({ site, purchases }: TillParties): Promise<readonly ReconciledRow[]> {
  const { token, payer, operator, asset, ledger } = site;
  const paid = priceOf(ofKinds(purchases, ["batch", "record"]).length);
  const { deposit, earned } = await ledger.channelOf(payer.address, operator, asset);
  return [
    units("vouchers: left of the deposit", DEPOSIT - paid, deposit),
    units("vouchers: earned = answers × price", paid, earned),
    units("vouchers: the ledger's tokens", DEPOSIT, await token.balanceOf(ledger)),
  ];
}

async function escrowRows(parties: TillParties): Promise<readonly ReconciledRow[]> {
  const { site, customers, contracts, purchases } = parties;
  const { token, asset, operator } = site;
  const { requests } = contracts;
  const taken = ofKinds(purchases, ["escrow"]);
  const refused = ofKinds(purchases, ["refused"]);
  const statusOf = async ({ id }: Purchase): Promise<string> =>
    id === undefined ? "none" : enumName(REQUEST_STATUSES, await requests.statusOf(id));
  const countOf = async (some: readonly Purchase[], status: string): Promise<number> =>
    (await Promise.all(some.map(statusOf))).filter((it) => it === status).length;
  const credit = (of: Hex): Promise<bigint> => requests.creditOf(asset, of);
  const back = await credit(customers.escrower);
  const withdrawn = await withdrawnBy(parties);
  const due = priceOf(taken.length);
  const spent = FUNDS - back - (await token.balanceOf(customers.escrower));
  return [
    count("escrows by HTTP: answered", taken.length, await countOf(taken, "fulfilled")),
    count("escrows by HTTP: that nobody takes, voided", refused.length, voided(refused)),
    count(
      "escrows by HTTP: given back, or never made",
      refused.length,
      (await countOf(refused, "expired")) + (await countOf(refused, "none")),
    ),
    units("escrows by HTTP: paid = answers × price", due, spent),
    units("escrows by HTTP: earned = answers × price", due, (await credit(operator)) + withdrawn),
    units(
      "escrows by HTTP: the contract's tokens",
      due + back - withdrawn,
      await token.balanceOf(requests),
    ),
  ];
}

/** What the operator's workers have fetched of its credit in the contract of requests. */
async function withdrawnBy({ site, contracts }: TillParties): Promise<bigint> {
  const { requests } = contracts;
  const events = await requests.queryFilter(requests.filters.Withdrawn());
  return events
    .filter(({ args }) => args.account.toLowerCase() === site.operator)
    .filter(({ args }) => args.token.toLowerCase() === site.asset)
    .reduce((sum, { args }) => sum + args.amount, 0n);
}

/** Returns the requests that escrows by HTTP made on the chain, with what each is asked. */
export function escrowedOf(
  purchases: readonly Purchase[],
): readonly { readonly id: RequestId; readonly input: readonly bigint[] }[] {
  return ofKinds(purchases, ["escrow", "refused"]).flatMap(({ id, question: { input } }) =>
    id === undefined ? [] : [{ id, input }],
  );
}

/** Returns the ids of the answers that the gateway's own operator signed when it was asked. */
export function soldOf(purchases: readonly Purchase[]): ReadonlySet<RequestId> {
  const sold = ofKinds(purchases, ["payment", "batch", "record"]);
  return new Set(sold.flatMap(({ id, receipt }) => (receipt === undefined ? [] : (id ?? []))));
}

function ofKinds(
  purchases: readonly Purchase[],
  kinds: readonly PurchaseKind[],
): readonly Purchase[] {
  return purchases.filter(({ question }) => kinds.includes(question.kind));
}

function voided(some: readonly Purchase[]): number {
  return some.filter(({ isVoided }) => isVoided).length;
}

function verifies({ id, receipt }: Purchase): boolean {
  if (id === undefined) return false;
  const { assurance } = verifyReceipt(parseReceipt(receipt), { request: id });
  return assurance.kinds.includes("signature");
}

function nonceOf({ args }: { readonly args: { readonly nonce: string } }): string {
  return args.nonce;
}

function priceOf(answers: number): bigint {
  return PRICE * BigInt(answers);
}

function count(what: string, expected: number, found: number): ReconciledRow {
  return { what, unit: "count", expected: BigInt(expected), found: BigInt(found) };
}

function units(what: string, expected: bigint, found: bigint): ReconciledRow {
  return { what, unit: "token", expected, found };
}
