import { publicKeyOf } from "./calldata.ts";
import { readCertificate } from "./certificate.ts";
import type { Collateral, SignedText } from "./collateral.ts";
import { isDebugReport, readEnclaveReport } from "./enclaveReport.ts";
import { AttestationError, type QuoteCheck } from "./errors.ts";
import { judgeTcb, matchesUnderMask, type TcbVerdict } from "./judgeTcb.ts";
import { isSignedBy } from "./p256.ts";
import { readPckPlatform } from "./pckPlatform.ts";
import { readQeIdentity } from "./qeIdentity.ts";
import {
  type Check,
  chainOf,
  checkAuthority,
  demand,
  demandPeriod,
  isoOf,
  type Subject,
} from "./quoteChecks.ts";
import { isListSignedBy, readRevocations } from "./revocationList.ts";
import { readTcbInfo } from "./tcbInfo.ts";
import { readTdReport } from "./tdReport.ts";

/** A quote with the vendor's collateral. */
export type JudgedSubject = Subject & { readonly collateral: Collateral };

const TCB_SIGNING = ["Intel SGX TCB Signing"];

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

function checkDocument(document: SignedText, signer: Uint8Array, check: QuoteCheck): void {
  const isSigned = isSignedBy(
    publicKeyOf(signer),
    new TextEncoder().encode(document.text),
    document.signature,
  );
  demand(isSigned, check, "the signing authority did not sign it");
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
