import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/** What a figure was measured on; `load` is of the last minute, the work that is measured included. */
export function machineOf(): Readonly<Record<string, string | number>> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    threads: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load: Math.round(10 * (loadavg()[0] ?? 0)) / 10,
  };
}
