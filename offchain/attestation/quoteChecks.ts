import { Buffer } from "node:buffer";
import { createHash, X509Certificate } from "node:crypto";
import { publicKeyOf } from "./calldata.ts";
import { type CertificateFields, readCertificate } from "./certificate.ts";
import { commonName } from "./certificateNames.ts";
import type { Collateral, SignedText } from "./collateral.ts";
import { isDebugReport, readEnclaveReport } from "./enclaveReport.ts";
import { AttestationError, type QuoteCheck } from "./errors.ts";
import { judgeTcb, matchesUnderMask, type TcbVerdict } from "./judgeTcb.ts";
import { isSignedBy, publicKeyAt } from "./p256.ts";
import { readPckPlatform } from "./pckPlatform.ts";
import { readQeIdentity } from "./qeIdentity.ts";
import { INTEL_QE_VENDOR, readQuoteHeader } from "./quoteHeader.ts";
import type { Quote } from "./readQuote.ts";
import { isListSignedBy, readRevocations } from "./revocationList.ts";
import { readTcbInfo } from "./tcbInfo.ts";
import { readTdReport } from "./tdReport.ts";

/** A quote, and what it is judged by. */
export type Subject = {
  readonly quote: Quote;
  /** Seconds since the epoch: certificates, lists and documents have to hold then. */
  readonly time: number;
  /** Public key (`x ‖ y`) of the root that is trusted. */
  readonly root: Uint8Array;
};

/** The same with the vendor's collateral. */
export type JudgedSubject = Subject & { readonly collateral: Collateral };

/** A demand; it throws `QUOTE_REFUSED` by its name, and what it reads for being malformed. */
type Check<Of extends Subject> = { readonly name: QuoteCheck; readonly run: (of: Of) => void };

const PCK_AUTHORITIES = ["Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA"];
const TCB_SIGNING = ["Intel SGX TCB Signing"];
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

/** What it shows with collateral. `TCB level` is what remains: `tcbVerdictOf`. */
export const COLLATERAL_CHECKS: readonly Check<JudgedSubject>[] = [
  { name: "signing authority", run: checkSigningAuthority },
  { name: "revocation lists", run: checkLists },
  { name: "revocation", run: checkRevocation },
  { name: "TCB info", run: checkTcbInfo },
  { name: "QE identity", run: checkQeIdentity },
  { name: "TCB level", run: tcbVerdictOf },
];

/**
 * Returns how the enclave stands; whether anybody signed what that follows from, the other checks say.
 *
 * @throws {AttestationError} `QUOTE_REFUSED` by `TCB level` where no level is reached or the vendor revoked the one
 * that is.
 */
export function tcbVerdictOf({ quote, collateral }: JudgedSubject): TcbVerdict {
  const { pck } = chainOf(quote);
  const verdict = judgeTcb(
    {
      platform: readPckPlatform(pck),
      qeSvn: readEnclaveReport(quote.qeReport).isvSvn,
      module: quote.tee === "TDX" ? readTdReport(quote.body) : undefined,
    },
    readTcbInfo(collateral.tcbInfo.text),
    readQeIdentity(collateral.qeIdentity.text),
  );
  demand(verdict.status !== "Revoked", "TCB level", "the vendor revoked these versions");
  return verdict;
}

function checkHeader({ quote }: Subject): void {
  const { qeVendor, version } = readQuoteHeader(quote.signed);
  const isIntel = Buffer.compare(qeVendor, INTEL_QE_VENDOR) === 0;
  demand(isIntel, "header", "the quoting enclave is not of Intel");
  demand(quote.tee === "SGX" || version > 3, "header", "a TDX quote has version 4 or 5");
}

function checkAttributes({ quote }: Subject): void {
  if (quote.tee === "TDX") {
    const { tdAttributes } = readTdReport(quote.body);
    const flags = Buffer.from(tdAttributes).toString("hex");
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
    `the enclave has reserved bits, or is not initialised (flags ${Buffer.from(flags).toString("hex")})`,
  );
}

function checkChain({ quote, time, root }: Subject): void {
  const { pck, issuer } = chainOf(quote);
  const name = "certificate chain";
  checkAuthority(issuer, PCK_AUTHORITIES, true, { time, root }, name);
  const leaf = new X509Certificate(pck);
  const read = readCertificate(pck);
  const key = publicKeyAt(publicKeyOf(issuer));
  const isNamed = read.issuer === readCertificate(issuer).subject;
  const isIssued = isNamed && key !== undefined && leaf.verify(key);
  demand(
    isIssued && !read.isAuthority,
    name,
    "its authority did not issue the platform's certificate",
  );
  demandUnderstood(read, name, "the platform's certificate");
  demandPeriod(secondsOf(leaf), time, name, "the platform's certificate");
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
  const binding = createHash("sha256").update(quote.attestation.key).update(quote.qeAuthData);
  const expected = Buffer.concat([binding.digest(), Buffer.alloc(32)]);
  const { reportData } = readEnclaveReport(quote.qeReport);
  demand(
    Buffer.compare(reportData, expected) === 0,
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

function checkSigningAuthority({ collateral, time, root }: JudgedSubject): void {
  const name = "signing authority";
  checkAuthority(signerOf(collateral), TCB_SIGNING, false, { time, root }, name);
}

function checkLists({ quote, collateral, time, root }: JudgedSubject): void {
  const { issuer } = chainOf(quote);
  const authority = readCertificate(issuer).subject;
  for (const [what, der, key, name] of [
    // The root is known by its key alone.
    ["the root's list", collateral.rootRevocations, root, undefined],
    ["the list of PCK certificates", collateral.pckRevocations, publicKeyOf(issuer), authority],
  ] as const) {
    const list = readRevocations(der);
    const isNamed = name === undefined || list.issuer === name;
    demand(
      isListSignedBy(list, key) && isNamed,
      "revocation lists",
      `${what} is not signed by its issuer`,
    );
    demandPeriod([list.issuedAt, list.nextUpdate], time, "revocation lists", what);
  }
}

function checkRevocation({ quote, collateral }: JudgedSubject): void {
  const { pck, issuer } = chainOf(quote);
  const { revoked: byRoot } = readRevocations(collateral.rootRevocations);
  const { revoked: byIssuer } = readRevocations(collateral.pckRevocations);
  for (const [what, certificate, revoked] of [
    ["the platform's certificate", pck, byIssuer],
    ["its authority", issuer, byRoot],
    ["the signing authority", signerOf(collateral), byRoot],
  ] as const) {
    const since = revoked.get(readCertificate(certificate).serial);
    demand(
      since === undefined,
      "revocation",
      `${what} is revoked${since === undefined ? "" : ` since ${isoOf(since)}`}`,
    );
  }
}

function checkTcbInfo({ quote, collateral, time }: JudgedSubject): void {
  const name = "TCB info";
  const info = readTcbInfo(collateral.tcbInfo.text);
  checkDocument(collateral.tcbInfo, signerOf(collateral), name);
  demandPeriod([info.issuedAt, info.nextUpdate], time, name, "it");
  const { fmspc, pceId } = readPckPlatform(chainOf(quote).pck);
  demand(info.tee === quote.tee, name, `it is of ${info.tee}, the quote of ${quote.tee}`);
  demand(
    info.fmspc === fmspc && info.pceId === pceId,
    name,
    `it is of the platform model ${info.fmspc}, the quote's is ${fmspc}`,
  );
}

function checkQeIdentity({ quote, collateral, time }: JudgedSubject): void {
  const name = "QE identity";
  const identity = readQeIdentity(collateral.qeIdentity.text);
  checkDocument(collateral.qeIdentity, signerOf(collateral), name);
  demandPeriod([identity.issuedAt, identity.nextUpdate], time, name, "it");
  demand(identity.tee === quote.tee, name, `it is of ${identity.tee}, the quote of ${quote.tee}`);
  const report = readEnclaveReport(quote.qeReport);
  const isIt =
    matchesUnderMask(report.miscSelect, identity.miscSelect, identity.miscSelectMask) &&
    matchesUnderMask(report.attributes, identity.attributes, identity.attributesMask) &&
    matchesUnderMask(report.mrSigner, identity.mrSigner, new Uint8Array(32).fill(0xff)) &&
    report.productId === identity.productId;
  demand(isIt && !isDebugReport(report), name, "the quoting enclave is another than the vendor's");
}

function checkAuthority(
  der: Uint8Array,
  names: readonly string[],
  certifies: boolean,
  { time, root }: Pick<Subject, "time" | "root">,
  check: QuoteCheck,
): void {
  const certificate = new X509Certificate(der);
  const subject = commonName(certificate.subject);
  const rootKey = publicKeyAt(root);
  const isIssued = rootKey !== undefined && certificate.verify(rootKey);
  demand(isIssued, check, `the trusted root did not issue the certificate of ${subject}`);
  const read = readCertificate(der);
  const isRole = names.includes(subject) && read.isAuthority === certifies;
  demand(isRole, check, `${subject} is no ${names.join(" or ")}`);
  demandUnderstood(read, check, subject);
  demandPeriod(secondsOf(certificate), time, check, subject);
}

function demandUnderstood(
  { isUnderstood }: CertificateFields,
  check: QuoteCheck,
  what: string,
): void {
  demand(isUnderstood, check, `${what} has a critical extension that is not known`);
}

function checkDocument(document: SignedText, signer: Uint8Array, check: QuoteCheck): void {
  const isSigned = isSignedBy(publicKeyOf(signer), Buffer.from(document.text), document.signature);
  demand(isSigned, check, "the signing authority did not sign it");
}

function chainOf({ chain }: Quote): { readonly pck: Uint8Array; readonly issuer: Uint8Array } {
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

function signerOf({ signingChain }: Collateral): Uint8Array {
  const [signer] = signingChain;
  if (signer === undefined) {
    throw new AttestationError({
      code: "COLLATERAL_INCOMPLETE",
      missing: "the authority that signed TCB info and QE identity",
      remedy: "PCS sends it in TCB-Info-Issuer-Chain.",
    });
  }
  return signer;
}

function secondsOf({ validFromDate, validToDate }: X509Certificate): readonly [number, number] {
  return [validFromDate.getTime() / 1000, validToDate.getTime() / 1000];
}

function demandPeriod(
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

function demand(holds: boolean, check: QuoteCheck, reason: string): asserts holds {
  if (!holds) throw new AttestationError({ code: "QUOTE_REFUSED", check, reason });
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
