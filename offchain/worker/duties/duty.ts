import type { Contracts, Courts, Domain, Hex } from "@vouch/protocol";
import { findContractError } from "@vouch/protocol";
import type { Logger } from "pino";
import { WorkerError } from "../errors.ts";
import { messageOf } from "../messageOf.ts";
import type { Openings } from "../openings.ts";
import type { Releases } from "../releases.ts";
import type { Intent, MinedTransaction, Send } from "../send.ts";

/** What every duty works with. */
export type DutyDeps = {
  /** Whose duties they are; in lower case. */
  readonly operator: Hex;
  readonly send: Send;
  readonly contracts: Contracts;
  readonly courts: Courts;
  readonly domain: Domain;
  readonly openings: Pick<Openings, "input">;
  readonly releases: Releases;
  /** Block from which the deployment's events can be read. */
  readonly fromBlock: number;
  readonly log: Logger;
};

/** One step of a duty: look again at once after `sent`, at the next block after `overtaken`, at the second given after `waiting`. */
export type DutyStep =
  /** Nothing is left to do for this operator. */
  | { readonly status: "over" }
  /** Nothing to do before this second of the chain. */
  | { readonly status: "waiting"; readonly until: number }
  | { readonly status: "sent"; readonly key: string; readonly mined: MinedTransaction }
  /** The chain has moved on: somebody else did it, or the node lagged behind. */
  | { readonly status: "overtaken"; readonly key: string; readonly refusal: string };

export const OVER: DutyStep = { status: "over" };

/** Refusals that say that the state which a step began from is a past one. */
const MOVED_ON: ReadonlySet<string> = new Set([
  "ChallengeWindowClosed",
  "CreditEmpty",
  "DisputeStatusInvalid",
  "RequestStatusInvalid",
  "ResponsePeriodOpen",
  "ChallengeWindowOpen",
  "RoundAlreadySettled",
  "RoundNotDrawable",
  "RoundPhaseNotOver",
  "RoundStatusInvalid",
  "SeatStatusInvalid",
]);

/** Transactions that reverted once they were mined, before a step gives up. */
const MAX_ATTEMPTS = 3;

/**
 * Sends what a duty demands. A transaction that was mined and reverted, for a state that changed under way or for want of gas,
 * is estimated anew under a key of its own.
 *
 * @throws {WorkerError} `DUTY_REFUSED` where the contract refuses for good; whatever `Send` throws.
 */
export async function act(
  { send, log }: Pick<DutyDeps, "send" | "log">,
  intent: Intent,
): Promise<DutyStep> {
  const { key } = intent;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      const mined = await send(attempt === 1 ? intent : { ...intent, key: `${key}#${attempt}` });
      if (mined.status === 1) {
        log.info({ key, txHash: mined.hash, gasUsed: mined.gasUsed.toString() }, "duty done");
        return { status: "sent", key, mined };
      }
      log.warn({ key, txHash: mined.hash }, "duty's transaction reverted");
    } catch (error) {
      const refusal = findContractError(error);
      if (refusal === undefined) throw error;
      if (MOVED_ON.has(refusal.name)) return { status: "overtaken", key, refusal: refusal.name };
      throw new WorkerError(
        { code: "DUTY_REFUSED", key, refusal: messageOf(error) },
        { cause: error },
      );
    }
  }
  const refusal = `${MAX_ATTEMPTS} transactions were mined and reverted`;
  throw new WorkerError({ code: "DUTY_REFUSED", key, refusal });
}

/** Returns the chain's time in seconds: that of its latest block. */
export async function chainNow({ requests }: Pick<Contracts, "requests">): Promise<number> {
  const block = await requests.runner?.provider?.getBlock("latest");
  if (block == null) throw new WorkerError({ code: "NODE_WITHOUT_BLOCKS" });
  return block.timestamp;
}

/** Returns a contract's address as an intent takes it. */
export async function addressOf(contract: { getAddress: () => Promise<string> }): Promise<Hex> {
  return (await contract.getAddress()).toLowerCase() as Hex;
}
