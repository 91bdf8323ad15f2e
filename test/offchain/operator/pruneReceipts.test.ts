import { pruneReceipts } from "@vouch/operator";
import type { KeptReceipts } from "@vouch/operator";
import { expect } from "chai";
import { SILENT } from "../../helpers/stores.ts";

const HOUR_MS = 3_600_000;

describe("pruneReceipts", () => {
  let now: number;
  let written: number;
  let deleted: string[];
  /** What is there to delete of each kind, and how many at once were asked for at most. */
  let left: { old: number; free: number };
  let isBroken: boolean;

  beforeEach(() => {
    [now, written, deleted, isBroken] = [0, 0, [], false];
    left = { old: 0, free: 0 };
  });

  /** Prunes while each of these steps passes. */
  const prune = async (kept: KeptReceipts, steps: readonly (() => void)[]): Promise<void> => {
    const stop = new AbortController();
    const rest = [...steps];
    const take = (of: "old" | "free", what: number, limit: number): Promise<number> => {
      if (isBroken) return Promise.reject(new Error("no database"));
      const some = Math.min(left[of], limit);
      left[of] -= some;
      deleted.push(`${of} ${of === "free" ? what : ""} ${some}`.replace("  ", " "));
      return Promise.resolve(some);
    };
    await pruneReceipts(
      kept,
      {
        receipts: {
          prune: (before, limit) => take("old", before, limit),
          pruneFree: (bytes, limit) => take("free", bytes, limit),
          freeWritten: () => written,
        },
        log: SILENT,
        clock: {
          now: () => now,
          pass() {
            const step = rest.shift();
            if (step === undefined) stop.abort();
            step?.();
            return Promise.resolve();
          },
        },
      },
      stop.signal,
    );
  };

  it("deletes nothing where both are kept for ever", async () => {
    await prune({ days: 0, freeBytes: 0 }, [() => (written = 1e9)]);
    expect(deleted).to.deep.equal([]);
  });

  it("deletes all that is too old or too much, some at a time, and again an hour later", async () => {
    left = { old: 501, free: 1 };
    await prune({ days: 1, freeBytes: 160 }, [() => (now = HOUR_MS - 1), () => (now = HOUR_MS)]);
    const again = ["old 0", "free 160 0"];
    expect(deleted).to.deep.equal(["old 500", "old 1", "free 160 1", ...again]);
  });

  it("looks again as soon as a sixteenth of the room was written, and not before", async () => {
    await prune({ days: 0, freeBytes: 160 }, [() => (written = 10), () => (written = 11)]);
    expect(deleted).to.deep.equal(["free 160 0", "free 160 0"]);
  });

  it("goes on after a database that failed", async () => {
    isBroken = true;
    await prune({ days: 1, freeBytes: 0 }, [
      () => {
        [isBroken, now] = [false, HOUR_MS];
      },
    ]);
    expect(deleted).to.deep.equal(["old 0"]);
  });
});
