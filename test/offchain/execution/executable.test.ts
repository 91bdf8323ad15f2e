import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openExecutable, readExecutable, readVerified } from "@vouch/execution";
import { NO_FLOOR } from "@vouch/protocol";
import type { ReleaseBundle } from "@vouch/publisher";
import { prepareRelease, writeBundle } from "@vouch/publisher";
import { terminate } from "@vouch/prover";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import {
  perceptron,
  perceptronOnDisk,
  perceptronRows,
  temporaryFolder,
} from "../../helpers/executables.ts";

describe("readExecutable", () => {
  let cache = "";
  beforeEach(() => {
    cache = temporaryFolder();
  });
  afterEach(() => {
    rmSync(cache, { recursive: true });
  });

  /** The record of the only release in the cache. */
  const recordPath = (): string => {
    const folder = join(cache, "executables");
    const version = readdirSync(folder).find((it) => !it.endsWith(".onnx"))!;
    return join(folder, version, readdirSync(join(folder, version))[0]!);
  };

  it("returns what was written", async () => {
    const { executable } = await perceptronOnDisk(cache, 1);
    expect(await readExecutable(cache, executable.release)).to.deep.equal(executable);
    expect(executable.input.shape).to.deep.equal([4]);
    expect(executable.output.encoding).to.include({ elements: 2, bits: 32, fractionBits: 16 });
  });

  it("returns nothing for a release that was not verified", async () => {
    const [one, two] = [await perceptronOnDisk(cache, 1), await perceptronOnDisk(cache, 2)];
    rmSync(join(cache, "executables"), { recursive: true });
    for (const { executable } of [one, two])
      expect(await readExecutable(cache, executable.release)).to.equal(undefined);
  });

  const damages: Readonly<Record<string, (file: string) => void>> = {
    "a record cut short": () => {
      truncateSync(recordPath(), 40);
    },
    "the record of another release": () => {
      const record = JSON.parse(readFileSync(recordPath(), "utf8")) as object;
      writeFileSync(recordPath(), JSON.stringify({ ...record, release: `0x${"11".repeat(32)}` }));
    },
    "the record of another compiler": () => {
      const record = JSON.parse(readFileSync(recordPath(), "utf8")) as object;
      writeFileSync(recordPath(), JSON.stringify({ ...record, compiler: "another 0.0.1" }));
    },
    "a file cut short": (file) => {
      truncateSync(file, 100);
    },
    "no file": (file) => {
      rmSync(file);
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`has it verified again where there is ${name}`, async () => {
      const { executable } = await perceptronOnDisk(cache, 1);
      damage(executable.path);
      expect(await readExecutable(cache, executable.release)).to.equal(undefined);
    });
  }
});

describe("readVerified", () => {
  let cache = "";
  beforeEach(() => {
    cache = temporaryFolder();
  });
  afterEach(() => {
    rmSync(cache, { recursive: true });
  });

  it("returns the bytes that were verified, and refuses any other of that length", async () => {
    const { executable } = await perceptronOnDisk(cache, 1);
    const bytes = readFileSync(executable.path);
    expect(Buffer.compare(await readVerified(executable), bytes)).to.equal(0);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(executable.path, bytes);
    expect(await codeOfPromise(readVerified(executable))).to.equal("MODEL_TAMPERED");
  });

  it("says which release it cannot read", async () => {
    const { executable } = await perceptronOnDisk(cache, 1);
    rmSync(executable.path);
    expect(await codeOfPromise(readVerified(executable))).to.equal("MODEL_LOAD_FAILED");
  });
});

describe("openExecutable", function () {
  this.timeout(120_000);

  const root = temporaryFolder();
  let home = { releases: "", cache: "" };
  let bundle: ReleaseBundle;

  before(async () => {
    home = { releases: join(root, "releases"), cache: join(root, "cache") };
    const prepared = await prepareRelease(
      {
        file: perceptron(5),
        model: "perceptron",
        version: "1.0.0",
        publisher: `0x${"ab".repeat(20)}`,
        calibration: perceptronRows(4, 1),
        heldOut: perceptronRows(4, 2),
        input: { mode: "public", bits: 12, fractionBits: 8 },
        output: { mode: "public", bits: 32, fractionBits: 16 },
        weights: "private",
        setup: { kind: "development" },
        licence: "MIT",
        royaltyBps: 0,
        floor: NO_FLOOR,
      },
      { cache: home.cache },
    );
    bundle = prepared.bundle;
  });

  after(async () => {
    rmSync(root, { recursive: true });
    await terminate();
  });

  const withoutRecords = (): void => {
    rmSync(join(home.cache, "executables"), { recursive: true, force: true });
  };

  it("verifies a release once; later on its bundle is not read", async () => {
    withoutRecords();
    const folder = await writeBundle(home.releases, bundle);
    const first = await openExecutable(home, bundle.id);
    expect(first.content).to.equal(bundle.release.content);
    rmSync(folder, { recursive: true });
    expect(await openExecutable(home, bundle.id)).to.deep.equal(first);
  });

  it("writes nothing down of a bundle whose file is another", async () => {
    withoutRecords();
    const folder = await writeBundle(home.releases, bundle);
    writeFileSync(join(folder, "model.onnx"), perceptron(6));
    expect(await codeOfPromise(openExecutable(home, bundle.id))).to.equal("CONTENT_MISMATCH");
    expect(await readExecutable(home.cache, bundle.id)).to.equal(undefined);
    rmSync(folder, { recursive: true });
  });

  it("says that a release is not here", async () => {
    withoutRecords();
    expect(await codeOfPromise(openExecutable(home, bundle.id))).to.equal("BUNDLE_MISSING");
  });
});
