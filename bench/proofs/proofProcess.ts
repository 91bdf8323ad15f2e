// The process that `measureProofs` starts. Arguments: prepare, native or reference; a model; a system. Prints JSON.
import { passedTapes, terminate } from "@vouch/prover";
import { openHome } from "@vouch/publisher";
import { measureCommitted, prepareCommitted } from "./measureCommitted.ts";
import { measurePlain, preparePlain } from "./measurePlain.ts";
import { PROVERS, SYSTEMS } from "./proofFigures.ts";
import type { MeasuredProofs } from "./proofFigures.ts";
import { readSubject } from "./subjects.ts";

if (import.meta.main) {
  const [task = "", name = "", given = ""] = process.argv.slice(2);
  const system = SYSTEMS.find((it) => it === given);
  if (system === undefined) throw new RangeError(`there is no system ${given}`);
  const { cache } = openHome();
  const subject = readSubject(name);
  const { prepare, measure } =
    system === "plain"
      ? { prepare: preparePlain, measure: measurePlain }
      : { prepare: prepareCommitted, measure: measureCommitted };
  const prover = PROVERS.find((it) => it === task);
  if (prover === undefined) await prepare(subject, cache);
  else {
    const figures = await measure(subject, cache, prover);
    const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    const calculated = prover === "reference" || passedTapes().length > 0;
    console.log(JSON.stringify({ ...figures, peakMegabytes, calculated } satisfies MeasuredProofs));
  }
  await terminate();
}
