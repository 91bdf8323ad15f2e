import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BASE_FIELD } from "@vouch/protocol";
import { applyBeacon, contribute, terminate, verifyContributions } from "@vouch/prover";
import { expect } from "chai";
import { zKey } from "snarkjs";
import { problemOf, temporaryFolder } from "../fixture.ts";
import { littleEndian } from "../../../../offchain/prover/ceremony/curvePoints.ts";
import { outsideSubgroup } from "../../../helpers/curvePoints.ts";
import { beginPhaseTwo, readSections, writeSections } from "./phaseTwo.ts";
import type { PhaseTwo } from "./phaseTwo.ts";

const BEACON = { hash: "00ff12", iterationsExponent: 10 };

describe("contribute", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const key = (name: string): string => join(folder, `${name}.zkey`);
  let begun: PhaseTwo;

  before(async () => {
    begun = await beginPhaseTwo(folder);
    await contribute(begun.initial, key("1"), { name: "Ada", entropy: "typed" });
  });
  after(terminate);

  it("makes a key that snarkjs verifies, after a contribution of snarkjs, and before one", async () => {
    await zKey.contribute(key("1"), key("2"), "snarkjs", "entropy");
    const third = await contribute(key("2"), key("3"), { name: "Börge" });
    await zKey.contribute(key("3"), key("4"), "snarkjs", "entropy");
    const last = await applyBeacon(key("4"), key("5"), { source: "drand 1", beacon: BEACON });
    // In memory, since snarkjs does not close the files that it verifies.
    const powers = { type: "mem", data: await readFile(begun.powers.path) } as const;
    const final = { type: "mem", data: await readFile(key("5")) } as const;
    expect(await zKey.verifyFromR1cs(begun.circuit.r1cs, powers, final)).to.be.true;
    const verified = await verifyContributions(begun.initial, key("5"));
    expect(verified.map(({ name }) => name)).to.deep.equal(
      ["Ada", "snarkjs", "Börge", "snarkjs", "drand 1"], // prettier-ignore
    );
    expect([verified[2]?.hash, verified[4]?.hash]).to.deep.equal([third.hash, last.hash]);
    expect(verified[4]?.beacon).to.deep.equal(BEACON);
    expect([third.number, last.number]).to.deep.equal([3, 5]);
  });

  it("makes by a beacon, byte for byte, the key that snarkjs makes", async () => {
    const [ours, theirs] = [key("ours"), key("theirs")];
    await applyBeacon(key("1"), ours, { source: "drand 1", beacon: BEACON });
    await zKey.beacon(key("1"), theirs, "drand 1", BEACON.hash, BEACON.iterationsExponent);
    expect(Buffer.compare(await readFile(ours), await readFile(theirs))).to.equal(0);
  });

  it("gives two contributors, or one twice, different keys", async () => {
    const of = async (to: string): Promise<string> =>
      (await contribute(begun.initial, key(to), { name: "Ada", entropy: "typed" })).sha256;
    expect(await of("once")).to.not.equal(await of("twice"));
  });

  describe("given what may not be", () => {
    it("refuses names that are empty, too long or not printable", async () => {
      for (const name of ["", " Ada", "a\u001b[2J", "\u202eAda", "ä".repeat(33)]) {
        const { code } = await problemOf(contribute(begun.initial, key("no"), { name }));
        expect(code, name).to.equal("CONTRIBUTION_NAME");
      }
    });

    it("refuses a beacon that is none, one before any contribution, and a contribution behind one", async () => {
      const apply = (from: string, beacon = BEACON): Promise<unknown> =>
        applyBeacon(from, key("no"), { source: "drand", beacon });
      const codes = [
        (await problemOf(apply(key("1"), { ...BEACON, hash: "0x00" }))).code,
        (await problemOf(apply(key("1"), { ...BEACON, iterationsExponent: 64 }))).code,
        (await problemOf(apply(begun.initial))).code,
        (await problemOf(contribute(key("ours"), key("no"), { name: "late" }))).code,
      ];
      expect(codes).to.deep.equal([
        ...["BEACON_INVALID", "BEACON_INVALID"],
        ...["CONTRIBUTION_MISSING", "CEREMONY_OVER"],
      ]);
    });

    it("multiplies by its secret nothing but points: another's key may hold some that would tell it", async () => {
      // (1, 1) lies on y^2 = x^3, a curve with a cusp: the quotient x/y of a multiple is the scalar.
      const one = littleEndian((1n << 256n) % BASE_FIELD);
      const zero = new Uint8Array(32);
      const [x1, x0, y1, y0] = outsideSubgroup();
      const montgomery = [x0, x1, y0, y1].map((it) => littleEndian((it << 256n) % BASE_FIELD));
      const delta1 = 468; // in the header
      const places: readonly (readonly [section: number, at: number, point: Uint8Array])[] = [
        [2, delta1, Buffer.concat([one, one])],
        [2, delta1 + 64, Buffer.concat([one, zero, one, zero])],
        [2, delta1 + 64, Buffer.concat(montgomery)],
        [8, 0, Buffer.concat([one, one])],
        [9, 64, Buffer.concat([one, one])],
        [9, 64, Buffer.alloc(64, 0xff)],
      ];
      for (const [section, at, point] of places) {
        const sections = await readSections(key("1"));
        sections.get(section)?.set(point, at);
        await writeSections(key("bait"), sections);
        const work = contribute(key("bait"), key("no"), { name: "Grace", threads: 1 });
        expect((await problemOf(work)).code, `section ${section}`).to.equal("ZKEY_INVALID");
      }
    });

    it("leaves no file behind when it is aborted or refuses", async () => {
      const before = await readdir(folder);
      const signal = AbortSignal.abort();
      const aborted = contribute(begun.initial, key("no"), { name: "Ada", signal });
      expect((await problemOf(aborted)).code).to.equal("ABORTED");
      const controller = new AbortController();
      const onProgress = (): void => {
        controller.abort();
      };
      const options = { name: "Ada", signal: controller.signal, onProgress };
      expect((await problemOf(contribute(begun.initial, key("no"), options))).code).to.equal(
        "ABORTED",
      );
      expect(await readdir(folder)).to.deep.equal(before);
    });
  });
});
