// Kills and misleads everything that an operator stands on, at times that a seed decides, while requests come; then reconciles all
// accounts. `SOAK_SECONDS=600 SOAK_SEED=1 npm run bench:soak` prints two tables and JSON; SOAK_ASK_MS is the time between requests,
// SOAK_LOG names a file for all that the workers say.
import { writeFileSync } from "node:fs";
import { differencesOf, tablesOf } from "../test/helpers/soak/report.ts";
import { runSoak } from "../test/helpers/soak/soak.ts";

const log = process.env["SOAK_LOG"];
const report = await runSoak({
  seed: Number(process.env["SOAK_SEED"] ?? 1),
  seconds: Number(process.env["SOAK_SECONDS"] ?? 60),
  askMs: Number(process.env["SOAK_ASK_MS"] ?? 250),
  say: (line) => {
    console.error(line);
  },
  ...(log === undefined
    ? {}
    : {
        onLog(text) {
          writeFileSync(log, text);
        },
      }),
});
console.error(tablesOf(report));
const json = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;
console.log(JSON.stringify({ bench: "soak", ...report }, json, 2));
const { unfinished, ownEnds } = report;
if (differencesOf(report).length + unfinished.length + ownEnds.length > 0) process.exitCode = 1;
