import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import type { InputOpening, SealingKey } from "@vouch/sealing";
import { readSealingKey } from "@vouch/sealing";
import { SEALING_KEY_DOCUMENT, writeSealedInput } from "@vouch/worker";
import type { Chain } from "./openChain.ts";
import { TaskError } from "./taskError.ts";

/**
 * Seals what opens a committed input to the operators of this store, and puts it where their workers look for it; returns its path.
 *
 * @throws {TaskError} `SEALING_KEY_MISSING` where none of them has announced a key for this deployment.
 */
export async function deliverOpening(
  chain: Pick<Chain, "home" | "deployment" | "domain">,
  commitment: Hex,
  opening: InputOpening,
): Promise<string> {
  const recipients = sealingKeysIn(chain).map(({ recipient }) => recipient);
  if (recipients.length === 0)
    throw new TaskError(
      "SEALING_KEY_MISSING",
      `The input is private, and no operator of ${chain.home.operators} has announced a key to seal it to. Start a worker first: it announces its key.`,
    );
  return writeSealedInput(chain.home.inputs, commitment, opening, recipients);
}

/** Returns the keys that operators of this store announced for the deployment. */
export function sealingKeysIn({
  home,
  deployment,
  domain,
}: Pick<Chain, "home" | "deployment" | "domain">): SealingKey[] {
  if (!existsSync(home.operators)) return [];
  const { chainId, anchor } = deployment;
  return readdirSync(home.operators).flatMap((operator) => {
    const path = join(home.operators, operator, `${chainId}-${anchor}`, SEALING_KEY_DOCUMENT);
    return existsSync(path) ? [readSealingKey(readFileSync(path, "utf8"), domain)] : [];
  });
}
