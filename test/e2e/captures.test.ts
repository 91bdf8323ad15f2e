// The captures of terminals in the pages are what the commands print.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { CAPTURES } from "../../scripts/docs/captures/captures.ts";
import { maskVarying } from "../../scripts/docs/captures/maskVarying.ts";
import { runCaptures } from "../../scripts/docs/captures/runCaptures.ts";
import { terminalSvg } from "../../scripts/docs/captures/terminalSvg.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PICTURES = join(ROOT, "docs/pictures");

describe("the captures of the documentation", function () {
  this.timeout(600_000);

  it("are each of a command that is run", () => {
    const kept = readdirSync(PICTURES).filter((name) => name.startsWith("capture-"));
    expect(kept).to.have.members(CAPTURES.map(({ name }) => `${name}.svg`));
  });

  it("leave out what differs from run to run, and nothing else", () => {
    const id = `0x${"ab".repeat(32)}`;
    expect(
      maskVarying(`Receipt /tmp/h/receipts/${id}.json (verified, 5.9 s), 130,624 gas`, "/tmp/h"),
    ).to.equal("Receipt .vouch/receipts/0x….json (verified, … s), 130,624 gas");
  });

  it("keep columns in line and markup out", () => {
    const svg = terminalSvg("capture-a", "a", "b  <c>\n");
    expect(svg).to.include(">$\u00a0a<").and.to.include(">b\u00a0\u00a0&lt;c&gt;<");
  });

  if (process.env["VOUCH_DEEP"] !== "1") {
    process.stderr.write(
      "\n  NOT TRIED: whether commands print what the pages show: VOUCH_DEEP=1.\n",
    );
    return;
  }

  it("are what the commands print", async () => {
    for (const [name, picture] of await runCaptures(ROOT))
      expect(readFileSync(join(PICTURES, name), "utf8"), name).to.equal(picture);
  });
});
