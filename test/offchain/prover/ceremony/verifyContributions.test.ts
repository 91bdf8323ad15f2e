import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BASE_FIELD, SCALAR_FIELD } from "@vouch/protocol";
import {
  contribute,
  developmentPowers,
  terminate,
  verifyContributions,
  verifyNext,
} from "@vouch/prover";
import type { ProverProblem } from "@vouch/prover";
import { expect } from "chai";
import { zKey } from "snarkjs";
import {
  decodeContributions,
  encodeContributions,
  nextChallenge,
} from "../../../../offchain/prover/ceremony/contributionRecords.ts";
import type { ContributionRecord } from "../../../../offchain/prover/ceremony/contributionRecords.ts";
import { littleEndian, openCurvePoints } from "../../../../offchain/prover/ceremony/curvePoints.ts";
import { hashToG2 } from "../../../../offchain/prover/ceremony/deltaKey.ts";
import {
  loadCurveCode,
  loadSingleThreadedCurve,
} from "../../../../offchain/prover/setup/curveCode.ts";
import { outsideSubgroup } from "../../../helpers/curvePoints.ts";
import { problemOf, temporaryFolder } from "../fixture.ts";
import { beginPhaseTwo, readSections, writeSections } from "./phaseTwo.ts";
import type { PhaseTwo } from "./phaseTwo.ts";

const [HEADER, IC, C, H, CONTRIBUTIONS] = [2, 3, 8, 9, 10] as const;
const DELTA1_AT = 468; // in the header: counts (84), alpha1, beta1 (64 each), beta2, gamma2 (128 each)

describe("verifyContributions", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const key = (name: string): string => join(folder, `${name}.zkey`);
  let begun: PhaseTwo;

  before(async () => {
    begun = await beginPhaseTwo(folder);
    await contribute(begun.initial, key("1"), { name: "Ada" });
    await contribute(key("1"), key("2"), { name: "Grace" });
  });
  after(terminate);

  /** The problem with key 2 once its sections are changed. */
  const forged = async (
    change: (sections: Map<number, Buffer>) => void | Promise<void>,
  ): Promise<ProverProblem> => {
    const sections = new Map(
      [...(await readSections(key("2")))].map(([id, it]) => [id, Buffer.from(it)]),
    );
    await change(sections);
    await writeSections(key("forged"), sections);
    return problemOf(verifyContributions(begun.initial, key("forged"), { threads: 1 }));
  };
  /** Changes the last contribution's record. */
  const forgedRecord = async (
    change: (record: ContributionRecord) => ContributionRecord,
  ): Promise<ProverProblem> =>
    forged((sections) => {
      const { contributions, ...rest } = decodeContributions(
        sections.get(CONTRIBUTIONS) ?? Buffer.of(),
        "",
      );
      const changed = contributions.map((it, i) => (i === 1 ? change(it) : it));
      const encoded = encodeContributions({ ...rest, contributions: changed });
      sections.set(CONTRIBUTIONS, Buffer.from(encoded));
    });

  it("accepts what was contributed, and lists it", async () => {
    const names = (await verifyContributions(begun.initial, key("2"))).map(({ name }) => name);
    expect(names).to.deep.equal(["Ada", "Grace"]);
  });

  describe("given a forged contribution", () => {
    it("refuses a multiple of delta that its author does not know", async () => {
      // The author takes the multiple x·G of somebody else for its own and shows the other's proof of knowledge.
      const first = decodeContributions(
        (await readSections(key("1"))).get(CONTRIBUTIONS) ?? Buffer.of(),
        "",
      );
      const stolen = first.contributions[0];
      const problem = await forgedRecord((it) => ({ ...it, ...stolen, deltaAfter: it.deltaAfter }));
      expect(problem).to.deep.include({ code: "CONTRIBUTION_INVALID", number: 2 });
    });

    it("refuses a delta that the contributions before have no part in", async () => {
      // x is known and its proof holds, but delta becomes x·G, not x times what it was: all before are undone.
      const curve = await loadSingleThreadedCurve();
      const code = await loadCurveCode();
      const points = openCurvePoints(code);
      const x = littleEndian(42n);
      const problem = await forged((sections) => {
        const records = decodeContributions(sections.get(CONTRIBUTIONS) ?? Buffer.of(), "");
        const before = { ...records, contributions: records.contributions.slice(0, 1) };
        const s = code.generators.g1m;
        const sx = points.multiply("g1m", s, x);
        const challenge = nextChallenge(points, before, { s, sx });
        const spx = points.multiply("g2m", hashToG2(curve, challenge), x);
        const own = { s, sx, spx, challenge, deltaAfter: sx, name: "Mallory" };
        const contributions = [...before.contributions, own];
        sections.set(
          CONTRIBUTIONS,
          Buffer.from(encodeContributions({ ...records, contributions })),
        );
        const delta2 = points.multiply("g2m", code.generators.g2m, x);
        sections.get(HEADER)?.set(Buffer.concat([sx, delta2]), DELTA1_AT);
      });
      expect(problem).to.deep.equal({
        code: "CONTRIBUTION_INVALID",
        number: 2,
        reason: "delta is not its multiple",
      });
    });

    it("refuses a proof of knowledge for another history", async () => {
      const problem = await forged((sections) => {
        const records = decodeContributions(sections.get(CONTRIBUTIONS) ?? Buffer.of(), "");
        const contributions = records.contributions.toReversed();
        sections.set(
          CONTRIBUTIONS,
          Buffer.from(encodeContributions({ ...records, contributions })),
        );
      });
      expect(problem).to.deep.include({ code: "CONTRIBUTION_INVALID", number: 1 });
    });

    it("refuses points that are infinity, off the curve, beyond the field, or outside the subgroup", async () => {
      const one = Buffer.alloc(64, 1);
      const changes: readonly ((it: ContributionRecord) => ContributionRecord)[] = [
        (it) => ({ ...it, sx: new Uint8Array(64) }),
        (it) => ({ ...it, s: one }),
        (it) => ({ ...it, deltaAfter: Buffer.alloc(64, 0xff) }),
        (it) => ({ ...it, spx: pointOutsideSubgroup() }),
      ];
      for (const change of changes) {
        const problem = await forgedRecord(change);
        expect(problem).to.deep.equal({
          code: "CONTRIBUTION_INVALID",
          number: 2,
          reason: "a point is not one of the curve's groups",
        });
      }
    });

    it("refuses a beacon that gives another key, and a beacon before the last", async () => {
      const beacon = { hash: "00", iterationsExponent: 10 };
      const relabelled = await forgedRecord((it) => ({ ...it, beacon }));
      expect(relabelled).to.deep.include({ code: "CONTRIBUTION_INVALID", number: 2 });
      await zKey.beacon(key("1"), key("beacon"), "b", "00", 10);
      await zKey.contribute(key("beacon"), key("after"), "late", "entropy");
      const work = verifyContributions(begun.initial, key("after"));
      expect(await problemOf(work)).to.deep.include({ code: "CONTRIBUTION_INVALID", number: 2 });
    });
  });

  describe("given a key that its contributions do not lead to", () => {
    it("refuses other points of delta", async () => {
      const points = openCurvePoints(await loadCurveCode());
      const { generators } = await loadCurveCode();
      const known = littleEndian(7n);
      const first = await forged((sections) => {
        sections.get(HEADER)?.set(points.multiply("g1m", generators.g1m, known), DELTA1_AT);
      });
      const second = await forged((sections) => {
        sections.get(HEADER)?.set(points.multiply("g2m", generators.g2m, known), DELTA1_AT + 64);
      });
      expect([first.code, second.code]).to.deep.equal(["KEY_UNRELATED", "KEY_UNRELATED"]);
    });

    for (const [name, id] of [
      ["C", C],
      ["H", H],
    ] as const)
      // prettier-ignore
      it(`refuses section ${name} with one point negated, twice, at infinity, off the curve`, async () => {
        const points = openCurvePoints(await loadCurveCode());
        const point = async (change: (old: Uint8Array) => Uint8Array): Promise<string> => {
          const problem = await forged((sections) => {
            const section = sections.get(id) ?? Buffer.of();
            const at = section.length - 64;
            section.set(change(Uint8Array.from(section.subarray(at))), at);
          });
          return problem.code;
        };
        const times = (factor: bigint) => (old: Uint8Array) =>
          points.multiply("g1m", old, littleEndian(factor));
        const codes = [
          await point(times(SCALAR_FIELD - 1n)),
          await point(times(2n)),
          await point(() => new Uint8Array(64)),
          await point((old) => old.with(0, (old[0] ?? 0) ^ 1)),
        ];
        expect(codes).to.deep.equal(codes.map(() => "KEY_UNRELATED"));
      });

    it("refuses a changed section that no contribution touches", async () => {
      const problem = await forged((sections) => {
        const section = sections.get(IC);
        const first = Buffer.from(section?.subarray(0, 64) ?? []);
        section?.copyWithin(0, 64, 128);
        section?.set(first, 64);
      });
      expect(problem.code).to.equal("KEY_UNRELATED");
    });

    it("refuses a file with a section twice, or with something behind the last", async () => {
      const bytes = await readFile(key("2"));
      const sections = [...(await readSections(key("2")))];
      await writeFile(key("longer"), Buffer.concat([bytes, Buffer.of(0)]));
      const last = sections.at(-1) ?? [CONTRIBUTIONS, Buffer.of()];
      await writeSections(key("double"), [...sections, last]);
      for (const name of ["longer", "double"]) {
        const work = verifyContributions(begun.initial, key(name));
        expect((await problemOf(work)).code, name).to.equal("ZKEY_INVALID");
      }
    });

    it("refuses the key of another phase 1, and a key with a contribution as the initial one", async () => {
      const [powers, initial] = [join(folder, "other.ptau"), key("other")];
      await developmentPowers(4, powers);
      await zKey.newZKey(begun.circuit.r1cs, powers, initial);
      const foreign = await problemOf(verifyContributions(initial, key("2")));
      const late = await problemOf(verifyContributions(key("1"), key("2")));
      expect([foreign.code, late.code]).to.deep.equal(["KEY_UNRELATED", "KEY_UNRELATED"]);
    });
  });

  describe("verifyNext", () => {
    const next = async (current: string, name = "Grace", file = "2"): Promise<unknown> =>
      verifyNext({ initial: begun.initial, current: key(current), next: key(file) }, name);

    it("accepts one contribution more, under its name", async () => {
      expect(await next("1")).to.deep.include({ name: "Grace" });
    });

    it("refuses none, two, another name, and one that builds on an older key", async () => {
      await copyFile(begun.initial, key("0"));
      await contribute(key("0"), key("side"), { name: "Ada" });
      await contribute(key("side"), key("sidestep"), { name: "Grace" });
      const problems = [
        await problemOf(next("2")),
        await problemOf(next("0")),
        await problemOf(next("1", "Ada")),
        await problemOf(next("1", "Grace", "sidestep")),
      ];
      expect(problems.map(({ code }) => code)).to.deep.equal(
        problems.map(() => "CONTRIBUTION_INVALID"),
      );
    });

    it("refuses what snarkjs contributes behind a beacon", async () => {
      await zKey.beacon(key("1"), key("ended"), "b", "00", 10);
      await zKey.contribute(key("ended"), key("late"), "Grace", "entropy");
      expect(await problemOf(next("ended", "Grace", "late"))).to.deep.include({
        code: "CONTRIBUTION_INVALID",
        number: 2,
      });
    });
  });
});

/** As a key has it: x and y little-endian, in Montgomery form. */
function pointOutsideSubgroup(): Uint8Array {
  const [x1, x0, y1, y0] = outsideSubgroup();
  return Buffer.concat([x0, x1, y0, y1].map((it) => littleEndian((it << 256n) % BASE_FIELD)));
}
