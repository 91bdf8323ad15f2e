import type { Domain, Hex, ReleaseId } from "@vouch/protocol";
import { typedDataDomain } from "@vouch/protocol";
import type { Signer, TypedDataField } from "ethers";
import { verifyTypedData } from "ethers";
import * as z from "zod";
import { SealingError } from "./errors.ts";

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`), `${bytes} bytes in hex`)
    .transform((value) => value.toLowerCase() as Hex);

/** Members that the documents of this package share; all in lower case. */
export const members = {
  chainId: z.number().int().positive(),
  router: hex(20),
  address: hex(20),
  release: hex(32).transform((value) => value as ReleaseId),
  bytes32: hex(32),
  signature: hex(65),
  /** Seconds since 1970. */
  seconds: z
    .number()
    .int()
    .min(0)
    .max(2 ** 40),
  generation: z
    .number()
    .int()
    .min(1)
    .max(2 ** 32 - 1),
};

/** Characters that `JSON.parse` is given, unless a document says otherwise. */
const MAX_TEXT = 1 << 20;

/**
 * Reads a document.
 *
 * @throws {SealingError} `DOCUMENT_MALFORMED`, naming the first member that is wrong.
 */
export function readDocument<T>(
  format: string,
  schema: z.ZodType<T>,
  text: string,
  limit: number = MAX_TEXT,
): T {
  if (text.length > limit) throw malformed(format, `it has more than ${limit} characters`);
  const parsed = schema.safeParse(parseJson(format, text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(format, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
}

/** A struct that is signed by EIP-712 in the domain of the deployment's statements. */
export type SignedStruct = {
  readonly types: Record<string, TypedDataField[]>;
  readonly value: Record<string, unknown>;
};

/** Signs a struct for one deployment. */
export async function signStruct(
  signer: Signer,
  domain: Domain,
  { types, value }: SignedStruct,
): Promise<Hex> {
  return (await signer.signTypedData(typedDataDomain(domain), types, value)) as Hex;
}

/**
 * Demands that `claimed` signed a struct for this deployment.
 *
 * @throws {SealingError} `SIGNER_WRONG`.
 */
export function requireSigner(
  format: string,
  domain: Domain,
  { types, value }: SignedStruct,
  signed: { readonly signature: Hex; readonly claimed: Hex },
): void {
  const { signature, claimed } = signed;
  try {
    const found = verifyTypedData(typedDataDomain(domain), types, value, signature);
    if (found.toLowerCase() === claimed) return;
  } catch {
    // no signature at all, or a malleated one
  }
  throw new SealingError({ code: "SIGNER_WRONG", format, claimed });
}

function parseJson(format: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(format, "it is no JSON"); // a message of the parser quotes what it read
  }
}

function malformed(format: string, reason: string): SealingError {
  return new SealingError({ code: "DOCUMENT_MALFORMED", format, reason });
}
