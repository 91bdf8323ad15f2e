import { Buffer } from "node:buffer";
import { measurementOf, readQuote } from "@vouch/attestation";
import { simulatedSource } from "@vouch/attestation/simulated";
import { gramineTrustedFiles, measureImage } from "@vouch/worker";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { inRed } from "../markWeak.ts";
import { requireCheckout } from "../requireHere.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly folder: string;
  readonly nodeVersion: string;
  readonly manifest: boolean;
  readonly json: boolean;
};

/** Measures the worker of a checkout, as one in an enclave does of itself. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const root = args.folder === "" ? hre.config.paths.root : args.folder;
  requireCheckout(root);
  const image = await measureImage(root, parseNode(args.nodeVersion));
  const facts = {
    node: image.node,
    files: image.files.length,
    digest: Buffer.from(image.digest).toString("hex"),
    rtmr3: Buffer.from(image.rtmr3).toString("hex"),
    simulatedMeasurement: await simulatedMeasurement(image.rtmr3),
  };
  if (args.json) console.log(JSON.stringify({ ...facts, listing: image.files }));
  else if (args.manifest) console.log(gramineTrustedFiles(image));
  else {
    console.log(`Worker   ${facts.files} files of ${root}, Node ${facts.node}`);
    console.log(`Digest   ${facts.digest}`);
    console.log(`RTMR3    ${facts.rtmr3}, of a TD that extends it by the digest alone`);
    console.log(
      inRed(
        `SIMULATED ${facts.simulatedMeasurement}, what a worker registers with --enclave simulated`,
      ),
    );
  }
}

/** What the registry takes the simulated enclave of this worker for: of a real one it hashes the firmware and the boot too. */
async function simulatedMeasurement(rtmr3: Uint8Array): Promise<string> {
  const quote = await simulatedSource(rtmr3).quote(new Uint8Array(64));
  return measurementOf(readQuote(quote), "domain", true);
}

function parseNode(version: string): string {
  if (version === "") return process.version;
  if (/^v\d+\.\d+\.\d+$/.test(version)) return version;
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--node-version is "${version}"; it takes one such as ${process.version}.`,
  );
}
