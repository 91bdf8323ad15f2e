import { encode } from "cborg";
import { concat, getBytes, sha256, toUtf8Bytes } from "ethers";
import { signedBytes } from "../nitro/readNitro.ts";
import { type CertificateOptions, type Issuer, makeCertificate } from "./certificates.ts";
import { type SimulatedKey, sign, simulatedKey } from "./keys.ts";
import type { Certified } from "./vendor.ts";

const DAY = 24 * 3600;
/** Seconds from the root down to the enclave, for which AWS issues certificates, more or less. */
const LIFETIMES = [25 * 365 * DAY, 20 * DAY, 6 * DAY, DAY, 3 * 3600];
const NAMES = ["root", "region", "zone", "instance", "enclave"];
const ES384_HEADER = getBytes("0xa1013822");
const OPEN_MAP = 0xbf;
const BREAK = 0xff;
/** The root's own certificate is the same in every document. */
const ROOT_SINCE = Date.UTC(2024, 0, 1) / 1000;

export type SimulatedNitroOptions = {
  /** When the document is made, in seconds since the epoch. */
  readonly issuedAt: number;
  /** By index; by default registers of some image that is not in debug mode. */
  readonly pcrs?: ReadonlyMap<number, Uint8Array>;
  readonly publicKey?: Uint8Array;
  readonly userData?: Uint8Array;
  readonly nonce?: Uint8Array;
  /** What is otherwise than usual in a certificate, the root's first. */
  readonly certificates?: readonly Partial<CertificateOptions>[];
  /** Whether the message is tagged as COSE_Sign1; AWS tags none. */
  readonly tagged?: boolean;
};

/** Returns the certificate of the simulated root of AWS Nitro, which it signed itself. */
export function simulatedNitroRoot(): Certified {
  const key = keyAt(0);
  return { certificate: makeCertificate(linkAt(0, ROOT_SINCE)), key };
}

/** Returns an attestation document laid out as those of AWS Nitro, below the simulated root. */
export function simulateNitro(options: SimulatedNitroOptions): Uint8Array {
  return signNitro(simulatedNitroPayload(options), options);
}

/** Returns the members of a document's payload, in the order of AWS. */
export function simulatedNitroPayload(options: SimulatedNitroOptions): Map<string, unknown> {
  const { issuedAt, certificates = [] } = options;
  const chain = NAMES.map((_, index) =>
    makeCertificate({
      ...linkAt(index, index === 0 ? ROOT_SINCE : issuedAt - 3),
      ...certificates[index],
    }),
  );
  return new Map<string, unknown>([
    ["module_id", "i-0123456789abcdef0-enc0123456789abcdef"],
    ["digest", "SHA384"],
    ["timestamp", issuedAt * 1000],
    ["pcrs", new Map(options.pcrs ?? simulatedRegisters("image"))],
    ["certificate", chain.at(-1)],
    ["cabundle", chain.slice(0, -1)],
    ["public_key", options.publicKey ?? null],
    ["user_data", options.userData ?? null],
    ["nonce", options.nonce ?? null],
  ]);
}

/** Returns the message of a payload: its map open, as AWS writes it, and signed by the simulated enclave's certificate. */
export function signNitro(
  members: ReadonlyMap<string, unknown>,
  { tagged = false }: Pick<SimulatedNitroOptions, "tagged"> = {},
): Uint8Array {
  const items = [...members].flatMap(([name, value]) => [encode(name), encode(value)]);
  const payload = getBytes(concat([Uint8Array.of(OPEN_MAP), ...items, Uint8Array.of(BREAK)]));
  return signMessage(ES384_HEADER, payload, tagged);
}

/** Returns a COSE_Sign1 message of any header and payload, signed likewise. */
export function signMessage(
  protectedHeader: Uint8Array,
  payload: Uint8Array,
  tagged = false,
): Uint8Array {
  const signature = sign(keyAt(NAMES.length - 1), signedBytes({ protectedHeader, payload }));
  const message = encode([protectedHeader, new Map(), payload, signature]);
  return tagged ? getBytes(concat(["0xd2", message])) : message;
}

/** Returns 16 registers, as AWS fills them for an image of some name; 3 and 4 name the parent instance. */
export function simulatedRegisters(image: string): Map<number, Uint8Array> {
  return new Map(
    Array.from({ length: 16 }, (_, index) => {
      const measured = index <= 4;
      const name = `${index === 3 || index === 4 ? "instance" : image}.${String(index)}`;
      return [index, measured ? register(name) : new Uint8Array(48)] as const;
    }),
  );
}

/** 48 bytes that follow from a name. */
function register(name: string): Uint8Array {
  const hash = getBytes(sha256(toUtf8Bytes(name)));
  return getBytes(concat([hash, hash.subarray(0, 16)]));
}

function linkAt(index: number, since: number): CertificateOptions {
  const isAuthority = index < NAMES.length - 1;
  const lifetime = LIFETIMES[index] ?? 0;
  return {
    commonName: nameAt(index),
    publicKey: keyAt(index).publicKey,
    issuer: issuerAt(Math.max(index - 1, 0)),
    serial: BigInt(index + 1),
    notBefore: new Date(since * 1000),
    notAfter: new Date((since + lifetime) * 1000),
    isAuthority,
    ...(isAuthority && index > 0 ? { pathLength: NAMES.length - 2 - index } : {}),
  };
}

function issuerAt(index: number): Issuer {
  return { commonName: nameAt(index), key: keyAt(index) };
}

function nameAt(index: number): string {
  return `Simulated Nitro ${NAMES[index] ?? ""}`;
}

function keyAt(index: number): SimulatedKey {
  return simulatedKey(`nitro.${NAMES[index] ?? ""}`, "p384");
}
