import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { buildIfStale } from "../../../offchain/hardhat/tasks/buildIfStale.ts";

describe("buildIfStale", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-stale-"));
    mkdirSync(join(folder, "contracts/libraries"), { recursive: true });
    mkdirSync(join(folder, "typechain"));
    write("contracts/libraries/Leb.sol");
    write("typechain/index.ts");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string): void {
    writeFileSync(join(folder, name), "");
  }

  /** How often it builds, where the generated types are so many seconds younger than now. */
  async function builds(ageOfTypes: number): Promise<number> {
    const index = join(folder, "typechain/index.ts");
    const at = Date.now() / 1000 - ageOfTypes;
    utimesSync(index, at, at);
    return buildsAsTheyAre();
  }

  async function buildsAsTheyAre(): Promise<number> {
    let count = 0;
    const run = () => Promise.resolve((count += 1));
    await buildIfStale({
      config: {
        typechain: { outDir: join(folder, "typechain") },
        paths: { sources: { solidity: [join(folder, "contracts")] } },
      },
      tasks: { getTask: () => ({ run }) },
    } as unknown as HardhatRuntimeEnvironment); // the part that it reads
    return count;
  }

  it("builds nothing where the types are the newest: another process may be reading them", async () => {
    expect(await builds(-1)).to.equal(0);
  });

  it("builds where a source changed since", async () => {
    expect(await builds(3600)).to.equal(1);
  });

  it("builds where a source is gone since", async () => {
    expect(await builds(-1)).to.equal(0);
    rmSync(join(folder, "contracts/libraries/Leb.sol"));
    const later = Date.now() / 1000 + 60;
    utimesSync(join(folder, "contracts/libraries"), later, later); // as a clock that goes on
    expect(await buildsAsTheyAre()).to.equal(1);
  });

  it("builds where there are no types", async () => {
    rmSync(join(folder, "typechain/index.ts"));
    expect(await buildsAsTheyAre()).to.equal(1);
  });
});
