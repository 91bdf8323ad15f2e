import type { Openings } from "@vouch/worker";

/** Test only: of a worker that is asked in public alone. */
export function noOpenings(): Openings {
  const refuse = (): Promise<never> => Promise.reject(new RangeError("nothing here is private"));
  return { input: refuse, keepOutput: refuse };
}
