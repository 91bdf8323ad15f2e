import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SCALAR_FIELD } from "@vouch/protocol";
import {
  adoptCeremonyKey,
  buildCircuit,
  ceremonyDocumentHash,
  ceremonySetup,
  keyFromSnarkjs,
  obtainPtau,
  prove,
  PTAU_PINS,
  terminate,
  verifyCeremony,
  verifySetup,
} from "@vouch/prover";
import type { CeremonyOptions, CircuitArtefacts, PtauPin, Setup } from "@vouch/prover";
import { expect } from "chai";
import { buildBn128 } from "ffjavascript";
import { powersOfTau, zKey } from "snarkjs";
import { problemOf, temporaryFolder, TINY, TINY_INPUTS, TINY_SIGNALS } from "./fixture.ts";

const POWER = 5;
/** Nothing listens on the discard port. */
const UNREACHABLE = "http://127.0.0.1:9/tiny.ptau";

describe("ceremonySetup", function () {
  this.timeout(120_000);
  const cache = temporaryFolder();
  const ptau = join(cache, "tiny.ptau");
  const contributions = [{ name: "first", entropy: "some" }, { name: "second" }];
  const beacon = { name: "beacon", hash: "00".repeat(31) + "2a", iterationsExponent: 10 };
  let circuit: CircuitArtefacts;
  let pin: PtauPin;
  let options: CeremonyOptions;
  let setup: Setup;

  before(async () => {
    circuit = await buildCircuit(TINY, { cache });
    await makePtau(ptau);
    const hash = createHash("blake2b512")
      .update(await readFile(ptau))
      .digest("hex");
    pin = { power: POWER, file: "tiny.ptau", url: UNREACHABLE, hash };
    options = { cache, ptau, pins: [pin], contributions, beacon };
    setup = await ceremonySetup(circuit, options);
  });
  after(terminate);

  it("makes a key with which our prover proves", async () => {
    const { publicSignals } = await prove({ ...circuit, ...setup }, TINY_INPUTS);
    expect(publicSignals).to.deep.equal(
      TINY_SIGNALS.map((it) => (it + SCALAR_FIELD) % SCALAR_FIELD),
    );
  });

  it("does not call itself a ceremony", () => {
    expect(setup.class).to.equal("unverified");
  });

  it("passes verifySetup, which counts the contributions with a secret", async () => {
    expect(await verifySetup(circuit, setup, { path: ptau, pin })).to.deep.equal({
      contributions: 2,
    });
  });

  it("is adopted from its final key alone, by the same transcript", async () => {
    expect(await adoptCeremonyKey(circuit, setup.zkey, options)).to.deep.equal(setup);
  });

  it("passes verifySetup by the transcript of a larger pinned file of powers of tau, which gives the same key", async () => {
    const powers = { path: ptau, blake2b: pin.hash, origin: "public" } as const;
    const { document } = await verifyCeremony({ r1cs: circuit.r1cs, powers, zkey: setup.zkey });
    const byPin = (blake2b: string): Setup => ({
      ...setup,
      transcript: ceremonyDocumentHash({ ...document, powers: { origin: "public", blake2b } }),
    });
    const larger = byPin(PTAU_PINS.at(-1)?.hash ?? "");
    expect((await verifySetup(circuit, larger, { path: ptau, pin })).contributions).to.equal(2);
    const other = verifySetup(circuit, byPin("00".repeat(64)), { path: ptau, pin });
    expect(await problemOf(other)).to.deep.equal({
      code: "SETUP_MISMATCH",
      part: "the transcript",
    });
  });

  it("passes verifySetup by a transcript of the first version, and by no other", async () => {
    const powers = { path: ptau, blake2b: pin.hash, origin: "public" } as const;
    const material = { r1cs: circuit.r1cs, powers, zkey: setup.zkey };
    const { document, transcripts } = await verifyCeremony(material);
    expect(transcripts.current).to.equal(setup.transcript);
    expect(document.contributions.map(({ name }) => name)).to.deep.equal([
      ...["first", "second", "beacon"],
    ]);
    const first = { ...setup, transcript: transcripts.v1 };
    expect(await verifySetup(circuit, first, { path: ptau, pin })).to.have.property(
      "contributions",
      2,
    );
    const renamed = document.contributions.map((it, i) =>
      i === 0 ? { ...it, name: "other" } : it,
    );
    const transcript = ceremonyDocumentHash({ ...document, contributions: renamed });
    const problem = await problemOf(
      verifySetup(circuit, { ...setup, transcript }, { path: ptau, pin }),
    );
    expect(problem).to.deep.equal({ code: "SETUP_MISMATCH", part: "the transcript" });
  });

  it("names each step", async () => {
    const steps = new Set<string>();
    const onProgress = (step: string): void => void steps.add(step);
    await ceremonySetup(circuit, { ...options, cache: temporaryFolder(), onProgress });
    expect([...steps]).to.deep.equal([
      "check tiny.ptau",
      "ceremony: begin phase 2",
      "ceremony: contribution 1 of 2",
      "ceremony: contribution 2 of 2",
      "ceremony: beacon",
    ]);
  });

  it("returns the same set-up from the cache, and leaves no intermediate key", async () => {
    expect(await ceremonySetup(circuit, options)).to.deep.equal(setup);
    const files = await readdir(join(cache, "setups/ceremony"), { recursive: true });
    expect(files.filter((it) => it.endsWith(".zkey"))).to.have.length(1);
  });

  describe("given no contribution", () => {
    it("refuses", async () => {
      const work = ceremonySetup(circuit, { ...options, contributions: [] });
      expect(await problemOf(work)).to.deep.equal({ code: "CONTRIBUTION_MISSING" });
    });

    it("refuses a key of snarkjs that has gamma equal to delta", async () => {
      const zkey = join(cache, "initial.zkey");
      await zKey.newZKey(circuit.r1cs, ptau, zkey);
      const work = verifySetup(circuit, { ...setup, zkey }, { path: ptau, pin });
      expect((await problemOf(work)).code).to.equal("KEY_FORGEABLE");
    });

    it("refuses a key with a beacon alone, whose delta everybody knows", async () => {
      const [initial, final] = [join(cache, "initial.zkey"), join(cache, "beacon.zkey")];
      await zKey.newZKey(circuit.r1cs, ptau, initial);
      await zKey.beacon(initial, final, beacon.name, beacon.hash, beacon.iterationsExponent);
      const key = keyFromSnarkjs(await zKey.exportVerificationKey(final));
      const work = verifySetup(circuit, { ...setup, key, zkey: final }, { path: ptau, pin });
      expect((await problemOf(work)).code).to.equal("CONTRIBUTION_MISSING");
    });
  });

  describe("given an invalid beacon", () => {
    for (const change of [{ hash: "0x00" }, { hash: "" }, { iterationsExponent: 9 }]) {
      it(`refuses ${JSON.stringify(change)}`, async () => {
        const work = ceremonySetup(circuit, { ...options, beacon: { ...beacon, ...change } });
        expect((await problemOf(work)).code).to.equal("BEACON_INVALID");
      });
    }
  });

  describe("verifySetup", () => {
    it("refuses a point that was changed", async () => {
      const zkey = join(temporaryFolder(), "main.zkey");
      const bytes = await readFile(setup.zkey);
      // Two points of section H change places.
      const at = findSection(bytes, 9);
      const first = Buffer.from(bytes.subarray(at, at + 64));
      bytes.copyWithin(at, at + 64, at + 128);
      bytes.set(first, at + 64);
      await writeFile(zkey, bytes);
      const work = verifySetup(circuit, { ...setup, zkey }, { path: ptau, pin });
      expect((await problemOf(work)).code).to.equal("KEY_UNRELATED");
    });
  });

  describe("obtainPtau", () => {
    it("refuses a file with another hash", async () => {
      const file = join(temporaryFolder(), "tiny.ptau");
      const bytes = await readFile(ptau);
      bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
      await writeFile(file, bytes);
      const problem = await problemOf(ceremonySetup(circuit, { ...options, ptau: file }));
      expect(problem).to.deep.include({ code: "PTAU_HASH_MISMATCH", file, expected: pin.hash });
    });

    it("finds the file by its name in a folder", async () => {
      const folder = temporaryFolder();
      await copyFile(ptau, join(folder, pin.file));
      const found = await obtainPtau(4, {
        cache: temporaryFolder(),
        folders: [folder],
        pins: [pin],
      });
      expect(found).to.deep.equal({ path: join(folder, pin.file), pin });
    });

    it("says offline what to fetch and where to put it", async () => {
      const empty = temporaryFolder();
      const problem = await problemOf(obtainPtau(4, { cache: empty, pins: [pin] }));
      expect(problem).to.deep.equal({
        code: "PTAU_MISSING",
        file: pin.file,
        url: UNREACHABLE,
        hash: pin.hash,
        folder: join(empty, "ptau"),
      });
      expect(await readdir(join(empty, "ptau"))).to.deep.equal([]);
    });

    it("refuses a circuit that the file is too small for", async () => {
      const asked = obtainPtau(6, { cache, pins: [pin], power: POWER });
      expect(await problemOf(asked)).to.deep.equal({ code: "PTAU_TOO_SMALL", power: 5, needed: 6 });
      const unpinned = obtainPtau(6, { cache, pins: [pin] });
      expect(await problemOf(unpinned)).to.deep.equal({ code: "PTAU_UNPINNED", power: 6 });
    });

    describe("given a server", () => {
      const serve = async (
        content: Buffer,
        work: (url: string) => Promise<void>,
      ): Promise<void> => {
        const server = createServer((_request, response) => {
          response.setHeader("content-length", content.length).end(content);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        try {
          await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/any`);
        } finally {
          server.closeAllConnections();
          server.close();
        }
      };

      it("downloads the file, once", async () => {
        const fresh = temporaryFolder();
        const fractions: number[] = [];
        await serve(await readFile(ptau), async (url) => {
          const onProgress = (_step: string, fraction?: number): void =>
            void fractions.push(fraction ?? 0);
          const found = await obtainPtau(4, { cache: fresh, ptau: url, pins: [pin], onProgress });
          expect(found.path).to.equal(join(fresh, "ptau", pin.file));
        });
        expect(fractions.at(-1)).to.equal(1);
        await obtainPtau(4, { cache: fresh, pins: [pin] });
      });

      it("keeps nothing of a file with another hash", async () => {
        const fresh = temporaryFolder();
        await serve(Buffer.from("<html>not found</html>"), async (url) => {
          const problem = await problemOf(obtainPtau(4, { cache: fresh, ptau: url, pins: [pin] }));
          expect(problem.code).to.equal("PTAU_HASH_MISMATCH");
        });
        expect(await readdir(join(fresh, "ptau"))).to.deep.equal([]);
      });
    });

    it("pins the public files from 2^8 to 2^20, each by a hash of 64 bytes", () => {
      expect(PTAU_PINS.map((it) => it.power)).to.deep.equal(
        Array.from({ length: 13 }, (_, i) => i + 8),
      );
      expect(new Set(PTAU_PINS.map((it) => it.hash))).to.have.property("size", 13);
      for (const { hash } of PTAU_PINS) expect(hash).to.match(/^[0-9a-f]{128}$/);
      expect(PTAU_PINS[0]?.url).to.equal(
        "https://storage.googleapis.com/zkevm/ptau/powersOfTau28_hez_final_08.ptau",
      );
    });
  });
});

async function makePtau(path: string): Promise<void> {
  const folder = `${path}.parts`;
  await mkdir(folder);
  const parts = [0, 1, 2].map((it) => join(folder, `${it}.ptau`)) as [string, string, string];
  await powersOfTau.newAccumulator(await buildBn128(), POWER, parts[0]);
  await powersOfTau.contribute(parts[0], parts[1], "test", "entropy");
  await powersOfTau.preparePhase2(parts[1], parts[2]);
  await rename(parts[2], path);
}

/** Offset of the content of a section of a zkey. */
function findSection(bytes: Buffer, id: number): number {
  let at = 12;
  while (bytes.readUInt32LE(at) !== id) at += 12 + Number(bytes.readBigUInt64LE(at + 4));
  return at + 12;
}
