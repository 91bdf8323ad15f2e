import type { WeightsMode } from "@vouch/compiler";
import type { Hex, TensorEncoding } from "@vouch/protocol";
import { NO_FLOOR } from "@vouch/protocol";
import { inputRows } from "./inputRows.ts";
import type { ModelFolder } from "./modelFolder.ts";
import { splitRows } from "./modelFolder.ts";
import type { ReleasePlan } from "./prepareRelease.ts";
import type { SetupChoice } from "./setUpCircuits.ts";

/** What is decided beside the model folder. */
export type ReleaseChoices = {
  readonly version: string;
  readonly publisher: Hex;
  readonly inputMode: TensorEncoding["mode"];
  readonly outputMode: TensorEncoding["mode"];
  readonly setup: SetupChoice;
  readonly system?: ReleasePlan["system"];
  /** As the folder says where absent. */
  readonly weights?: WeightsMode;
  readonly maxDrift?: number;
  readonly maxConstraints?: number;
  readonly batches?: readonly number[];
  readonly salt?: Hex;
};

/** Returns the plan of a release of a model folder, with no royalty and no floor. */
export function planRelease(folder: ModelFolder, choices: ReleaseChoices): ReleasePlan {
  const { name, file, preprocessing } = folder;
  const { input, output, weights, dimensions, licence, notice } = folder.choices;
  return {
    file,
    model: name,
    version: choices.version,
    publisher: choices.publisher,
    ...splitRows(inputRows(folder)),
    input: { ...input, mode: choices.inputMode },
    output: { ...output, mode: choices.outputMode },
    weights: choices.weights ?? weights,
    setup: choices.setup,
    licence,
    royaltyBps: 0,
    floor: NO_FLOOR,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(choices.maxDrift === undefined ? {} : { maxDrift: choices.maxDrift }),
    ...(choices.maxConstraints === undefined ? {} : { maxConstraints: choices.maxConstraints }),
    ...(choices.batches === undefined ? {} : { batches: choices.batches }),
    ...(choices.system === undefined ? {} : { system: choices.system }),
    ...(choices.salt === undefined ? {} : { salt: choices.salt }),
    ...(preprocessing === undefined ? {} : { preprocessing }),
    ...(notice === undefined ? {} : { notice }),
  };
}
