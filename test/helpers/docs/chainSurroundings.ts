/** Test only: the chain of the pages about the SDK, with operators that answer, and folders as their readers have. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Local } from "@vouch/hardhat";
import { serializeReceipt } from "@vouch/protocol";
import { SEALING_KEY_DOCUMENT } from "@vouch/worker";
import { network } from "hardhat";
import { pluginProject } from "../pluginProject.ts";
import type { Given, Surroundings } from "./surroundings.ts";
import { nodeProgram } from "./surroundings.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const HOME = join(ROOT, ".vouch", "test-plugin");
/** Where the pages' node listens. */
const NODE = "http://127.0.0.1:8545";
const FEE = 10n ** 15n;

/** A local set-up behind HTTP. */
type ServedChain = {
  readonly local: Local;
  readonly url: string;
  readonly close: () => Promise<void>;
};

/**
 * Opens `chain`, on which the credit model is answered in public, `committed`, the same with the triage model under commitments, and
 * `unpublished`, on which there is no release yet: the first argument of its programs is one of the store.
 */
export async function chainSurroundings(): Promise<{
  readonly of: Readonly<Record<"chain" | "committed" | "unpublished", Surroundings>>;
  readonly close: () => Promise<void>;
}> {
  const served = await serveChain(31391);
  const empty = await serveChain(31392);
  const { deployment, publish, sdk } = served.local;
  const credit = await publish(join(ROOT, "models/credit-german-mlp"));
  const input = credit.samples[0]?.x ?? [];
  const { receipt } = await sdk.infer({
    ...{ release: credit.id, input, policy: "zk:any+signature", fee: FEE },
  });
  const triage = await publish(join(ROOT, "models/triage-wdbc-mlp"), { inputMode: "committed" });
  const folders = mkdtempSync(join(tmpdir(), "vouch-readers-"));
  const at = (name: string): string => join(folders, name);
  const files = { input, receipt: JSON.parse(serializeReceipt(receipt)) as unknown };
  return {
    of: {
      chain: readerOf(at("chain"), served, files, [], { deployment, input }),
      committed: readerOf(at("committed"), served, {
        input: triage.samples[0]?.x ?? [],
        "sealing-key": sealingKeyOf(served),
      }),
      unpublished: readerOf(at("unpublished"), empty, {}, [credit.id]),
    },
    async close() {
      for (const it of [served, empty]) await it.close();
      rmSync(folders, { recursive: true, force: true });
    },
  };
}

async function serveChain(chainId: number): Promise<ServedChain> {
  const node = await network.createServer(
    { network: "default", override: { chainId } },
    "127.0.0.1",
    0,
  );
  const { address, port } = await node.listen();
  const url = `http://${address}:${port}`;
  const project = await pluginProject({ served: { type: "http", url } }, { home: HOME });
  const connection = await project.hre.network.create("served");
  return {
    local: await connection.vouch.local(),
    url,
    async close() {
      await connection.close();
      await node.close();
      project.remove();
    },
  };
}

/** The announcement that an operator of the chain wrote, as it would hand it out. */
function sealingKeyOf({ local: { operators, deployment } }: ServedChain): unknown {
  const { chainId, anchor } = deployment;
  const folder = join(HOME, "local", "operators", operators[0]?.address ?? "");
  const path = join(folder, `${chainId}-${anchor}`, SEALING_KEY_DOCUMENT);
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Makes a folder with what the pages read: the chain's record, `.vouch` of the operator beside it, and JSON files. */
function readerOf(
  folder: string,
  { local, url }: ServedChain,
  files: Readonly<Record<string, unknown>>,
  args: readonly string[] = [],
  given: Given = {},
): Surroundings {
  const contents = { "deployments/31337": local.deployment, ...files };
  mkdirSync(join(folder, "deployments"), { recursive: true });
  for (const [name, content] of Object.entries(contents))
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
  mkdirSync(join(folder, ".vouch"));
  for (const shared of ["inputs", "releases"]) {
    mkdirSync(join(HOME, "local", shared), { recursive: true });
    symlinkSync(join(HOME, "local", shared), join(folder, ".vouch", shared));
  }
  const told = { routes: { [NODE]: url }, given };
  return { programOf: (module, block) => nodeProgram(module, block, { folder, args, told }) };
}
