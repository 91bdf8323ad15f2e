// A process that proves by one prover when its parent asks. Arguments: prover, threads (0: its own choice).
import { readFileSync } from "node:fs";
import { chooseProver, terminate } from "@vouch/prover";
import type { Prover } from "@vouch/prover";

export type Ask =
  | { readonly ask: "prove"; readonly zkey: string; readonly wtns: string }
  | { readonly ask: "peak" }
  | { readonly ask: "end" };

/** Seconds of the wall clock and of all threads, those of child processes included. */
export type Told =
  { readonly wall: number; readonly cpu: number } | { readonly peakMegabytes: number };

const TICKS = 100; // USER_HZ of Linux

/** CPU seconds of child processes that have ended: fields 16 and 17 of /proc/self/stat. */
function childSeconds(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

async function measure(
  prover: Prover,
  threads: number,
  { zkey, wtns }: { readonly zkey: string; readonly wtns: string },
): Promise<Told> {
  const witness = readFileSync(wtns);
  const [start, own, children] = [performance.now(), process.cpuUsage(), childSeconds()];
  await prover.prove(zkey, witness, threads === 0 ? {} : { threads });
  const { user, system } = process.cpuUsage(own);
  return {
    wall: (performance.now() - start) / 1000,
    cpu: (user + system) / 1e6 + childSeconds() - children,
  };
}

if (import.meta.main) {
  const [name = "", threads = "0"] = process.argv.slice(2);
  const { prover } = chooseProver({ ...process.env, VOUCH_PROVER: name });
  process.on("message", (message) => {
    const ask = message as Ask; // of the parent, which is ours
    void (async () => {
      if (ask.ask === "prove") process.send?.(await measure(prover, Number(threads), ask));
      else if (ask.ask === "peak")
        process.send?.({ peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) });
      else {
        await terminate();
        process.disconnect();
      }
    })();
  });
}
