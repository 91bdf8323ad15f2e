import { readFile } from "node:fs/promises";

const TICKS_PER_SECOND = 100;
const KIBIBYTE = 1024;

/** What a process took so far; undefined where the system has no /proc. */
export type ProcessCost = { readonly cpuSeconds: number; readonly peakMegabytes: number };

/** Returns the processor time and the peak memory of a process: what can be compared where others use the machine, too. */
export async function costOf(pid: number): Promise<ProcessCost | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    // Behind the name, which may have blanks: state is the first, user and system time the twelfth and thirteenth.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMegabytes: Math.round(peak / KIBIBYTE) };
  } catch {
    return undefined;
  }
}
