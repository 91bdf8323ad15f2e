import { Buffer } from "node:buffer";
import { readEnclaveReport } from "../enclaveReport.ts";
import { AttestationError } from "../errors.ts";
import { readQuote } from "../readQuote.ts";
import type { Quote } from "../readQuote.ts";
import { readTdReport } from "../tdReport.ts";

/** What an enclave says who it is with: a DCAP quote of a TD or of SGX, or an attestation document of Nitro. */
export type GuestTee = Quote["tee"] | "Nitro";

/** What a process inside an enclave asks for a quote. */
export type QuoteSource = {
  /** Where its quotes come from, for people. */
  readonly name: string;
  readonly tee: GuestTee;
  /** Whether its quotes stem from the published root, and prove nothing. */
  readonly simulated: boolean;
  /**
   * Returns a quote over 64 bytes.
   *
   * @throws {AttestationError} `GUEST_FAILED`, with what the enclave's interface said.
   */
  readonly quote: (reportData: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>;
};

/** Where to ask, or why not and what would make it be there. */
export type Found = { readonly source: QuoteSource } | { readonly reason: string };

const REPORT_DATA_BYTES = 64;

/**
 * Builds a source of real quotes. What comes back is held to what was asked for: another process of the same enclave may have
 * asked in between.
 */
export function quoteSource(
  name: string,
  tee: GuestTee,
  ask: (reportData: Uint8Array, signal: AbortSignal | undefined) => Promise<Uint8Array>,
): QuoteSource {
  return {
    name,
    tee,
    simulated: false,
    async quote(reportData, signal) {
      if (reportData.length !== REPORT_DATA_BYTES) {
        const reason = `report data has 64 bytes, not ${reportData.length}`;
        throw new AttestationError({ code: "GUEST_FAILED", source: name, reason });
      }
      const quote = await orGuestFailed(name, () => {
        signal?.throwIfAborted();
        return ask(reportData, signal);
      });
      if (tee !== "Nitro") requireAnswer(name, tee, quote, reportData);
      return quote;
    },
  };
}

/** Runs `work`; whatever it fails with becomes `GUEST_FAILED` of this source, its cause kept. */
async function orGuestFailed<T>(source: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause;
    throw new AttestationError(
      { code: "GUEST_FAILED", source, reason: reasonOf(cause) },
      { cause },
    );
  }
}

/** The code of a system error, else the message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string"
    ? `${error.code}: ${error.message}`
    : error.message;
}

function requireAnswer(
  source: string,
  tee: Quote["tee"],
  bytes: Uint8Array,
  reportData: Uint8Array,
): void {
  const failed = (reason: string): AttestationError =>
    new AttestationError({ code: "GUEST_FAILED", source, reason });
  const { tee: found, body } = readQuote(bytes);
  if (found !== tee) throw failed(`its quote is of ${found}, not of ${tee}`);
  const { reportData: answered } = tee === "TDX" ? readTdReport(body) : readEnclaveReport(body);
  if (Buffer.compare(answered, reportData) !== 0) {
    throw failed("its quote is over other report data: another process asked at the same time");
  }
}
