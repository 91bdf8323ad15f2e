import { concat, hexlify, sha256 } from "ethers";
import { publicKeyOf } from "./calldata.ts";
import { type CertificateFields, isIssuedBy, readCertificate } from "./certificate.ts";
import { isDebugReport, readEnclaveReport } from "./enclaveReport.ts";
import { AttestationError, type QuoteCheck } from "./errors.ts";
import { isSignedBy } from "./p256.ts";
import { INTEL_QE_VENDOR, readQuoteHeader } from "./quoteHeader.ts";
import type { Quote } from "./readQuote.ts";
import { readTdReport } from "./tdReport.ts";

/** A quote, and what it is judged by. */
export type Subject = {
  readonly quote: Quote;
  /** Seconds since the epoch: certificates, lists and documents have to hold then. */
  readonly time: number;
  /** Public key (`x ‖ y`) of the root that is trusted. */
  readonly root: Uint8Array;
};

/** A demand; it throws `QUOTE_REFUSED` by its name, and what it reads for being malformed. */
export type Check<Of extends Subject> = {
  readonly name: QuoteCheck;
  readonly run: (of: Of) => void;
};

const PCK_AUTHORITIES = ["Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA"];
/** SEPT_VE_DISABLE, bit 28: the host cannot make the guest take an exception where it expects memory. */
const TD_ATTRIBUTES = "0000001000000000";
/** INIT, MODE64BIT, PROVISIONKEY, EINITTOKENKEY, CET, KSS of the first byte and AEXNOTIFY of the second. */
const SGX_FLAGS = [0xf5, 0x04, 0, 0, 0, 0, 0, 0];
const SGX_INIT = 0x01;
const TD_DEBUG = 0x01;

/** What a quote alone shows, in the order in which it is asked. */
export const QUOTE_CHECKS: readonly Check<Subject>[] = [
  { name: "header", run: checkHeader },
  { name: "attributes", run: checkAttributes },
  { name: "certificate chain", run: checkChain },
  { name: "QE report signature", run: checkQeReport },
  { name: "attestation key", run: checkAttestationKey },
  { name: "quote signature", run: checkQuoteSignature },
];

function checkHeader({ quote }: Subject): void {
  const { qeVendor, version } = readQuoteHeader(quote.signed);
  const isIntel = hexlify(qeVendor) === hexlify(INTEL_QE_VENDOR);
  demand(isIntel, "header", "the quoting enclave is not of Intel");
  demand(quote.tee === "SGX" || version > 3, "header", "a TDX quote has version 4 or 5");
}

function checkAttributes({ quote }: Subject): void {
  if (quote.tee === "TDX") {
    const { tdAttributes } = readTdReport(quote.body);
    const flags = hexlify(tdAttributes).slice(2);
    const isOpen = ((tdAttributes[0] ?? 0) & TD_DEBUG) !== 0;
    demand(!isOpen, "attributes", "the TD is in debug mode: its host reads its memory");
    demand(
      flags === TD_ATTRIBUTES,
      "attributes",
      `the TD's attributes are ${flags}, where exactly SEPT_VE_DISABLE is accepted (${TD_ATTRIBUTES})`,
    );
    return;
  }
  const report = readEnclaveReport(quote.body);
  demand(
    !isDebugReport(report),
    "attributes",
    "the enclave is in debug mode: whoever runs it reads its memory",
  );
  const flags = report.attributes.subarray(0, 8);
  const isKnown = flags.every((byte, index) => (byte & ~(SGX_FLAGS[index] ?? 0)) === 0);
  const isInitialised = ((flags[0] ?? 0) & SGX_INIT) !== 0;
  demand(
    isKnown && isInitialised && report.isPlain,
    "attributes",
    `the enclave has reserved bits, or is not initialised (flags ${hexlify(flags).slice(2)})`,
  );
}

function checkChain({ quote, time, root }: Subject): void {
  const { pck, issuer } = chainOf(quote);
  const name = "certificate chain";
  checkAuthority(issuer, PCK_AUTHORITIES, true, { time, root }, name);
  const read = readCertificate(pck);
  const { subject, publicKey } = readCertificate(issuer);
  demand(
    read.issuer === subject && isIssuedBy(read, publicKey) && !read.isAuthority,
    name,
    "its authority did not issue the platform's certificate",
  );
  demandUnderstood(read, name, "the platform's certificate");
  demandPeriod(read.period, time, name, "the platform's certificate");
}

function checkQeReport({ quote }: Subject): void {
  const { pck } = chainOf(quote);
  const isSigned = isSignedBy(publicKeyOf(pck), quote.qeReport, quote.qeSignature);
  demand(
    isSigned,
    "QE report signature",
    "the platform's key did not sign the quoting enclave's report",
  );
}

function checkAttestationKey({ quote }: Subject): void {
  const binding = sha256(concat([quote.attestation.key, quote.qeAuthData]));
  const { reportData } = readEnclaveReport(quote.qeReport);
  demand(
    hexlify(reportData) === concat([binding, new Uint8Array(32)]),
    "attestation key",
    "the quoting enclave does not vouch for it",
  );
}

function checkQuoteSignature({ quote }: Subject): void {
  const { key, signature } = quote.attestation;
  demand(
    isSignedBy(key, quote.signed, signature),
    "quote signature",
    "the attestation key did not sign the quote",
  );
}

/** Demands a certificate that the root issued to one of these names. */
export function checkAuthority(
  der: Uint8Array,
  names: readonly string[],
  certifies: boolean,
  { time, root }: Pick<Subject, "time" | "root">,
  check: QuoteCheck,
): void {
  const read = readCertificate(der);
  const name = read.commonName;
  demand(
    isIssuedBy(read, root),
    check,
    `the trusted root did not issue the certificate of ${name}`,
  );
  const isRole = names.includes(name) && read.isAuthority === certifies;
  demand(isRole, check, `${name} is no ${names.join(" or ")}`);
  demandUnderstood(read, check, name);
  demandPeriod(read.period, time, check, name);
}

function demandUnderstood(
  { isUnderstood }: CertificateFields,
  check: QuoteCheck,
  what: string,
): void {
  demand(isUnderstood, check, `${what} has a critical extension that is not known`);
}

/** Returns the certificates of the platform and of its issuer (DER). */
export function chainOf({ chain }: Quote): {
  readonly pck: Uint8Array;
  readonly issuer: Uint8Array;
} {
  const [pck, issuer] = chain;
  if (pck === undefined || issuer === undefined) {
    throw new AttestationError({
      code: "QUOTE_MALFORMED",
      field: "certificate chain",
      reason: "lacks the platform's certificate or its issuer's",
    });
  }
  return { pck, issuer };
}

/** Demands that a time (seconds since the epoch) lies within a period. */
export function demandPeriod(
  [from, to]: readonly [number, number],
  time: number,
  check: QuoteCheck,
  what: string,
): void {
  const isTime = Number.isFinite(from) && Number.isFinite(to);
  demand(isTime, check, `${what} has dates that are none`);
  demand(time >= from, check, `${what} begins at ${isoOf(from)}, which is later`);
  demand(time <= to, check, `${what} ended at ${isoOf(to)}`);
}

/** Throws `QUOTE_REFUSED` where something does not hold. */
export function demand(holds: boolean, check: QuoteCheck, reason: string): asserts holds {
  if (!holds) throw new AttestationError({ code: "QUOTE_REFUSED", check, reason });
}

/** Returns seconds since the epoch as ISO 8601 writes them. */
export function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
