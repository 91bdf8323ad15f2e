import type { Hex, RequestId } from "@vouch/protocol";
import * as z from "zod";
import type { AgeIdentity, AgeRecipient } from "./ageKeys.ts";
import { parseRecipient } from "./ageKeys.ts";
import { members, readDocument } from "./documents.ts";
import { SealingError } from "./errors.ts";
import { seal } from "./seal.ts";
import { unseal } from "./unseal.ts";

/**
 * What opens a committed input: its elements and the requester's 32-byte secret, from which the salts derive. Whoever holds it can read the
 * input; it is sealed to the chosen operators only.
 */
export type InputOpening = {
  readonly secret: Hex;
  readonly input: readonly bigint[];
  /** To whom a committed output is sealed; without it the operator keeps it for its requester. */
  readonly replyTo?: AgeRecipient | undefined;
};

/** What opens a committed output, together with the requester's secret. */
export type OutputOpening = { readonly request: RequestId; readonly output: readonly bigint[] };

/** The registry's limit on the elements of a tensor, and the characters of the largest. */
const MAX_ELEMENTS = 1 << 20;
const MAX_SEALED_BYTES = 96 << 20;
const elements = z
  .array(z.string().regex(/^-?\d{1,78}$/))
  .max(MAX_ELEMENTS)
  .transform((list) => list.map(BigInt));

const inputSchema = z.strictObject({
  format: z.literal("vouch.input-opening/1"),
  commitment: members.bytes32,
  secret: members.bytes32,
  input: elements,
  replyTo: z.string().max(100).optional(),
});
const outputSchema = z.strictObject({
  format: z.literal("vouch.output-opening/1"),
  request: members.bytes32,
  output: elements,
});

/** Seals what opens an input to the operators that may answer. */
export function sealInput(
  commitment: Hex,
  { secret, input, replyTo }: InputOpening,
  recipients: readonly AgeRecipient[],
): Promise<Uint8Array> {
  const opening = {
    ...{ format: "vouch.input-opening/1", commitment, secret, input: input.map(String) },
    ...(replyTo === undefined ? {} : { replyTo }),
  };
  return seal(encoded(opening), recipients);
}

/**
 * Opens what `sealInput` sealed. That elements and secret open the commitment is for the caller to check.
 *
 * @throws {SealingError} `SEALED_TOO_LARGE`, `NOT_A_RECIPIENT`, `SEALED_MALFORMED`, `DOCUMENT_MALFORMED`, `RECIPIENT_INVALID`;
 * `OPENING_FOR_OTHER_INPUT` where it was sealed for another commitment.
 */
export async function unsealInput(
  commitment: Hex,
  sealed: Uint8Array,
  identity: AgeIdentity,
): Promise<InputOpening> {
  const text = await unsealText(sealed, identity);
  const read = readDocument("vouch.input-opening/1", inputSchema, text, MAX_SEALED_BYTES);
  if (read.commitment !== commitment)
    throw new SealingError({
      ...{ code: "OPENING_FOR_OTHER_INPUT", expected: commitment, found: read.commitment },
    });
  const { secret, input, replyTo } = read;
  return { secret, input, ...(replyTo === undefined ? {} : { replyTo: parseRecipient(replyTo) }) };
}

/** Seals a committed output to whom its requester named. */
export function sealOutput(
  { request, output }: OutputOpening,
  recipients: readonly AgeRecipient[],
): Promise<Uint8Array> {
  const opening = { format: "vouch.output-opening/1", request, output: output.map(String) };
  return seal(encoded(opening), recipients);
}

/**
 * Opens what `sealOutput` sealed. That it opens the receipt's commitment is for the caller to check.
 *
 * @throws {SealingError} `SEALED_TOO_LARGE`, `NOT_A_RECIPIENT`, `SEALED_MALFORMED`, `DOCUMENT_MALFORMED`.
 */
export async function unsealOutput(
  sealed: Uint8Array,
  identity: AgeIdentity,
): Promise<OutputOpening> {
  const text = await unsealText(sealed, identity);
  const read = readDocument("vouch.output-opening/1", outputSchema, text, MAX_SEALED_BYTES);
  return { request: read.request as RequestId, output: read.output };
}

async function unsealText(sealed: Uint8Array, identity: AgeIdentity): Promise<string> {
  if (sealed.length > MAX_SEALED_BYTES)
    throw new SealingError({ code: "SEALED_TOO_LARGE", limit: MAX_SEALED_BYTES });
  return new TextDecoder().decode(await unseal(sealed, identity));
}

function encoded(document: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}
