import type { Hex, Receipt, RequestId, TcbStatus } from "@vouch/protocol";
import type { Logger } from "pino";
import type { ProofEvent } from "./proving/proofEvents.ts";

/** What a worker tells whoever embeds it, in order, for one request; milliseconds are wall time. */
export type WorkerEvent =
  | {
      readonly status: "locked";
      readonly request: RequestId;
      readonly ms: number;
      readonly gasUsed: bigint;
      readonly txHash: Hex;
    }
  | {
      readonly status: "executed";
      readonly request: RequestId;
      readonly ms: number;
      readonly output: readonly bigint[];
    }
  | { readonly status: "signed"; readonly request: RequestId; readonly ms: number }
  | {
      readonly status: "attested";
      readonly request: RequestId;
      readonly ms: number;
      readonly measurement: Hex;
    }
  | { readonly status: "proved"; readonly request: RequestId; readonly ms: number }
  | {
      readonly status: "fulfilled";
      readonly request: RequestId;
      readonly ms: number;
      readonly gasUsed: bigint;
      readonly txHash: Hex;
      readonly receipt: Receipt;
      readonly receiptPath: string;
    }
  | {
      /** The one proof of so many statements, that of the request among them, is on the chain. */
      readonly status: "recorded";
      readonly request: RequestId;
      readonly ms: number;
      readonly gasUsed: bigint;
      readonly txHash: Hex;
      readonly statements: number;
    }
  | ProofEvent
  | { readonly status: "skipped"; readonly request: RequestId; readonly reason: string };

/** What a worker tells of its enclave's key; times in seconds. */
export type EnclaveEvent =
  | {
      readonly status: "registered";
      readonly key: Hex;
      readonly measurement: Hex;
      readonly tcb: TcbStatus;
      readonly simulated: boolean;
      readonly validTo: bigint;
      readonly gasUsed: bigint;
      readonly txHash: Hex;
    }
  | {
      readonly status: "renewed";
      readonly key: Hex;
      readonly tcb: TcbStatus;
      readonly validTo: bigint;
      readonly gasUsed: bigint;
      readonly txHash: Hex;
    }
  | { readonly status: "retired"; readonly key: Hex; readonly txHash: Hex };

/** What of an event goes into a log: neither outputs nor evidence. */
export function loggable(event: WorkerEvent): object {
  const { request } = event;
  const ms = "ms" in event ? { ms: Math.round(event.ms) } : {};
  const tx = "txHash" in event ? { txHash: event.txHash, gasUsed: event.gasUsed.toString() } : {};
  const reason = event.status === "skipped" ? { reason: event.reason } : {};
  const proof = "circuit" in event ? { circuit: event.circuit } : {};
  const prover = "prover" in event ? { prover: event.prover } : {};
  const batch = "statements" in event ? { statements: event.statements } : {};
  return { requestId: request, ...ms, ...tx, ...reason, ...proof, ...prover, ...batch };
}

/** Logs an event; that a prover returned a wrong proof, somebody has to see. */
export function logEvent(log: Pick<Logger, "info" | "error">, event: WorkerEvent): void {
  if (event.status === "proofRefused")
    log.error(loggable(event), "a proof does not verify and is not used");
  else if (event.status === "proverFailed")
    log.error(loggable(event), "a prover failed, and the reference took its place");
  else log.info(loggable(event), `request ${event.status}`);
}
