import { readFileSync } from "node:fs";
import { mined } from "@vouch/attestation";
import type { NitroClaim, NitroVenue, RegistrarSignature } from "@vouch/attestation/nitro";
import {
  claimOf,
  fingerprintOf,
  nitroMeasurement,
  parseRegistrarSignature,
  readNitro,
} from "@vouch/attestation/nitro";
import { simulatedNitroRoot } from "@vouch/attestation/simulated";
import { parseAddress, parseBytes32 } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import type { ContractTransactionResponse } from "ethers";
import { readQuoteFile } from "./enclaveArguments.ts";
import type { Chain } from "./openChain.ts";
import { inRed } from "./markWeak.ts";
import { TaskError } from "./taskError.ts";

/** What operator and registrars each say of a document, in the same words. */
export type ClaimArgs = {
  readonly file: string;
  readonly quorum: string;
  readonly operator: string;
  readonly key: string;
  readonly nonceBlock: string;
};

/**
 * Reads a document and what is claimed of it. One below the published root counts as simulated.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`; those of `claimOf` where the document does not hold.
 */
export function readClaim(args: ClaimArgs): {
  readonly document: Uint8Array;
  readonly claim: NitroClaim;
} {
  const document = readQuoteFile(args.file);
  const root = simulatedNitroRoot().certificate;
  const [top] = readNitro(document).chain;
  const isSimulated = top !== undefined && fingerprintOf(top) === fingerprintOf(root);
  const parties = {
    quorum: parseBytes32(args.quorum),
    operator: parseAddress(args.operator),
    key: parseAddress(args.key),
    nonceBlock: Number(parseWhole("nonce-block", args.nonceBlock)),
  };
  return { document, claim: claimOf(document, parties, isSimulated ? root : undefined) };
}

/** Where registrars vouch: the deployment that this installation knows. */
export function venueOf({ deployment }: Pick<Chain, "deployment">): NitroVenue {
  const { chainId, enclaveRegistry, nitroRegistrars } = deployment;
  return {
    chainId: BigInt(chainId),
    registry: enclaveRegistry,
    registrars: nitroRegistrars,
  };
}

/** Returns the id of the key of a claim, as `EnclaveRegistry.idOf`. */
export async function keyIdOf(
  { contracts }: Pick<Chain, "contracts">,
  { operator, key, quorum, registers, simulated }: NitroClaim,
): Promise<Hex> {
  const measurement = nitroMeasurement(quorum, registers, simulated);
  return parseBytes32(await contracts.enclaves.idOf(operator, key, measurement));
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless each file holds what `nitro:vouch --json` printed. */
export function readSignatures(files: string): readonly RegistrarSignature[] {
  return files
    .split(",")
    .filter((it) => it !== "")
    .map((path) => {
      const read = parseRegistrarSignature(readJson(path.trim()));
      if (read === undefined) throw new TaskError("ARGUMENT_INVALID", notSignature(path));
      return read;
    });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new TaskError("ARGUMENT_INVALID", notSignature(path), { cause });
  }
}

function notSignature(path: string): string {
  return `--signatures: ${path} is no signature; it takes files of what each registrar's \`nitro:vouch --json\` printed, separated by commas.`;
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `text` is a whole number of at most twelve digits. */
export function parseWhole(name: string, text: string): bigint {
  if (/^\d{1,12}$/.test(text)) return BigInt(text);
  throw new TaskError("ARGUMENT_INVALID", `--${name} is "${text}"; it takes a whole number.`);
}

/** Sends, and prints the transaction for people or as JSON. */
export async function report(
  action: string,
  sent: Promise<ContractTransactionResponse>,
  args: { readonly json: boolean },
  facts: Readonly<Record<string, string | boolean>>,
): Promise<void> {
  const { hash, gasUsed } = await mined(action, sent);
  if (args.json) {
    console.log(JSON.stringify({ ...facts, txHash: hash, gasUsed: Number(gasUsed) }));
    return;
  }
  console.log(`Done: ${action}`);
  for (const [name, value] of Object.entries(facts)) {
    if (name === "simulated" && value === true)
      console.log(inRed("  SIMULATED: it proves nothing"));
    else if (typeof value === "string") console.log(`  ${name.padEnd(11)} ${value}`);
  }
  console.log(`  ${"transaction".padEnd(11)} ${hash}, ${gasUsed.toLocaleString("en")} gas`);
}
