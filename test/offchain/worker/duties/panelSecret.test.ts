import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { openPanelSecret, panelSecret } from "../../../../offchain/worker/duties/panelSecret.ts";
import { codeOf } from "../../../helpers/codeOf.ts";

const fresh = (): string => mkdtempSync(join(tmpdir(), "vouch-"));
const PLACE = {
  chainId: 1n,
  quorum: `0x${"aa".repeat(20)}`,
  round: id("round") as Hex,
  operator: `0x${"bb".repeat(20)}`,
} as const;

describe("openPanelSecret", () => {
  it("makes a secret once, and reads the same salts from it for ever", () => {
    const path = join(fresh(), "operator", "panel.secret");
    const first = openPanelSecret(path).saltOf(PLACE);
    expect(existsSync(path)).to.equal(true);
    expect(openPanelSecret(path).saltOf(PLACE)).to.equal(first);
    expect(openPanelSecret(join(fresh(), "panel.secret")).saltOf(PLACE)).to.not.equal(first);
  });

  it("refuses one that is damaged, and leaves it as it is", () => {
    const path = join(fresh(), "panel.secret");
    writeFileSync(path, "0x12");
    expect(codeOf(() => openPanelSecret(path))).to.equal("SECRET_INVALID");
    expect(readFileSync(path, "utf8")).to.equal("0x12");
  });

  it("gives each chain, quorum, round and operator another salt", () => {
    const { saltOf } = panelSecret(new Uint8Array(32).fill(7));
    const places = [
      PLACE,
      { ...PLACE, chainId: 2n },
      { ...PLACE, quorum: PLACE.operator },
      { ...PLACE, round: id("another round") as Hex },
      { ...PLACE, operator: PLACE.quorum },
    ];
    expect(new Set(places.map(saltOf)).size).to.equal(places.length);
  });
});
