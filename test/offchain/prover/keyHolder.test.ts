import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createKeyHolder } from "../../../offchain/prover/provers/keyHolder.ts";
import type { KeyHolder } from "../../../offchain/prover/provers/keyHolder.ts";
import { temporaryFolder } from "./fixture.ts";

type Key = { readonly bytes: number; readonly path: string; readonly close: () => void };

describe("createKeyHolder", () => {
  let folder: string;
  let events: string[];
  let holder: KeyHolder<Key>;
  const nameOf = (path: string): string => path.slice(folder.length + 1);
  const use = (name: string): Promise<string> =>
    holder.use(join(folder, name), (key) => Promise.resolve(nameOf(key.path)));

  beforeEach(async () => {
    folder = temporaryFolder();
    events = [];
    for (const name of ["a", "b", "c"]) await writeFile(join(folder, name), name);
    holder = createKeyHolder({
      maxBytes: 2,
      open: (path) => {
        events.push(`open ${nameOf(path)}`);
        if (path.endsWith("broken")) return Promise.reject(new Error("it is no key"));
        return Promise.resolve({
          ...{ bytes: 1, path },
          close: () => void events.push(`close ${nameOf(path)}`),
        });
      },
    });
  });

  it("opens a file once, for calls at the same time too", async () => {
    expect(await Promise.all([use("a"), use("a")])).to.deep.equal(["a", "a"]);
    await use("a");
    expect(events).to.deep.equal(["open a"]);
  });

  it("closes the one that was used longest ago where there is no room", async () => {
    for (const name of ["a", "b", "a", "c"]) await use(name);
    expect(events).to.deep.equal(["open a", "open b", "open c", "close b"]);
  });

  it("keeps one that is larger than the room", async () => {
    holder = createKeyHolder({
      ...{ maxBytes: 0 },
      open: (path) => Promise.resolve({ bytes: 1, path, close: () => void events.push("close") }),
    });
    await use("a");
    await use("a");
    expect(events).to.deep.equal([]);
  });

  it("opens a file again that changed", async () => {
    await use("a");
    await rm(join(folder, "a"));
    await writeFile(join(folder, "a"), "another");
    await use("a");
    expect(events).to.deep.equal(["open a", "open a", "close a"]);
  });

  it("closes none that is worked with", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let work: Promise<void> = Promise.resolve();
    await new Promise<void>((inside) => {
      work = holder.use(join(folder, "a"), async () => {
        inside();
        await held;
        events.push("done a");
      });
    });
    holder.clear();
    await use("b");
    expect(events).to.deep.equal(["open a", "open b"]);
    release();
    await work;
    expect(events).to.deep.equal(["open a", "open b", "done a", "close a"]);
  });

  it("passes on why a file cannot be opened, and tries again", async () => {
    for (let i = 0; i < 2; i++) {
      const failure: unknown = await use("broken").catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(Error);
    }
    expect(events).to.deep.equal(["open broken", "open broken"]);
  });
});
