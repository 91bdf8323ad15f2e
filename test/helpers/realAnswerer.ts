/** Test only: the answerer that operators run, over releases that are loaded already, with a key and a log of its own. */
import type {
  Answerer,
  AnswererDeps,
  BatchSignerOptions,
  ServedRelease,
  ServedText,
  SignEntry,
} from "@vouch/worker";
import {
  createAnswerer,
  createBatchSigner,
  loadedReleases,
  memorySignLog,
  transcriptSecret,
} from "@vouch/worker";
import { Wallet } from "ethers";
import { noOpenings } from "./noOpenings.ts";
import { DOMAIN, OPERATOR, OPERATOR_KEY } from "./trapdoorReceipt.ts";

export type RealAnswerer = Answerer & {
  /** What was on record before it was signed, in order. */
  readonly recorded: SignEntry[];
  /** How often the key signed. */
  readonly signatures: () => number;
};

/**
 * @param change of what it stands on
 * @param signing of how statements are gathered
 */
export function realAnswerer(
  tensors: readonly ServedRelease[],
  texts: readonly ServedText[],
  change: Partial<AnswererDeps> = {},
  signing: Pick<BatchSignerOptions, "intervalMs"> = {},
): RealAnswerer {
  const recorded: SignEntry[] = [];
  let signatures = 0;
  const wallet = new Wallet(OPERATOR_KEY);
  const log = memorySignLog();
  const signLog: AnswererDeps["signLog"] = {
    recordAll(entries) {
      recorded.push(...entries);
      return log.recordAll(entries);
    },
  };
  const signer = createBatchSigner(
    { operator: OPERATOR, domain: DOMAIN, ...signing },
    {
      signLog,
      signer: {
        signTypedData(domain, types, value) {
          signatures++;
          return wallet.signTypedData(domain, types, value);
        },
      },
    },
  );
  const answerer = createAnswerer(
    { operator: OPERATOR, domain: DOMAIN },
    {
      ...{ signer, signLog, openings: noOpenings() },
      releases: loadedReleases(new Map(tensors.map((it) => [it.id, it]))),
      texts: new Map(texts.map((it) => [it.release.id, it])),
      secret: transcriptSecret(new Uint8Array(32).fill(7)),
      chain: { isAttestedBy: () => Promise.resolve(false), bond: () => Promise.resolve(10n) },
      ...change,
    },
  );
  return { ...answerer, recorded, signatures: () => signatures };
}
