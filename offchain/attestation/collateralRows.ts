import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import type { Contracts, EnclaveAuthorities, EnclaveCollateral } from "@vouch/protocol";
import { documentSignature, keyIdOf, publicKeyOf, publicKeyStruct } from "./calldata.ts";
import { commonNameOf, isSelfIssued } from "./certificateNames.ts";
import type { PlatformCollateral, SignedText } from "./collateral.ts";
import { AttestationError } from "./errors.ts";
import { readQeIdentity } from "./qeIdentity.ts";
import { isListSignedBy, readRevocations } from "./revocationList.ts";
import { readTcbInfo } from "./tcbInfo.ts";

type Vendor = Contracts["vendor"];

/**
 * A certificate, list or document of the vendor's beside what a chain has of it. Times are in seconds since the
 * epoch.
 */
export type CollateralRow = {
  /** E.g. `TCB info of 00b06f000000, TDX`. */
  readonly what: string;
  /** Of a list or an evaluation; undefined for a certificate. */
  readonly number: number | undefined;
  readonly issuedAt: number;
  readonly nextUpdate: number;
  /** What the chain has: nothing, an older one, or one that this does not replace. */
  readonly onChain: "absent" | "older" | "current";
  /** The call that brings it. */
  readonly call: string;
};

const TEE_INDEX = { SGX: 0n, TDX: 1n } as const;

/**
 * Compares the root's list, the authorities and the list of a PCK authority with a chain's, in the order in which
 * they can be brought.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED` or `COLLATERAL_INCOMPLETE`.
 */
export async function authorityRows(
  { authorities }: Pick<Vendor, "authorities">,
  collateral: PlatformCollateral,
): Promise<readonly CollateralRow[]> {
  const chain = distinct([...collateral.pckAuthorities, ...collateral.signingChain]);
  const root = chain.find(isSelfIssued);
  if (root === undefined) {
    throw new AttestationError({
      code: "COLLATERAL_INCOMPLETE",
      missing: "the root certificate",
      remedy: "Give issuer chains whole: they end with it.",
    });
  }
  const pckList = readRevocations(collateral.pckRevocations);
  const issuer = collateral.pckAuthorities.find((it) => isListSignedBy(pckList, publicKeyOf(it)));
  if (issuer === undefined) {
    throw new AttestationError({
      code: "COLLATERAL_INCOMPLETE",
      missing: "the authority that signed the list of revoked PCK certificates",
      remedy:
        "Give its certificate: a quote brings it, and PCS sends it in SGX-PCK-CRL-Issuer-Chain.",
    });
  }
  const below = chain.filter((it) => !isSelfIssued(it));
  return Promise.all([
    listRow(authorities, collateral.rootRevocations, root),
    ...below.map((it) => certificateRow(authorities, it)),
    listRow(authorities, collateral.pckRevocations, issuer),
  ]);
}

/**
 * Compares TCB info and QE identity with a chain's.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED` or `COLLATERAL_INCOMPLETE`.
 */
export async function documentRows(
  { authorities, collateral: rows }: Pick<Vendor, "authorities" | "collateral">,
  { tcbInfo, qeIdentity, signingChain }: PlatformCollateral,
): Promise<readonly CollateralRow[]> {
  const [signer] = signingChain;
  if (signer === undefined) {
    throw new AttestationError({
      code: "COLLATERAL_INCOMPLETE",
      missing: "the authority that signed TCB info and QE identity",
      remedy: "PCS sends it in TCB-Info-Issuer-Chain.",
    });
  }
  const info = readTcbInfo(tcbInfo.text);
  const identity = readQeIdentity(qeIdentity.text);
  const [infoRow, identityRow] = await Promise.all([
    rows.tcbInfoOf(TEE_INDEX[info.tee], `0x${info.fmspc}`),
    rows.qeIdentityOf(TEE_INDEX[identity.tee]),
  ]);
  const row = async (
    what: string,
    document: Pick<typeof info, "evaluation" | "issuedAt" | "nextUpdate">,
    kept: typeof infoRow,
    call: string,
  ): Promise<CollateralRow> => {
    const { evaluation, issuedAt, nextUpdate } = document;
    const isNewer = evaluation >= kept.evaluation && issuedAt > kept.issuedAt;
    // Who lost the vendor's trust is replaced by whoever has it: by date as well as by an older document.
    const replaces = isNewer || (await isRevoked(authorities, kept.signer, keyIdOf(signer)));
    return {
      what,
      number: evaluation,
      issuedAt,
      nextUpdate,
      onChain: kept.issuedAt === 0n ? "absent" : replaces ? "older" : "current",
      call,
    };
  };
  return Promise.all([
    row(
      `TCB info of ${info.fmspc}, ${info.tee}`,
      info,
      infoRow,
      documentCall(rows, "refreshTcbInfo", tcbInfo, signer),
    ),
    row(
      `QE identity, ${identity.tee}`,
      identity,
      identityRow,
      documentCall(rows, "refreshQeIdentity", qeIdentity, signer),
    ),
  ]);
}

async function listRow(
  authorities: EnclaveAuthorities,
  der: Uint8Array,
  issuer: Uint8Array,
): Promise<CollateralRow> {
  const { number, issuedAt, nextUpdate } = readRevocations(der);
  const kept = await authorities.revocationsOf(keyIdOf(issuer));
  const isNewer = number >= kept.number && issuedAt > kept.thisUpdate;
  return {
    what: `revocations by ${commonNameOf(issuer)}`,
    number,
    issuedAt,
    nextUpdate,
    onChain: kept.thisUpdate === 0n ? "absent" : isNewer ? "older" : "current",
    call: authorities.interface.encodeFunctionData("refreshRevocations", [
      der,
      publicKeyStruct(issuer),
    ]),
  };
}

async function certificateRow(
  authorities: EnclaveAuthorities,
  der: Uint8Array,
): Promise<CollateralRow> {
  const { validFromDate, validToDate } = new X509Certificate(der);
  const issuedAt = validFromDate.getTime() / 1000;
  const kept = await authorities.authorityOf(keyIdOf(der));
  return {
    what: `authority ${commonNameOf(der)}`,
    number: undefined,
    issuedAt,
    nextUpdate: validToDate.getTime() / 1000,
    onChain: kept.notBefore === 0n ? "absent" : issuedAt > kept.notBefore ? "older" : "current",
    call: authorities.interface.encodeFunctionData("addAuthority", [der]),
  };
}

function documentCall(
  collateral: EnclaveCollateral,
  method: "refreshTcbInfo" | "refreshQeIdentity",
  document: SignedText,
  signer: Uint8Array,
): string {
  const signature = documentSignature(document, signer);
  return method === "refreshTcbInfo"
    ? collateral.interface.encodeFunctionData(method, [Buffer.from(document.text), signature])
    : collateral.interface.encodeFunctionData(method, [Buffer.from(document.text), signature]);
}

async function isRevoked(
  authorities: EnclaveAuthorities,
  signer: string,
  unless: string,
): Promise<boolean> {
  if (signer === unless || BigInt(signer) === 0n) return false;
  const { serial } = await authorities.authorityOf(signer);
  return (await authorities.revokedAt(await authorities.root(), serial)) > 0n;
}

function distinct(certificates: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(certificates.map((it) => [keyIdOf(it), it])).values()];
}
