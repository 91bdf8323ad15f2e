import { fork } from "node:child_process";
import { join } from "node:path";
import type { OnProgress } from "@vouch/prover";
import type { Measured, MeasureOptions } from "./measureModel.ts";
import type { ZooEntry } from "./zooEntry.ts";

export type Task = { readonly entry: ZooEntry; readonly options: MeasureOptions };

export type Message =
  | { readonly kind: "progress"; readonly step: string; readonly fraction?: number }
  | { readonly kind: "measured"; readonly measured: Measured };

const PROGRAM = join(import.meta.dirname, "measureChild.ts");

/**
 * `measureModel` in a process of its own: its memory is the model's alone, and where the process ends before it has
 * answered, that is the failure.
 */
export function measureApart(
  entry: ZooEntry,
  options: MeasureOptions,
  onProgress: OnProgress,
): Promise<Measured> {
  const env = { ...process.env };
  delete env["NODE_OPTIONS"]; // a loader or an inspector of ours is none of the child's
  const child = fork(PROGRAM, { serialization: "advanced", execArgv: [], env });
  let step = "start";
  let measured: Measured | undefined;
  child.on("message", (message: Message) => {
    if (message.kind === "measured") {
      measured = message.measured;
      return;
    }
    step = message.step;
    onProgress(step, message.fraction);
  });
  const task: Task = { entry, options };
  child.send(task);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      const { name, source } = entry;
      const message = `it ended with ${signal ?? `code ${code ?? "none"}`}`;
      const failure = { step, code: "PROCESS_ENDED", message };
      resolve(measured ?? { row: { name, source, weights: options.weights, ops: [], failure } });
    });
  });
}
