import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Executable } from "@vouch/execution";
import { readExecutable } from "@vouch/execution";
import type { ReleaseId } from "@vouch/protocol";
import { parseReleaseId } from "@vouch/protocol";
import { id } from "ethers";

export const MODELS = join(import.meta.dirname, "../../models");

/** Models of models/ that take one row at a time; the decoder carries its state from row to row. */
export const EXAMPLES: readonly string[] = readdirSync(MODELS).filter(
  (it) => it !== "char-gpt" && existsSync(join(MODELS, it, "release.json")),
);

/** A training of a model as a release of its own. */
export function releaseOf(model: string, training: number): ReleaseId {
  return parseReleaseId(id(`${model} ${training}`));
}

const LIST = "releases.json";

/** Path of the list of what was written to a folder. */
export function listIn(folder: string): string {
  return join(folder, LIST);
}

/** Every release of a folder, by what the disk says of it. */
export async function readAll(folder: string): Promise<readonly Executable[]> {
  const ids = JSON.parse(readFileSync(listIn(folder), "utf8")) as ReleaseId[];
  return Promise.all(ids.map((release) => readOne(folder, release)));
}

/** @throws {RangeError} where the release was not written to the folder. */
export async function readOne(folder: string, release: ReleaseId): Promise<Executable> {
  const executable = await readExecutable(folder, release);
  if (executable === undefined) throw new RangeError(`${release} was not written`);
  return executable;
}

/** The value below which a share of the numbers lies. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN);
}

/** To three digits behind the point. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Resident memory in megabytes. */
export function residentMb(): number {
  return process.memoryUsage.rss() / 1e6;
}
