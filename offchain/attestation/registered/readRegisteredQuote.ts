import type { Contracts } from "@vouch/protocol";
import { concat, getBytes, type Interface, keccak256, type TransactionDescription } from "ethers";
import { MEASUREMENT_KINDS, type MeasurementKind } from "../bindReportData.ts";
import { keyIdOf, type QuoteStruct, type SignatureStruct } from "../calldata.ts";
import { AttestationError } from "../errors.ts";
import type { KeyedSignature, Quote } from "../readQuote.ts";

/** What a chain's history holds of the registration of an enclave's key. */
export type RegisteredQuote = {
  /** With the certificates of platform and authority, which were brought to the chain apart from it. */
  readonly quote: Quote;
  readonly operator: string;
  readonly key: string;
  readonly kind: MeasurementKind;
  /** Whether it was registered as one that stems from the published root. */
  readonly simulated: boolean;
  /** Hash of the block that made the quote a fresh one, and when it was registered, in seconds since the epoch. */
  readonly nonce: string;
  readonly time: number;
};

type History = Pick<Contracts, "enclaves" | "vendor" | "simulatedVendor">;
type Call = Pick<TransactionDescription, "name" | "args">;

/** Of `register`, as it is decoded. */
type Registration = {
  readonly quote: QuoteStruct;
  readonly binding: {
    readonly operator: string;
    readonly key: string;
    readonly nonceBlock: bigint;
    readonly kind: bigint;
    readonly simulated: boolean;
  };
};

const VERSION_AT = 0;
const TEE_TYPE_AT = 4;
const HEADER_BYTES = 48;
/** Type and size of the body, which version 5 puts before it. */
const DESCRIPTION_BYTES = 6;
const TDX = 0x81;

/**
 * Reads the quote by which a key was registered last, and the certificates that it stands on, from the transactions that
 * brought them. Nothing of it is verified here: whoever runs the endpoint may have made it up.
 *
 * @param id of the key, as `EnclaveRegistry.idOf` has it.
 * @param fromBlock from which events of this deployment can be read.
 * @throws {AttestationError} `REGISTRATION_UNREADABLE` where the history does not show it: an endpoint may not keep it, a
 * contract may have sent it, registrars may have vouched in the place of a quote.
 */
export async function readRegisteredQuote(
  { enclaves, vendor, simulatedVendor }: History,
  id: string,
  fromBlock: number,
): Promise<RegisteredQuote> {
  const registrations = enclaves.filters.EnclaveRegistered(id);
  const log = newest(await enclaves.queryFilter(registrations, fromBlock), "its registration");
  const call = callsIn((await log.getTransaction()).data, [enclaves.interface]).find(
    ({ name }) => name === "register",
  );
  if (call === undefined) throw unreadable("a quote in the transaction of its registration");
  const { quote, binding } = call.args as unknown as Registration;
  const { operator, key, nonceBlock, kind, simulated } = binding;

  const { verifier, authorities } = simulated ? simulatedVendor : vendor;
  const interfaces = [enclaves.interface, verifier.interface, authorities.interface];
  const platformId = keccak256(pointOf(quote.certification));
  const platforms = verifier.filters.PlatformAdded(platformId);
  const platform = newest(await verifier.queryFilter(platforms, fromBlock), "its platform");
  const { issuer } = platform.args;
  const added = authorities.filters.AuthorityAdded(issuer);
  const authority = newest(await authorities.queryFilter(added, fromBlock), "its authority");
  const chain = [
    certificateIn(callsIn((await platform.getTransaction()).data, interfaces), platformId),
    certificateIn(callsIn((await authority.getTransaction()).data, interfaces), issuer),
  ];

  const nonce = (await log.provider.getBlock(Number(nonceBlock)))?.hash;
  if (nonce == null) throw unreadable(`block ${nonceBlock}, whose hash the quote holds`);
  const { timestamp: time } = await log.getBlock();
  const kindName = MEASUREMENT_KINDS[Number(kind)] ?? "domain";
  return { quote: quoteOf(quote, chain), operator, key, kind: kindName, simulated, nonce, time };
}

function newest<Log>(logs: readonly Log[], of: string): Log {
  const log = logs.at(-1);
  if (log === undefined) throw unreadable(`the event of ${of}`);
  return log;
}

/** All calls that a transaction makes itself, those within a `multicall`, too. */
function callsIn(data: string, interfaces: readonly Interface[]): readonly Call[] {
  for (const it of interfaces) {
    const call = it.parseTransaction({ data });
    if (call === null) continue;
    if (call.name !== "multicall") return [call];
    const [calls] = call.args as unknown as [readonly string[]];
    return calls.flatMap((inner) => callsIn(inner, interfaces));
  }
  return [];
}

/** The certificate (DER) among the calls' whose key has this id. */
function certificateIn(calls: readonly Call[], id: string): Uint8Array {
  for (const { args } of calls) {
    const certificate: unknown = args.getValue("certificate");
    if (typeof certificate !== "string" || certificate === "0x") continue;
    const der = getBytes(certificate);
    if (keyIdOf(der) === id) return der;
  }
  throw unreadable(`a certificate of key ${id} where the event says that it was brought`);
}

/** The quote as it was before what nobody signed was left out; certificates come from elsewhere. */
function quoteOf(struct: QuoteStruct, chain: readonly Uint8Array[]): Quote {
  const signed = getBytes(struct.signed);
  if (signed.length < HEADER_BYTES) throw unreadable("a header in the quote");
  const numbers = new DataView(signed.buffer, signed.byteOffset, signed.byteLength);
  const version = numbers.getUint16(VERSION_AT, true);
  return {
    version,
    tee: numbers.getUint32(TEE_TYPE_AT, true) === TDX ? "TDX" : "SGX",
    signed,
    body: signed.slice(HEADER_BYTES + (version === 5 ? DESCRIPTION_BYTES : 0)),
    attestation: keyedOf(struct.attestation),
    qeReport: getBytes(struct.qeReport),
    qeSignature: keyedOf(struct.certification).signature,
    qeAuthData: getBytes(struct.qeAuthData),
    chain,
    trailing: 0,
  };
}

function keyedOf(struct: SignatureStruct): KeyedSignature {
  return { signature: getBytes(concat([struct.r, struct.s])), key: getBytes(pointOf(struct)) };
}

function pointOf({ key }: SignatureStruct): string {
  return concat([key.x, key.y]);
}

function unreadable(missing: string): AttestationError {
  return new AttestationError({ code: "REGISTRATION_UNREADABLE", missing });
}
