import type { Contracts, DcapVerifier, TcbStatus } from "@vouch/protocol";
import { enumName, TCB_STATUSES } from "@vouch/protocol";
import { type BytesLike, ZeroHash } from "ethers";
import { MEASUREMENT_KINDS, type MeasurementKind } from "./bindReportData.ts";
import { keyIdOf, type PublicKeyStruct, publicKeyStruct, quoteStruct } from "./calldata.ts";
import { AttestationError } from "./errors.ts";
import { type Quote, readQuote } from "./readQuote.ts";
import { asked, mined } from "./sendTransaction.ts";

/** What an enclave bound into its quote, and whose it becomes. */
export type RegistrationBinding = {
  /** Sends the registration: the contracts' runner. */
  readonly operator: string;
  /** Address of the secp256k1 key that the enclave holds. */
  readonly key: string;
  /** Number of the block whose hash the enclave put into the quote. */
  readonly nonceBlock: number;
  readonly kind: MeasurementKind;
  /** Whether the quote stems from the published root, and proves nothing. */
  readonly simulated: boolean;
};

/** A key that a chain knows now. */
export type RegisteredEnclave = {
  readonly id: string;
  readonly measurement: string;
  readonly status: TcbStatus;
  /** Until when it counts, in seconds since the epoch; `renew` moves it on. */
  readonly validTo: bigint;
  readonly txHash: string;
  readonly gasUsed: bigint;
};

type RegistrationContracts = Pick<Contracts, "vendor" | "simulatedVendor" | "enclaves">;

const NO_CERTIFICATE = { certificate: "0x", issuer: { x: ZeroHash, y: ZeroHash } } as const;

/**
 * Registers the key that an enclave bound into its quote. The quote goes without what nobody signed, and with its
 * platform's certificate only where the chain does not know the platform.
 *
 * @param quote as the enclave gave it.
 * @throws {AttestationError} `QUOTE_MALFORMED` or `QUOTE_UNSUPPORTED`, and `CHAIN_REFUSED` with the contract's
 * error: it is asked before anything is sent.
 */
export async function registerEnclave(
  { enclaves, vendor, simulatedVendor }: RegistrationContracts,
  quote: Uint8Array,
  binding: RegistrationBinding,
): Promise<RegisteredEnclave> {
  const read = readQuote(quote);
  const { verifier } = binding.simulated ? simulatedVendor : vendor;
  const { certificate, issuer } = await certificateFor(verifier, read);
  const call = [
    quoteStruct(read),
    { ...binding, kind: MEASUREMENT_KINDS.indexOf(binding.kind) },
    certificate,
    issuer,
  ] as const;
  const action = `the registration of ${binding.key}`;
  // At the block to come: the newest one knows its own hash only then.
  const simulation = enclaves.register.staticCall(...call, { blockTag: "pending" });
  const id = await asked(action, simulation);
  const receipt = await mined(action, enclaves.register(...call));
  const registry = (await enclaves.getAddress()).toLowerCase();
  const registered = receipt.logs
    .filter((log) => log.address.toLowerCase() === registry)
    .map((log) => enclaves.interface.parseLog(log))
    .find((event) => event?.name === "EnclaveRegistered");
  if (registered == null) {
    throw new AttestationError({ code: "TRANSACTION_LOST", action, txHash: receipt.hash });
  }
  const { args } = registered;
  return {
    id,
    measurement: args["measurement"] as string,
    status: enumName(TCB_STATUSES, args["status"] as bigint),
    validTo: args["validTo"] as bigint,
    txHash: receipt.hash,
    gasUsed: receipt.gasUsed,
  };
}

/** The platform's certificate and its issuer's key, where the verifier does not know the platform. */
async function certificateFor(
  verifier: DcapVerifier,
  { chain }: Quote,
): Promise<{ readonly certificate: BytesLike; readonly issuer: PublicKeyStruct }> {
  const [certificate, issuer] = chain;
  if (certificate === undefined || issuer === undefined) return NO_CERTIFICATE;
  const { notAfter } = await verifier.platformOf(keyIdOf(certificate));
  return notAfter > 0n ? NO_CERTIFICATE : { certificate, issuer: publicKeyStruct(issuer) };
}
