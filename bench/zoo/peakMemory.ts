import { readFileSync } from "node:fs";

const PERIOD_MS = 100;

/** Largest resident memory in megabytes. */
export type PeakMemory = { readonly process: number; readonly circom?: number };

/**
 * Watches this process and the ones that it starts; the latter by `/proc`, hence on Linux only. Returns what reads the
 * peaks so far and stops watching.
 */
export function watchMemory(): () => PeakMemory {
  let circom = 0;
  const timer = setInterval(() => {
    for (const child of childrenOf(process.pid)) circom = Math.max(circom, peakOf(child));
  }, PERIOD_MS).unref();
  return () => {
    clearInterval(timer);
    const own = Math.round(process.resourceUsage().maxRSS / 1024);
    return { process: own, ...(circom === 0 ? {} : { circom: Math.round(circom / 1024) }) };
  };
}

function childrenOf(pid: number): readonly string[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? "").split(" ").filter((it) => it !== "");
}

/** In kilobytes. */
function peakOf(pid: string): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // ended meanwhile, or no such file system
  }
}
