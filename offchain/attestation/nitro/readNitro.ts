import { encode } from "cborg";
import { z } from "zod";
import { AttestationError } from "../errors.ts";
import { decodeCbor } from "./cbor.ts";

/** Bytes of a document at most; those of AWS have 4 to 5 thousand, and `NitroRegistrars` takes no more either. */
export const MAX_NITRO_BYTES = 16_384;

/** An AWS Nitro attestation document, taken apart and not verified. */
export type NitroDocument = {
  /** Algorithm and whatever else the signer says of its signature, as it was signed. */
  readonly protectedHeader: Uint8Array;
  /** What the enclave's certificate signed. */
  readonly payload: Uint8Array;
  /** 96 bytes `r ‖ s` on P-384. */
  readonly signature: Uint8Array;
  readonly moduleId: string;
  /** Milliseconds since the epoch, by the hypervisor's clock. */
  readonly timestamp: number;
  /** Platform configuration registers by index: 32, 48 or 64 bytes each. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** DER, the root first and the enclave's own last. */
  readonly chain: readonly Uint8Array[];
  /** What the enclave chose; undefined where it chose nothing. */
  readonly publicKey: Uint8Array | undefined;
  readonly userData: Uint8Array | undefined;
  readonly nonce: Uint8Array | undefined;
};

/** First byte of a document that is tagged as COSE_Sign1 (RFC 9052, section 2: tag 18). */
const SIGN1_TAG = 0xd2;
/** First byte of an array of four items. */
const ARRAY_OF_FOUR = 0x84;
const SIGNATURE_BYTES = 96;
const REGISTERS = 32;
const DIGEST_BYTES: readonly number[] = [32, 48, 64];

const bytes = (least: number, most: number) =>
  z.instanceof(Uint8Array).refine((it) => it.length >= least && it.length <= most, {
    error: `has other than ${least} to ${most} bytes`,
  });
const chosen = (least: number, most: number) =>
  bytes(least, most)
    .nullish()
    .transform((it) => it ?? undefined);
const certificate = bytes(1, 1024);

/** As AWS specifies it ("Verifying the root of trust", attestation document specification). */
const payloadSchema = z.strictObject({
  module_id: z.string().min(1).max(256),
  digest: z.literal("SHA384"),
  timestamp: z.number().int().positive(),
  pcrs: z
    .map(
      z
        .number()
        .int()
        .min(0)
        .max(REGISTERS - 1),
      z.instanceof(Uint8Array).refine((it) => DIGEST_BYTES.includes(it.length), {
        error: "has other than 32, 48 or 64 bytes",
      }),
    )
    .refine((it) => [0, 1, 2].every((index) => it.has(index)), {
      error: "lacks PCR0, PCR1 or PCR2",
    }),
  certificate,
  cabundle: z.array(certificate).min(1),
  public_key: chosen(1, 1024),
  user_data: chosen(0, 512),
  nonce: chosen(0, 512),
});

/** Returns whether bytes begin as a Nitro attestation document does; no quote of Intel's can. */
export function isNitroDocument(document: Uint8Array): boolean {
  const [first, second] = document;
  return (first === SIGN1_TAG ? second : first) === ARRAY_OF_FOUR;
}

/**
 * Takes a document apart: a COSE_Sign1 message, tagged as such or not, of a payload as AWS specifies it.
 *
 * @throws {AttestationError} `NITRO_TOO_LONG`, or `NITRO_MALFORMED` naming the field.
 */
export function readNitro(document: Uint8Array): NitroDocument {
  if (document.length > MAX_NITRO_BYTES) {
    throw new AttestationError({
      code: "NITRO_TOO_LONG",
      bytes: document.length,
      limit: MAX_NITRO_BYTES,
    });
  }
  const message = document[0] === SIGN1_TAG ? document.subarray(1) : document;
  const [protectedHeader, unprotected, payload, signature] = partsOf(message);
  if (!(unprotected instanceof Map) || unprotected.size > 0) {
    throw malformed("unprotected header", "is not empty, and nobody signed what it holds");
  }
  if (signature.length !== SIGNATURE_BYTES) {
    throw malformed("signature", `has ${signature.length} bytes where ${SIGNATURE_BYTES} are due`);
  }
  const content = payloadOf(payload);
  return {
    protectedHeader,
    payload,
    signature,
    moduleId: content.module_id,
    timestamp: content.timestamp,
    pcrs: content.pcrs,
    chain: [...content.cabundle, content.certificate],
    publicKey: content.public_key,
    userData: content.user_data,
    nonce: content.nonce,
  };
}

/** Returns what was signed: the Sig_structure of a COSE_Sign1 message without external data (RFC 9052, section 4.4). */
export function signedBytes(
  document: Pick<NitroDocument, "protectedHeader" | "payload">,
): Uint8Array {
  return encode(["Signature1", document.protectedHeader, new Uint8Array(), document.payload]);
}

function partsOf(message: Uint8Array): [Uint8Array, unknown, Uint8Array, Uint8Array] {
  const parts = decodeCbor(message, "envelope", "closed");
  if (!Array.isArray(parts) || parts.length !== 4) {
    throw malformed("envelope", "is no array of four items, as COSE_Sign1 is");
  }
  const [header, unprotected, payload, signature] = parts as unknown[];
  const [first, third, fourth] = [header, payload, signature];
  if (
    !(first instanceof Uint8Array) ||
    !(third instanceof Uint8Array) ||
    !(fourth instanceof Uint8Array)
  ) {
    throw malformed("envelope", "has something else where bytes are due");
  }
  return [first, unprotected, third, fourth];
}

function payloadOf(payload: Uint8Array): z.infer<typeof payloadSchema> {
  const read = decodeCbor(payload, "payload", "openMap");
  if (!(read instanceof Map)) throw malformed("payload", "is no map");
  const parsed = payloadSchema.safeParse(Object.fromEntries(read));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AttestationError(
    {
      code: "NITRO_MALFORMED",
      field: issue?.path.join(".") || "payload",
      reason: `is not as AWS specifies it: ${issue?.message ?? "unknown"}`,
    },
    { cause: parsed.error },
  );
}

function malformed(field: string, reason: string): AttestationError {
  return new AttestationError({ code: "NITRO_MALFORMED", field, reason });
}
