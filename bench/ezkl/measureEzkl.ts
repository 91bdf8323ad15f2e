import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Seconds } from "../proofs/medianOf.ts";
import { REPEATS } from "../proofs/medianOf.ts";
import type { Subject } from "../proofs/subjects.ts";

const PROGRAM = join(import.meta.dirname, "measure.py");
const run = promisify(execFile);

const stepSchema = z.object({
  wall: z.number(),
  cpu: z.number(),
  peakMegabytes: z.number(),
  told: z.record(z.string(), z.union([z.string(), z.number()])),
});
type Step = z.infer<typeof stepSchema>;

/** Seconds are medians where a step is repeated; each step has a process of its own. */
export type EzklFigures = {
  /** Version, rows as a power of two, scales and visibilities. */
  readonly settings: Step["told"];
  readonly keyBytes: number;
  readonly proofBytes: number;
  readonly setup: Seconds;
  readonly witness: Seconds;
  readonly prove: Seconds;
  readonly verify: Seconds;
  /** Of the process that proves. */
  readonly peakMegabytes: number;
};

/** @param python an interpreter that has the package `ezkl` */
export async function measureEzkl(
  python: string,
  { name, file, row }: Subject,
): Promise<EzklFigures> {
  const folder = await mkdtemp(join(tmpdir(), "vouch-ezkl-"));
  try {
    await writeFile(join(folder, "network.onnx"), file);
    await writeFile(join(folder, "input.json"), JSON.stringify({ input_data: [row] }));
    const step = async (of: string, rounds = 1): Promise<Step> => {
      process.stderr.write(`${name}, ezkl, ${of}\n`);
      const { stdout } = await run(python, [PROGRAM, folder, of, String(rounds)]);
      return stepSchema.parse(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""));
    };
    const calibrated = await step("calibrate");
    await step("srs");
    const setup = await step("setup");
    const witness = await step("witness", REPEATS);
    const prove = await step("prove", REPEATS);
    const verify = await step("verify", REPEATS);
    return {
      settings: calibrated.told,
      keyBytes: Number(setup.told["keyBytes"]),
      proofBytes: Number(prove.told["proofBytes"]),
      ...{ setup: secondsIn(setup), witness: secondsIn(witness) },
      ...{ prove: secondsIn(prove), verify: secondsIn(verify) },
      peakMegabytes: prove.peakMegabytes,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const secondsIn = ({ wall, cpu }: Step): Seconds => ({ wall, cpu });
