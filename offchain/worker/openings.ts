import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Hex, RequestId } from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import type { AgeIdentity, AgeRecipient, InputOpening, OutputOpening } from "@vouch/sealing";
import { SealingError, recipientOf, sealInput, sealOutput, unsealInput } from "@vouch/sealing";
import { WorkerError } from "./errors.ts";

/** What opens the committed inputs and outputs of an operator's requests; none of it is on disk but sealed. */
export type Openings = {
  /**
   * Returns what opens a committed input. That it does is for the caller to check.
   *
   * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`.
   */
  readonly input: (commitment: Hex) => Promise<InputOpening>;
  /** Keeps a committed output for its requester: sealed to whom the input's opening names, or else to the operator. */
  readonly keepOutput: (opening: OutputOpening, replyTo: AgeRecipient | undefined) => Promise<void>;
};

/** Openings in the files of an installation, sealed to the operator's key as they come in. */
export function sealedOpenings(
  { inputs, outputs }: Pick<Home, "inputs" | "outputs">,
  identity: AgeIdentity,
): Openings {
  return {
    async input(commitment) {
      const path = inputPath(inputs, commitment);
      if (!existsSync(path))
        throw new WorkerError({ code: "INPUT_OPENING_MISSING", commitment, folder: inputs });
      try {
        return await unsealInput(commitment, await readFile(path), identity);
      } catch (cause) {
        if (!(cause instanceof SealingError)) throw cause;
        const reason = cause.message;
        throw new WorkerError({ code: "INPUT_OPENING_INVALID", commitment, reason }, { cause });
      }
    },
    async keepOutput(opening, replyTo) {
      const to = replyTo ?? (await recipientOf(identity));
      await writeWhole(outputPath(outputs, opening.request), await sealOutput(opening, [to]));
    },
  };
}

/** Writes an opening, sealed to operators, where `sealedOpenings` of theirs finds it; returns its path. */
export async function writeSealedInput(
  folder: string,
  commitment: Hex,
  opening: InputOpening,
  operators: readonly AgeRecipient[],
): Promise<string> {
  const path = inputPath(folder, commitment);
  await writeWhole(path, await sealInput(commitment, opening, operators));
  return path;
}

/** Where the sealed output of a request is kept. */
export function outputPath(folder: string, request: RequestId): string {
  return join(folder, `${request}.age`);
}

function inputPath(folder: string, commitment: Hex): string {
  return join(folder, `${commitment}.age`);
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, bytes, { mode: 0o600 });
  await rename(part, path);
}
