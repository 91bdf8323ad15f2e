import { X509Certificate } from "node:crypto";
import type { TcbStatus } from "@vouch/protocol";
import type { MeasurementKind } from "./bindReportData.ts";
import { isIssuedBy, readCertificate } from "./certificate.ts";
import type { Collateral } from "./collateral.ts";
import { COLLATERAL_CHECKS, type JudgedSubject, tcbVerdictOf } from "./collateralChecks.ts";
import { type EnclaveReport, readEnclaveReport } from "./enclaveReport.ts";
import { AttestationError, type QuoteCheck } from "./errors.ts";
import type { TcbVerdict } from "./judgeTcb.ts";
import { measurementKindsOf, measurementOf } from "./measurementOf.ts";
import { type PckPlatform, readPckPlatform } from "./pckPlatform.ts";
import { QUOTE_CHECKS, type Subject } from "./quoteChecks.ts";
import { type QuoteHeader, readQuoteHeader } from "./quoteHeader.ts";
import { type KeyedSignature, type Quote, readQuote } from "./readQuote.ts";
import { readRevocations } from "./revocationList.ts";
import type { Tee } from "./signedDocument.ts";
import { readTdReport, type TdReport } from "./tdReport.ts";
import { INTEL_ROOT_KEY, SIMULATED_ROOT_KEY } from "./trustRoots.ts";

/** What a quote says, and what it amounts to. Times are in seconds since the epoch. */
export type QuoteExplanation = {
  readonly tee: Tee;
  /** Whether it stems from the published root, and proves nothing. */
  readonly simulated: boolean;
  readonly header: QuoteHeader;
  readonly body:
    | ({ readonly type: "SGX" } & EnclaveReport)
    | ({ readonly type: "TD 1.0" | "TD 1.5" } & TdReport);
  readonly qeReport: EnclaveReport;
  readonly authentication: KeyedSignature & {
    readonly qeSignature: Uint8Array;
    readonly qeAuthData: Uint8Array;
  };
  /** Bytes behind the last length that the quote states. Nobody signed them. */
  readonly trailing: number;
  /** As the quote brings them: the platform's first. */
  readonly certificates: readonly CertificateFacts[];
  /** Undefined where the platform's certificate is absent or does not say; the checks tell why. */
  readonly platform: PckPlatform | undefined;
  readonly measurements: readonly MeasurementFacts[];
  readonly checks: readonly CheckResult[];
  /** The levels that are reached; undefined where that was not tried, or failed. */
  readonly tcb: TcbVerdict | undefined;
  readonly outcome: QuoteOutcome;
};

export type CertificateFacts = {
  readonly subject: string;
  readonly issuer: string;
  /** In lower-case hexadecimal. */
  readonly serial: string;
  readonly validFrom: number;
  readonly validTo: number;
  /** Since when it is revoked; `never` by the list at hand; `unknown` without one, and of the root. */
  readonly revoked: number | "never" | "unknown";
};

/** What a registry keeps of the quote; a simulated quote has the other one. */
export type MeasurementFacts = {
  readonly kind: MeasurementKind;
  readonly real: string;
  readonly simulated: string;
};

export type CheckResult =
  | { readonly name: QuoteCheck; readonly outcome: "passed" }
  | (Shortcoming & { readonly name: QuoteCheck; readonly outcome: "failed" })
  | (Shortcoming & { readonly name: QuoteCheck; readonly outcome: "not tried" });

type Shortcoming = { readonly reason: string; readonly remedy: string };

/** `read`: nothing failed, and not all was tried. */
export type QuoteOutcome =
  | {
      readonly status: "verified";
      readonly tcb: TcbStatus;
      readonly advisories: readonly string[];
    }
  | {
      readonly status: "refused";
      readonly check: QuoteCheck;
      readonly reason: string;
      readonly remedy: string;
    }
  | { readonly status: "read"; readonly remedy: string };

export type ExplainOptions = {
  /** Seconds since the epoch: certificates, lists and documents have to hold then. */
  readonly time: number;
  /** Without it nothing is said of revocation and TCB. */
  readonly collateral?: Collateral;
};

const WITHOUT_COLLATERAL = "no collateral is at hand";
const GET_COLLATERAL =
  "Give the vendor's collateral: a file of a PCCS client, a folder of PCS answers, or what a collateral service sends for this platform model.";
const REMEDIES: Readonly<Record<QuoteCheck, string>> = {
  header: "Take a quote of Intel's quoting enclave, of SGX (version 3 to 5) or TDX (4 or 5).",
  attributes:
    "Start a TD with SEPT_VE_DISABLE and nothing else, an enclave without DEBUG and reserved bits.",
  "certificate chain":
    "Look at the time that it is verified at, and take the chain that the platform's PCCS gives.",
  "QE report signature": "Take the quote again: it is not as the platform made it.",
  "attestation key": "Take the quote again: it is not as the quoting enclave made it.",
  "quote signature": "Take the quote again: it is not as the quoting enclave signed it.",
  "signing authority": "Get collateral whose TCB signing chain holds at this time.",
  "revocation lists": "Get the lists of this time, of the authority that certified the platform.",
  revocation: "Use another platform: this one's certificate, or its authority's, counts no more.",
  "TCB info": "Get the TCB info of this platform model and kind of enclave, of this time.",
  "QE identity":
    "Get the QE identity of this kind of enclave, of this time; update the platform's quoting enclave.",
  "TCB level": "Update the platform's firmware, TDX module and quoting enclave.",
};

/**
 * Takes a quote apart and says of each demand whether it is met, and why not. Which root it is judged below, it
 * says itself: one that stems from the published root is marked `simulated`.
 *
 * @throws {AttestationError} `QUOTE_MALFORMED` or `QUOTE_UNSUPPORTED`, naming the field, where it cannot be taken
 * apart.
 */
export function explainQuote(bytes: Uint8Array, options: ExplainOptions): QuoteExplanation {
  const quote = readQuote(bytes);
  const simulated = isSimulated(quote);
  const { collateral, time } = options;
  const subject = { quote, time, root: simulated ? SIMULATED_ROOT_KEY : INTEL_ROOT_KEY };
  const judged = collateral && { ...subject, collateral };
  const checks = [
    ...QUOTE_CHECKS.map((it) => resultOf(it, subject)),
    ...COLLATERAL_CHECKS.map((it) => resultOf(it, judged)),
  ];
  const isJudged = checks.some((it) => it.name === "TCB level" && it.outcome === "passed");
  const tcb = judged !== undefined && isJudged ? tcbVerdictOf(judged) : undefined;
  return {
    tee: quote.tee,
    simulated,
    header: readQuoteHeader(quote.signed),
    body: bodyOf(quote),
    qeReport: readEnclaveReport(quote.qeReport),
    authentication: {
      ...quote.attestation,
      qeSignature: quote.qeSignature,
      qeAuthData: quote.qeAuthData,
    },
    trailing: quote.trailing,
    certificates: quote.chain.map((der, index) => certificateFacts(der, index, collateral)),
    platform: platformOf(quote),
    measurements: measurementKindsOf(quote).map((kind) => ({
      kind,
      real: measurementOf(quote, kind, false),
      simulated: measurementOf(quote, kind, true),
    })),
    checks,
    tcb,
    outcome: outcomeOf(checks, tcb),
  };
}

/** Returns whether a quote's chain hangs below the published root: what it says proves nothing. */
export function isSimulated({ chain }: Quote): boolean {
  const [, issuer] = chain;
  try {
    return issuer !== undefined && isIssuedBy(readCertificate(issuer), SIMULATED_ROOT_KEY);
  } catch (error) {
    if (error instanceof AttestationError) return false; // the checks that read it say what is wrong
    throw error;
  }
}

function resultOf<Of extends Subject | JudgedSubject>(
  { name, run }: { readonly name: QuoteCheck; readonly run: (of: Of) => unknown },
  subject: Of | undefined,
): CheckResult {
  if (subject === undefined) {
    return { name, outcome: "not tried", reason: WITHOUT_COLLATERAL, remedy: GET_COLLATERAL };
  }
  try {
    run(subject);
    return { name, outcome: "passed" };
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error;
    const { failure } = error;
    if (failure.code === "COLLATERAL_INCOMPLETE") {
      const { missing, remedy } = failure;
      return { name, outcome: "not tried", reason: `the collateral lacks ${missing}`, remedy };
    }
    const reason = failure.code === "QUOTE_REFUSED" ? failure.reason : error.message;
    return { name, outcome: "failed", reason, remedy: REMEDIES[name] };
  }
}

function outcomeOf(checks: readonly CheckResult[], tcb: TcbVerdict | undefined): QuoteOutcome {
  const failed = checks.find((it) => it.outcome === "failed");
  if (failed !== undefined) {
    const { name: check, reason, remedy } = failed;
    return { status: "refused", check, reason, remedy };
  }
  const untried = checks.find((it) => it.outcome === "not tried");
  if (untried !== undefined || tcb === undefined) {
    return { status: "read", remedy: untried?.remedy ?? GET_COLLATERAL };
  }
  return { status: "verified", tcb: tcb.status, advisories: tcb.advisories };
}

function bodyOf({ tee, body }: Quote): QuoteExplanation["body"] {
  if (tee === "SGX") return { type: "SGX", ...readEnclaveReport(body) };
  const report = readTdReport(body);
  return { type: report.mrServiceTd === undefined ? "TD 1.0" : "TD 1.5", ...report };
}

function platformOf({ chain }: Quote): PckPlatform | undefined {
  const [pck] = chain;
  if (pck === undefined) return undefined;
  try {
    return readPckPlatform(pck);
  } catch (error) {
    if (error instanceof AttestationError) return undefined; // the checks that read it say what is wrong
    throw error;
  }
}

/** The platform's certificate is on its authority's list, and that on the root's. */
function certificateFacts(
  der: Uint8Array,
  index: number,
  collateral: Collateral | undefined,
): CertificateFacts {
  const certificate = new X509Certificate(der);
  const lists = [collateral?.pckRevocations, collateral?.rootRevocations];
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    serial: certificate.serialNumber.toLowerCase(),
    validFrom: certificate.validFromDate.getTime() / 1000,
    validTo: certificate.validToDate.getTime() / 1000,
    revoked: revokedBy(lists[index], der),
  };
}

function revokedBy(list: Uint8Array | undefined, der: Uint8Array): CertificateFacts["revoked"] {
  if (list === undefined) return "unknown";
  try {
    return readRevocations(list).revoked.get(readCertificate(der).serial) ?? "never";
  } catch (error) {
    if (error instanceof AttestationError) return "unknown"; // the checks say what is wrong
    throw error;
  }
}
