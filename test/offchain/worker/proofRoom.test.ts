import { parseRequestId } from "@vouch/protocol";
import type { ProofRoom } from "@vouch/worker";
import { createProofRoom } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const REQUEST = parseRequestId(id("request"));
const NEVER = new AbortController().signal;

describe("createProofRoom", () => {
  let begun: string[];
  let ends: Map<string, (error?: Error) => void>;
  let room: ProofRoom;
  beforeEach(() => {
    begun = [];
    ends = new Map();
    room = createProofRoom({ atOnce: 1, waiting: 2 });
  });

  /** Asks for a proof that ends when it is told to. */
  function ask(name: string, signal = NEVER): Promise<string> {
    return room(REQUEST, signal, () => {
      begun.push(name);
      return new Promise((resolve, reject) => {
        ends.set(name, (error) => {
          if (error === undefined) resolve(name);
          else reject(error);
        });
      });
    });
  }
  const end = (name: string, error?: Error): void => ends.get(name)?.(error);

  it("proves as many at once as may be, and the others in the order of their coming", async () => {
    const all = [ask("a"), ask("b"), ask("c")];
    await Promise.resolve();
    expect(begun).to.deep.equal(["a"]);
    for (const [at, name] of ["a", "b", "c"].entries()) {
      end(name);
      expect(await all[at]).to.equal(name);
      await new Promise((resolve) => setImmediate(resolve));
      expect(begun).to.deep.equal(["a", "b", "c"].slice(0, at + 2));
    }
  });

  it("refuses at once where as many wait as may, and takes others behind them", async () => {
    const all = [ask("a"), ask("b"), ask("c")];
    expect(await codeOfPromise(ask("d"))).to.equal("PROVER_BUSY");
    end("a");
    await all[0];
    const late = ask("e");
    for (const [name, it] of [
      ["b", all[1]],
      ["c", all[2]],
      ["e", late],
    ] as const) {
      await new Promise((resolve) => setImmediate(resolve));
      end(name);
      expect(await it).to.equal(name);
    }
    expect(begun).to.deep.equal(["a", "b", "c", "e"]);
  });

  it("gives the place of one that failed to the next", async () => {
    const [failed, next] = [ask("a"), ask("b")];
    await new Promise((resolve) => setImmediate(resolve));
    end("a", Object.assign(new Error("no proof"), { code: "WITNESS_REFUSED" }));
    expect(await codeOfPromise(failed)).to.equal("WITNESS_REFUSED");
    await new Promise((resolve) => setImmediate(resolve));
    end("b");
    expect(await next).to.equal("b");
  });

  it("forgets who waits no more, and proves nothing for it", async () => {
    const leaving = new AbortController();
    const [first, left, last] = [ask("a"), ask("b", leaving.signal), ask("c")];
    leaving.abort();
    expect(await codeOfPromise(left)).to.equal("ANSWER_ABORTED");
    expect(await codeOfPromise(ask("d", AbortSignal.abort()))).to.equal("ANSWER_ABORTED");
    end("a");
    await first;
    await new Promise((resolve) => setImmediate(resolve));
    end("c");
    expect(await last).to.equal("c");
    expect(begun).to.deep.equal(["a", "c"]);
  });
});
