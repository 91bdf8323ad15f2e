import { join } from "node:path";
import { createOnnxBackend, writeExecutable } from "@vouch/execution";
import type { Answerer, Catalog, Gateway, Offer, ReceiptStore, StoredAnswer } from "@vouch/gateway";
import { createGateway } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import {
  createAnswerer,
  createBatchSigner,
  loadedReleases,
  openSigningThread,
  openAsyncSignLog,
  transcriptSecret,
  useFastKeccak,
} from "@vouch/worker";
import { pino } from "pino";
import { Registry } from "prom-client";
import { temporaryFolder } from "../../test/helpers/executables.ts";
import { noOpenings } from "../../test/helpers/noOpenings.ts";
import { servedModel } from "../../test/helpers/servedModel.ts";
import { DOMAIN, OPERATOR, OPERATOR_KEY } from "../../test/helpers/trapdoorReceipt.ts";
import { CONNECTIONS, MODEL } from "./question.ts";

const KEPT_RECEIPTS = 256;

/** No limit of requests is what is measured. */
export const LIMITS = { rateLimit: { max: 1_000_000_000, windowMs: 60_000 } } as const;

/** What operators put behind a gateway, over one example model, with its sign log on the disk; and what that model costs. */
export type Served = {
  readonly answerer: Answerer;
  readonly catalogAt: (amount: bigint) => Catalog;
};

export async function serveModel(): Promise<Served> {
  await useFastKeccak();
  const folder = temporaryFolder();
  const served = await servedModel(MODEL);
  const { id, release, circuit, compiled } = served;
  const tensors = createOnnxBackend({ batch: { maxSize: CONNECTIONS, maxDelayMs: 0 } });
  const { content } = release;
  tensors.register(await writeExecutable(folder, { release: id, content, compiled }));
  const signLog = openAsyncSignLog(join(folder, "signed.jsonl"));
  const signer = createBatchSigner(
    { operator: OPERATOR, domain: DOMAIN },
    { signLog, signer: openSigningThread(OPERATOR_KEY.privateKey as Hex, DOMAIN) },
  );
  const answerer = createAnswerer(
    { operator: OPERATOR, domain: DOMAIN },
    {
      ...{ signer, signLog, tensors, openings: noOpenings() },
      ...{ releases: loadedReleases(new Map([[id, served]])), texts: new Map() },
      secret: transcriptSecret(new Uint8Array(32).fill(7)),
      chain: { isAttestedBy: () => Promise.resolve(false), bond: () => Promise.resolve(10n) },
    },
  );
  return {
    answerer,
    catalogAt(amount) {
      const offer: Offer = {
        ...{ id, name: "credit", release, circuit, created: 0, text: null },
        prices: [{ name: "signature", policy: allOf([requireSignature()]), amount }],
      };
      return { list: () => [offer], find: () => offer };
    },
  };
}

/** A gateway that asks for no payment. */
export function freeGateway({ answerer, catalogAt }: Served): Promise<Gateway> {
  return createGateway(
    { domain: DOMAIN, publicUrl: "http://gateway.test", ...LIMITS },
    {
      ...{ catalog: catalogAt(0n), answerer, receipts: newestReceipts() },
      ...{ registry: new Registry(), log: pino({ level: "silent" }) },
    },
  );
}

/** The newest alone: a heap that grows with each answer would be measured too. What a database takes is not in here. */
function newestReceipts(): ReceiptStore {
  let [newest, older] = [new Map<string, StoredAnswer>(), new Map<string, StoredAnswer>()];
  return {
    get: (id) => Promise.resolve(newest.get(id) ?? older.get(id)),
    put(id, answer) {
      if (newest.size === KEPT_RECEIPTS)
        [newest, older] = [new Map<string, StoredAnswer>(), newest];
      newest.set(id, answer);
      return Promise.resolve();
    },
  };
}
