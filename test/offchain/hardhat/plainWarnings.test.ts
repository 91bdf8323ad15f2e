import { expect } from "chai";
import { pino } from "pino";
import { plainWarnings } from "../../../offchain/hardhat/local/plainWarnings.ts";

describe("plainWarnings", () => {
  function linesOf(say: (log: ReturnType<typeof pino>) => void): readonly string[] {
    const lines: string[] = [];
    say(
      pino(
        { level: "warn" },
        plainWarnings((line) => lines.push(line)),
      ),
    );
    return lines;
  }

  it("writes what happened, and what is said of it, on a line", () => {
    expect(
      linesOf((log) => {
        log.warn({ requestId: "0x12", attempts: 3 }, "wrong answer challenged");
      }),
    ).to.deep.equal(["vouch: wrong answer challenged, requestId 0x12, attempts 3\n"]);
  });

  it("writes of an error what it says, on one line", () => {
    expect(
      linesOf((log) => {
        log.warn({ err: new Error("no node") }, "not sent yet");
      }),
    ).to.deep.equal(["vouch: not sent yet, err no node\n"]);
  });

  it("keeps what nobody is warned of to itself", () => {
    expect(
      linesOf((log) => {
        log.info("served");
      }),
    ).to.deep.equal([]);
  });
});
