import type { Domain, Hex } from "@vouch/protocol";
import type { Signer } from "ethers";
import * as z from "zod";
import type { AgeRecipient } from "./ageKeys.ts";
import { parseRecipient } from "./ageKeys.ts";
import type { SignedStruct } from "./documents.ts";
import { members, readDocument, requireSigner, signStruct } from "./documents.ts";
import { SealingError } from "./errors.ts";

const FORMAT = "vouch.sealing-key/1";

/**
 * Says to which key one seals what is for its holder: an operator, or an enclave by the key that was attested. The key that opens is
 * another than the one that signs, which may be a remote signer's and is for signing alone.
 */
export type SealingKey = {
  readonly holder: Hex;
  readonly recipient: AgeRecipient;
  /** In seconds; of two announcements of one holder the later counts. */
  readonly issuedAt: number;
  readonly domain: Domain;
  readonly signature: Hex;
};

const schema = z
  .strictObject({
    format: z.literal(FORMAT),
    chainId: members.chainId,
    router: members.router,
    holder: members.address,
    recipient: z.string().max(100),
    issuedAt: members.seconds,
    signature: members.signature,
  })
  .transform(({ chainId, router, holder, recipient, issuedAt, signature }) => ({
    domain: { chainId: BigInt(chainId), router },
    ...{ holder, recipient, issuedAt, signature },
  }));

/** Announces a holder's key, by the holder's own signature. */
export async function announceSealingKey(
  signer: Signer,
  key: Omit<SealingKey, "holder" | "signature">,
): Promise<SealingKey> {
  const holder = (await signer.getAddress()).toLowerCase() as Hex;
  const announced = { ...key, holder };
  return { ...announced, signature: await signStruct(signer, key.domain, structOf(announced)) };
}

/**
 * Reads an announcement, and verifies that its holder made it for this deployment. Whether the holder is staked, or an attested enclave,
 * is for the chain to say.
 *
 * @throws {SealingError} `DOCUMENT_MALFORMED`, `RECIPIENT_INVALID`, `SIGNER_WRONG`.
 */
export function readSealingKey(text: string, domain: Domain): SealingKey {
  const read = readDocument(FORMAT, schema, text);
  const key = { ...read, recipient: parseRecipient(read.recipient) };
  if (key.domain.chainId !== domain.chainId || key.domain.router !== domain.router)
    throw new SealingError({ code: "SIGNER_WRONG", format: FORMAT, claimed: key.holder });
  const { signature, holder: claimed } = key;
  requireSigner(FORMAT, domain, structOf(key), { signature, claimed });
  return key;
}

/** Returns the text that `readSealingKey` reads. */
export function sealingKeyText({ domain, ...key }: SealingKey): string {
  const { chainId, router } = domain;
  return `${JSON.stringify({ format: FORMAT, chainId: Number(chainId), router, ...key }, undefined, 2)}\n`;
}

function structOf({
  holder,
  recipient,
  issuedAt,
}: Pick<SealingKey, "holder" | "recipient" | "issuedAt">): SignedStruct {
  return {
    types: {
      SealingKey: [
        { name: "holder", type: "address" },
        { name: "recipient", type: "string" },
        { name: "issuedAt", type: "uint64" },
      ],
    },
    value: { holder, recipient, issuedAt },
  };
}
