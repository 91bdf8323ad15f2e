import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { platformModelOf } from "@vouch/attestation";
import { detectGuest, extendRtmr3 } from "@vouch/attestation/guest";
import type { QuoteSource, RtmrExtension } from "@vouch/attestation/guest";
import { developmentCollateral, simulatedSource } from "@vouch/attestation/simulated";
import type { Hex } from "@vouch/protocol";
import type { Enclave, EnclaveDeps, EnclaveEvent } from "@vouch/worker";
import { measureImage, openEnclave } from "@vouch/worker";
import type { Logger } from "pino";
import { openCollateral } from "./enclaveArguments.ts";
import { inRed } from "./markWeak.ts";
import type { Chain } from "./openChain.ts";
import { contractsAs } from "./openChain.ts";

/** Which enclave a worker signs by: none, one that proves nothing, or the one that it finds itself in. */
export const ENCLAVE_CHOICES = ["off", "simulated", "auto"] as const;

export type EnclaveChoice = (typeof ENCLAVE_CHOICES)[number];

export type TaskEnclaveOptions = {
  readonly choice: EnclaveChoice;
  /** Folder of the project: what is measured of the worker. */
  readonly root: string;
  /** Where collateral of a real platform comes from; the chain has to have it where empty. */
  readonly collateral?: string;
  /** Whether the key is retired when the worker stops. */
  readonly retire?: boolean;
  readonly log: Logger;
  /** Takes what people should read of it. */
  readonly say: (text: string) => void;
  readonly onEvent?: (event: EnclaveEvent) => void;
};

/** Whose enclave it is, and through what it is registered. */
export type EnclaveSite = Pick<EnclaveDeps, "operator" | "contracts" | "provider">;

/** Opens the enclave of a worker that sends by one of the network's accounts: see `openEnclaveAt`. */
export function openTaskEnclave(
  chain: Chain,
  signer: HardhatEthersSigner,
  options: TaskEnclaveOptions,
): Promise<Enclave | undefined> {
  const site = {
    operator: signer.address.toLowerCase() as Hex,
    contracts: contractsAs(chain, signer),
    provider: chain.connection.ethers.provider,
  };
  return openEnclaveAt(site, options);
}

/** Opens the enclave of a worker; none where it is off, or where there is none to be found: then why is said. */
export async function openEnclaveAt(
  site: EnclaveSite,
  options: TaskEnclaveOptions,
): Promise<Enclave | undefined> {
  const { choice, root, log, say, onEvent, collateral = "", retire = false } = options;
  if (choice === "off") return undefined;
  const source =
    choice === "simulated"
      ? simulatedSource(await simulatedRtmr3(root))
      : await detected(root, say);
  if (source === undefined) return undefined;
  const enclave = await openEnclave(
    { retireOnStop: retire },
    {
      ...site,
      ...{ source, log },
      ...collateralOf(source, collateral),
      ...(onEvent === undefined ? {} : { onEvent }),
    },
  );
  say(`Enclave     ${enclave.source}, key ${enclave.key}`);
  say(`Measurement ${enclave.measurement}`);
  if (enclave.simulated)
    say(inRed("SIMULATED ENCLAVE: it proves nothing, and only policies that say so take it."));
  return enclave;
}

/** What a simulated enclave says that it runs: the worker of a checkout, or, in another project, some name. */
async function simulatedRtmr3(root: string): Promise<Uint8Array> {
  if (existsSync(join(root, "offchain", "worker"))) return (await measureImage(root)).rtmr3;
  return createHash("sha384").update("vouch simulated worker").digest();
}

function collateralOf({ simulated }: QuoteSource, from: string): Pick<EnclaveDeps, "collateral"> {
  if (simulated) {
    return {
      collateral: (_quote, time) => Promise.resolve(developmentCollateral(new Date(time * 1000))),
    };
  }
  if (from === "") return {};
  const source = openCollateral(from);
  return { collateral: (quote) => source(platformModelOf(quote)) };
}

async function detected(
  root: string,
  say: (text: string) => void,
): Promise<QuoteSource | undefined> {
  const guest = await detectGuest();
  if ("absent" in guest) {
    say("This process runs in no enclave that is known here, and produces no tee evidence:");
    for (const { name, reason } of guest.absent) say(`  ${name.padEnd(12)} ${reason}`);
    return undefined;
  }
  if (guest.source.tee === "TDX") {
    const { digest } = await measureImage(root);
    say(describeExtension(await extendRtmr3(digest)));
  }
  return guest.source;
}

/** What the register says of this worker, and what the image has to do where it says nothing. */
function describeExtension(extension: RtmrExtension): string {
  switch (extension.status) {
    case "extended":
    case "already":
      return `RTMR3       ${Buffer.from(extension.value).toString("hex")}, of this worker's image`;
    case "foreign":
      return `RTMR3       ${Buffer.from(extension.value).toString("hex")}, extended by others: the image measures the worker in its own way (docs/operate.md)`;
    case "failed":
      return inRed(
        `RTMR3       FAILED: ${extension.reason}. Boot the TD again, with one worker; no measurement of this image has that value.`,
      );
    case "absent":
      return `RTMR3       not extended: ${extension.reason}. The image has to measure the worker before it starts (docs/operate.md).`;
  }
}
