// One process of `npm run bench:segments -- --parallel`: told what to prove once, and then when, it proves it on one thread.
import { chooseProver, prove } from "@vouch/prover";
import type { Assignment, Lap } from "./provedInParallel.ts";

let assignment: Assignment | undefined;

process.on("message", (message: Assignment | "prove") => {
  if (message !== "prove") {
    assignment = message;
    process.send?.("ready");
    return;
  }
  if (assignment === undefined) throw new TypeError("nothing to prove was named");
  const { artefacts, inputs } = assignment;
  const { prover } = chooseProver();
  const [start, used] = [performance.now(), process.cpuUsage()];
  void prove(artefacts, inputs, { threads: 1, prover }).then(() => {
    const { user, system } = process.cpuUsage(used);
    const seconds = (performance.now() - start) / 1_000;
    const lap: Lap = { prover: prover.name, seconds, cpu: (user + system) / 1e6 };
    process.send?.(lap);
  });
});
