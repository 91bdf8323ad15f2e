import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { cachedFolder } from "../../../offchain/prover/contentCache.ts";
import type { CacheEntry } from "../../../offchain/prover/contentCache.ts";
import { temporaryFolder } from "./fixture.ts";

/** An entry whose content is one word in a file; `damaged` does not load. */
function entryOf(build: (folder: string) => Promise<void>): CacheEntry<string> {
  return {
    build,
    load: async (folder) => {
      const content = await readFile(join(folder, "word"), "utf8").catch(() => "damaged");
      return content === "damaged" ? undefined : content;
    },
  };
}
const write = (folder: string, word: string): Promise<void> =>
  writeFile(join(folder, "word"), word);

describe("cachedFolder", () => {
  it("keeps what another process put there first", async () => {
    const folder = join(temporaryFolder(), "entry");
    const entry = entryOf(async (draft) => {
      await write(draft, "ours");
      await mkdir(folder); // the other process renames its draft meanwhile
      await write(folder, "theirs");
    });
    expect(await cachedFolder(folder, entry)).to.equal("theirs");
    expect(await readdir(dirname(folder))).to.deep.equal(["entry"]);
  });

  it("replaces what is damaged", async () => {
    const folder = join(temporaryFolder(), "entry");
    await mkdir(folder);
    await write(folder, "damaged");
    const entry = entryOf((draft) => write(draft, "new"));
    expect(await cachedFolder(folder, entry)).to.equal("new");
    expect(await readdir(dirname(folder))).to.deep.equal(["entry"]);
  });

  it("leaves nothing of a failure, and lets a waiting call try itself", async () => {
    const folder = join(temporaryFolder(), "entry");
    let attempts = 0;
    const entry = entryOf(async (draft) => {
      attempts++;
      await write(draft, "half");
      if (attempts === 1) throw new Error("first");
    });
    const results = await Promise.allSettled([
      cachedFolder(folder, entry),
      cachedFolder(folder, entry),
    ]);
    expect(results.map((it) => it.status)).to.deep.equal(["rejected", "fulfilled"]);
    expect(await readdir(dirname(folder))).to.deep.equal(["entry"]);
  });
});
