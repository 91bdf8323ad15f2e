import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ReleaseId } from "@vouch/protocol";
import { expect } from "chai";
import { createEndings } from "../../scripts/explorer/endings.ts";
import { everydayQuestions } from "../../scripts/explorer/everydayQuestions.ts";
import { readExplorerArguments } from "../../scripts/explorer/explorerArguments.ts";
import type { Catalog, Listed } from "../../scripts/explorer/publishCatalog.ts";

const PROGRAM = join(import.meta.dirname, "../../scripts/explorer.ts");
const listed = (name: string): Listed =>
  ({ id: name as ReleaseId, samples: [] }) as unknown as Listed; // what asks reads no more of it
const catalog = {
  ...{ tree: listed("tree"), eth: listed("eth"), brent: listed("brent") },
  digits: listed("digits"),
} satisfies Partial<Catalog>;

describe("npm run explorer", () => {
  it("takes nothing, and says so of what it does not understand", () => {
    expect(readExplorerArguments([])).to.deep.equal({
      ...{ help: false, port: 8480, rpcPort: 8545, perDay: 3, keep: undefined, compile: true },
    });
    expect(readExplorerArguments(["--help", "--port", "x"])).to.deep.equal({ help: true });
    for (const wrong of [
      ["--port", "65536"],
      ["--port", "-1"],
      ["--rpc-port", "x"],
      ["--per-day", "0"],
      ["--keep", ""],
      ["--fast"],
      ["more"],
    ])
      expect(readExplorerArguments(wrong), wrong.join(" ")).to.be.a("string");
  });

  it("keeps nothing in a folder that something is in already", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vouch-"));
    writeFileSync(join(folder, "deployment.json"), "{}");
    const child = spawn(process.execPath, [PROGRAM, "--no-compile", "--keep", folder]);
    const said = text(child.stderr);
    const [code] = (await once(child, "close")) as [number];
    expect(code).to.equal(2);
    expect(await said)
      .to.include(folder)
      .and.to.include("not empty");
  });

  it("asks under every policy, the same in every run, and no panel for what has to be signed", () => {
    const days = Array.from({ length: 14 }, (_, day) => day);
    const ask = () =>
      days.flatMap((day) =>
        everydayQuestions(day, {
          ...{ count: 3, catalog },
          network: day < 3 ? undefined : listed("network"),
        }),
      );
    const asked = ask();
    expect(asked).to.deep.equal(ask());
    expect(new Set(asked.map(({ nonce }) => nonce)).size).to.equal(asked.length);
    expect(new Set(asked.map(({ policy }) => policy)).size).to.equal(5);
    expect(new Set(asked.map((it) => it.listed.id)).size).to.equal(5);
    for (const { policy, listed: of } of asked)
      if (policy.startsWith("quorum")) expect(of.id).to.equal("eth");
  });

  it("ends what it started, the last first, once, and whatever fails on the way", async () => {
    const ended: string[] = [];
    const endings = createEndings();
    endings.add(() => Promise.resolve(ended.push("chain")));
    endings.add(() => Promise.reject(new Error("it hangs")));
    endings.add(() => Promise.resolve(ended.push("page")));
    const [first, second] = await Promise.allSettled([endings.end(), endings.end()]);
    expect(ended).to.deep.equal(["page", "chain"]);
    expect([first.status, second.status]).to.deep.equal(["rejected", "rejected"]);
  });
});
