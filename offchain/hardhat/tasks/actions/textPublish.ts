import { join, resolve } from "node:path";
import type { Hex } from "@vouch/protocol";
import { NO_FLOOR, describePolicy } from "@vouch/protocol";
import {
  prepareTextRelease,
  publishTextRelease,
  verifyTextRelease,
  writeTextBundle,
} from "@vouch/publisher";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parsePolicy } from "../arguments.ts";
import { accountAt, openChain } from "../openChain.ts";
import { requireModel } from "../requireHere.ts";
import { TaskError } from "../taskError.ts";
import { parseContext, parseDtype } from "../textArguments.ts";

type Args = {
  readonly model: string;
  readonly folder: string;
  readonly releaseVersion: string;
  readonly dtype: string;
  readonly context: string;
  readonly licence: string;
  readonly notice: string;
  readonly floor: string;
  readonly uri: string;
  readonly json: boolean;
};

/** Publishes a folder with a language model as a release of account 0 and keeps its bundle, files included, in the store. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const { model, releaseVersion: version, licence, notice } = args;
  const dtype = parseDtype(args.dtype);
  const context = parseContext(args.context);
  const floor = args.floor === "" ? NO_FLOOR : parsePolicy(args.floor);
  if (licence === "")
    throw new TaskError(
      "ARGUMENT_INVALID",
      "A release names its licence: give --licence, such as MIT or Apache-2.0.",
    );
  requireModel(resolve(args.folder), model, "config.json");
  const chain = await openChain(hre);
  const publisher = (await accountAt(chain, "0")).address.toLowerCase() as Hex;
  const prepared = await prepareTextRelease(resolve(args.folder, model), {
    ...{ model, version, publisher, licence, royaltyBps: 0, floor, dtype },
    ...(context === undefined ? {} : { context }),
    ...(notice === "" ? {} : { notice }),
  });
  const stored = await writeTextBundle(chain.home.texts, prepared);
  const { id, release, manifest, folder = "" } = stored; // of files it always has one
  const verified = await verifyTextRelease(folder, stored);
  const gas = await publishTextRelease(chain.contracts, prepared, args.uri);
  const { source } = manifest;
  if (source.kind !== "files") throw new TypeError("a folder is described by its files");
  const facts = {
    ...{ release: id, content: release.content, manifest: release.manifest, dtype },
    ...{ context: source.context, chatTemplate: source.chatTemplate !== null },
    ...{ files: verified.files, bytes: verified.bytes },
    floor: describePolicy(release.floor),
    releaseGas: gas.toString(),
    bundle: join(chain.home.texts, id),
  };
  if (args.json) {
    console.log(JSON.stringify(facts));
    return;
  }
  console.log(`Published ${model}@${version}`);
  console.log(`  release      ${facts.release}`);
  console.log(`  content      ${facts.content} (${facts.files} files, ${facts.bytes} bytes)`);
  console.log(`  context      ${facts.context} tokens`);
  console.log(
    `  template     ${facts.chatTemplate ? "of conversations" : "none: it continues texts, and takes no conversations"}`,
  );
  console.log(`  floor        ${facts.floor}`);
  console.log(`  gas          ${facts.releaseGas}`);
  console.log(`  bundle       ${facts.bundle} (all of it may be shared)`);
  console.log("  no circuit   nothing proves its answers: they are signed, and can be run again");
  if (notice !== "") console.log(`  notice       ${notice}`);
}
