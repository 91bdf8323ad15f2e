import type { Domain, Hex, ReleaseId } from "@vouch/protocol";
import type { Signer } from "ethers";
import * as z from "zod";
import type { SignedStruct } from "./documents.ts";
import { members, readDocument, requireSigner, signStruct } from "./documents.ts";
import { SealingError } from "./errors.ts";

const FORMAT = "vouch.holders/1";
const MAX_REVOKED = 10_000;

/**
 * A publisher's list for one release: the generation of keys that counts, and whose grants no longer do. What a holder has opened it
 * can keep; the list keeps honest workers from going on, and what is sealed from then on from everybody else.
 */
export type Holders = {
  readonly domain: Domain;
  readonly release: ReleaseId;
  readonly publisher: Hex;
  readonly generation: number;
  readonly revoked: readonly Hex[];
  /** In seconds; of two lists the later counts. */
  readonly issuedAt: number;
  readonly signature: Hex;
};

const schema = z
  .strictObject({
    format: z.literal(FORMAT),
    chainId: members.chainId,
    router: members.router,
    release: members.release,
    publisher: members.address,
    generation: members.generation,
    revoked: z.array(members.address).max(MAX_REVOKED),
    issuedAt: members.seconds,
    signature: members.signature,
  })
  .transform(
    ({ chainId, router, release, publisher, generation, revoked, issuedAt, signature }) => ({
      domain: { chainId: BigInt(chainId), router },
      ...{ release, publisher, generation, revoked, issuedAt, signature },
    }),
  );

/** Signs a list. */
export async function issueHolders(
  publisher: Signer,
  list: Omit<Holders, "publisher" | "signature">,
): Promise<Holders> {
  const address = (await publisher.getAddress()).toLowerCase() as Hex;
  const signature = await signStruct(publisher, list.domain, structOf(list));
  return { ...list, publisher: address, signature };
}

/**
 * Reads a list, and demands that the release's publisher signed it for this deployment.
 *
 * @throws {SealingError} `DOCUMENT_MALFORMED`, `GRANT_FOR_OTHER_RELEASE`, `SIGNER_WRONG`.
 */
export function readHolders(
  text: string,
  expected: Pick<Holders, "domain" | "release" | "publisher">,
): Holders {
  const list = readDocument(FORMAT, schema, text);
  const { release, publisher: claimed, domain } = expected;
  if (list.release !== release)
    throw new SealingError({
      ...{ code: "GRANT_FOR_OTHER_RELEASE", expected: release, found: list.release },
    });
  requireSigner(FORMAT, domain, structOf(list), { signature: list.signature, claimed });
  return list;
}

/** Returns the text that `readHolders` reads. */
export function holdersText({ domain, ...list }: Holders): string {
  const { chainId, router } = domain;
  return `${JSON.stringify({ format: FORMAT, chainId: Number(chainId), router, ...list }, undefined, 2)}\n`;
}

function structOf({
  release,
  generation,
  revoked,
  issuedAt,
}: Pick<Holders, "release" | "generation" | "revoked" | "issuedAt">): SignedStruct {
  return {
    types: {
      Holders: [
        { name: "release", type: "bytes32" },
        { name: "generation", type: "uint32" },
        { name: "revoked", type: "address[]" },
        { name: "issuedAt", type: "uint64" },
      ],
    },
    value: { release, generation, revoked: [...revoked], issuedAt },
  };
}
