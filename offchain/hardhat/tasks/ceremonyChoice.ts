import { resolve } from "node:path";
import {
  ceremonyPaths,
  committedFiles,
  readCeremonyFacts,
  readCeremonyState,
} from "@vouch/ceremony";
import type { SetupChoice } from "@vouch/publisher";
import { TaskError } from "./taskError.ts";

/**
 * Returns the set-up that the final keys in a ceremony's folder are, in the order that a release takes them. Nothing is
 * verified here: whoever publishes it does.
 *
 * @throws {TaskError} `ARGUMENT_INVALID` for a rehearsal, or for circuits of another proof system; {CeremonyError} `FOLDER_INVALID`.
 */
export async function ceremonyChoice(
  folder: string,
  system: "groth16" | "committedGroth16",
  ptau: string,
): Promise<SetupChoice> {
  const home = resolve(folder);
  const paths = ceremonyPaths(home);
  const facts = await readCeremonyFacts(home);
  const { rounds } = await readCeremonyState(paths.state);
  if (facts.powers.origin === "development") {
    const message = `${folder} is a rehearsal: whoever made its powers of tau can forge proofs. Begin a ceremony from public ones.`;
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  const held = facts.version === 1 ? "groth16" : facts.system;
  if (held !== system) {
    const message = `${folder} is a ceremony of ${held}; give --system ${held}.`;
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  const files = facts.version === 1 ? [...facts.circuits.keys()] : committedPlaces(facts);
  return {
    kind: "ceremony",
    power: facts.powers.power,
    ...(ptau === "" ? {} : { ptau: resolve(ptau) }),
    zkeys: files.map((index) => paths.key(rounds.length, index)),
  };
}

function committedPlaces(facts: Parameters<typeof committedFiles>[0]): readonly number[] {
  return committedFiles(facts).flatMap(({ inference, weights }) =>
    weights === undefined ? [inference] : [inference, weights.key, weights.link],
  );
}
