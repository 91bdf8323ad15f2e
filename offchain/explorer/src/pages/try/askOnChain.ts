import type { Hex } from "@vouch/protocol";
import type { Advice, Alternative, AskEstimate, FetchedRelease, Step } from "@vouch/sdk";
import { connect } from "@vouch/sdk";
import { openVouch } from "../../chain/openVouch.ts";
import type { ReceiptContents } from "../verify/verdict.ts";
import { receiptContents } from "../verify/receiptContents.ts";
import type { Settings } from "../../data/settings.ts";
import { serializeReceipt } from "@vouch/protocol";
import type { Account } from "./openAccount.ts";

/** What is asked on the chain. */
export type ChainAsk = {
  readonly release: string;
  readonly input: readonly number[];
  readonly alternative: Alternative;
  /** Wei. */
  readonly fee: bigint;
};

/** An answer that was verified in this browser. */
export type ShownAnswer = {
  readonly contents: ReceiptContents;
  /** As a file. */
  readonly receipt: string;
  readonly checks: readonly string[];
};

/** Reads a release as the chain has it. */
export async function readChosen(release: string): Promise<FetchedRelease> {
  return (await openVouch()).release(release);
}

/** Weighs the policies that a release can be asked under. */
export async function weigh(
  release: string,
  valueAtStake: bigint,
  fee: bigint,
  signal: AbortSignal,
): Promise<Advice> {
  return (await openVouch()).advise({ release, valueAtStake, fee }, { signal });
}

/** Says what a request takes, for an account where there is one. */
export async function estimate(ask: ChainAsk, account: Account | null): Promise<AskEstimate> {
  const vouch = account === null ? await openVouch() : await openAs(account);
  return vouch.estimate(askOf(ask));
}

/** Escrows the fee and returns the request's id once the chain has it; `onSending` says the id before. */
export async function send(
  ask: ChainAsk,
  account: Account,
  onSending: (id: Hex) => void,
  signal: AbortSignal,
): Promise<Hex> {
  const vouch = await openAs(account);
  const { id } = await vouch.request(askOf(ask), {
    signal,
    onProgress: (progress) => {
      if (progress.status === "sending") onSending(progress.id);
    },
  });
  return id;
}

/** Tells what becomes of a request. */
export async function* follow(id: string, signal: AbortSignal): AsyncGenerator<Step> {
  yield* (await openVouch()).watch(id, { signal });
}

/** Builds a final answer's receipt from the chain, and verifies it here. */
export async function fetchAnswer(id: string, signal: AbortSignal): Promise<ShownAnswer> {
  const { receipt, verification } = await (await openVouch()).receipt.fetch(id, { signal });
  return {
    contents: receiptContents(receipt),
    receipt: serializeReceipt(receipt),
    checks: verification.checks.map((it) => `${it.name}: ${it.detail}`),
  };
}

/** Takes an escrow back that nobody earned. */
export async function takeBack(id: string, account: Account): Promise<bigint> {
  return (await openAs(account)).refund(id);
}

async function openAs({ signer }: Account): ReturnType<typeof connect> {
  const { deployment } = (await openVouch()) satisfies { deployment: Settings["deployment"] };
  return connect({ provider: signer, deployment });
}

function askOf({ release, input, alternative, fee }: ChainAsk) {
  const { policy, terms } = alternative;
  return { release, input, policy, fee, ...terms };
}
