import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TaskError } from "./taskError.ts";

/**
 * Refuses a model that is not in its folder, such as the one that a task takes by default and another project does not have.
 * `file` is the one that such a model cannot be without.
 *
 * @throws {TaskError} `MODEL_MISSING`, with the models that are there.
 */
export function requireModel(folder: string, name: string, file: string): void {
  if (existsSync(join(folder, name, file))) return;
  const others = modelsIn(folder, file);
  const remedy =
    others.length > 0
      ? `Give --model one of ${others.join(", ")}`
      : `Put ${file} into a folder of that name`;
  throw new TaskError(
    "MODEL_MISSING",
    `${join(folder, name)} has no ${file}. ${remedy}, or --folder where your models are.`,
  );
}

/** @throws {TaskError} `SAMPLES_MISSING` where a model has no samples.json at `path`. */
export function requireSamples(path: string, model: string): void {
  if (existsSync(path)) return;
  throw new TaskError(
    "SAMPLES_MISSING",
    `There are no samples of ${model} in this project: ${path} is missing. Give --input a JSON file with the array of numbers.`,
  );
}

/** @throws {TaskError} `NO_CHECKOUT` where `root` does not hold what a worker is measured from. */
export function requireCheckout(root: string): void {
  if (existsSync(join(root, "offchain", "worker"))) return;
  throw new TaskError(
    "NO_CHECKOUT",
    `${root} is no checkout of Vouch, whose files are what a worker is measured by. Give --folder one: the packages of npm are not what runs in an enclave.`,
  );
}

/** Returns the names of the folders below `folder` that hold `file`, in their order; none where it is missing. */
export function modelsIn(folder: string, file: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((it) => it.isDirectory())
    .map(({ name }) => name)
    .filter((it) => existsSync(join(folder, it, file)))
    .sort();
}
