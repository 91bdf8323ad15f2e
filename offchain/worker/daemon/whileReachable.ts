import { ChainError } from "@vouch/chain";
import type { Handler } from "@vouch/queue";
import { QueueError } from "@vouch/queue";
import type { Logger } from "pino";
import { WorkerError } from "../errors.ts";
import { messageOf } from "../messageOf.ts";
import { codeOfError } from "../steps/giveUp.ts";

/** Seconds until what could not be asked is asked again. */
const AGAIN_SECONDS = 2;

/** SQLSTATEs of a server that is not there, starts, stops or has no room, and the system's codes for a connection that fails. */
const GONE = /^(?:08|53|57P)|^E[A-Z]+$/;

/** Whether chain or database were not there to be asked: that says nothing of what was asked for. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof QueueError) {
    const { data } = error;
    const isGone = data.code === "DATABASE_FAILED" && GONE.test(data.state ?? "");
    return isGone || data.code === "DISK_FULL";
  }
  if (error instanceof WorkerError) return error.code === "NODE_WITHOUT_BLOCKS";
  if (!(error instanceof ChainError)) return false;
  const { code } = error;
  return code === "ENDPOINTS_FAILED" || code === "ENDPOINT_FAILED" || code === "ENDPOINT_BUSY";
}

/** Of a process that stops: what it sent is in the journal, and the item is taken up by the next. */
const STOPPED: ReadonlySet<string> = new Set(["SENDER_CLOSED", "STOPPING"]);

/** Whether an attempt ended for nothing that it was about: the process stops, or there was nobody to ask. */
export function isInterrupted(error: unknown): boolean {
  return isUnreachable(error) || STOPPED.has(codeOfError(error) ?? "");
}

/**
 * Returns a handler that puts an item off where its process stops, and for as long as chain or database cannot be reached, as if it had
 * not been tried: an outage, however long, makes no dead letter of a request that was locked.
 */
export function whileReachable<Payload>(handler: Handler<Payload>, log: Logger): Handler<Payload> {
  return async (item) => {
    try {
      return await handler(item);
    } catch (error) {
      if (!isInterrupted(error)) throw error;
      if (!isUnreachable(error)) return { status: "later", seconds: 0 };
      log.warn({ requestId: item.key, error: messageOf(error) }, "put off: out of reach");
      return { status: "later", seconds: AGAIN_SECONDS };
    }
  };
}
