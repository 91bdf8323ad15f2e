import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BASE_FIELD, verifyCommitted, verifyWeightsRegistration } from "@vouch/protocol";
import {
  adoptCommittedCeremony,
  applyCommittedBeacon,
  applyLinkBeacon,
  beginLink,
  buildCircuit,
  committedDevelopmentSetup,
  committedDocumentHash,
  contributeCommitted,
  contributeLink,
  developmentPowers,
  drawBlind,
  proveCommitted,
  proveWeights,
  startCommittedCeremony,
  terminate,
  verifyCommittedCeremony,
  verifyCommittedUpdate,
  verifyLink,
  verifyNextCommitted,
  verifyNextLink,
} from "@vouch/prover";
import type {
  AdoptedCeremony,
  CircuitArtefacts,
  CommittedCeremonyMaterial,
  CommittedGroups,
  LinkedKeys,
  PtauOptions,
} from "@vouch/prover";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { littleEndian } from "../../../offchain/prover/ceremony/curvePoints.ts";
import {
  decodeContributions,
  encodeContributions,
} from "../../../offchain/prover/committed/ceremony/contributionRecord.ts";
import { readLinkCeremony } from "../../../offchain/prover/committed/ceremony/linkCeremony.ts";
import { encodeLinkRecords } from "../../../offchain/prover/committed/ceremony/linkRecord.ts";
import type { LinkRecord } from "../../../offchain/prover/committed/ceremony/linkRecord.ts";
import { encodeLinkFile } from "../../../offchain/prover/committed/linkFile.ts";
import { readSections, writeSections } from "./ceremony/phaseTwo.ts";
import {
  INFERENCE,
  INFERENCE_GROUPS,
  WEIGHTS_CIRCUIT,
  WEIGHTS_GROUPS,
} from "./committedCircuits.ts";
import { CIRCUIT, inferenceWork, registrationWork, W } from "./committedFixture.ts";
import { problemOf, temporaryFolder } from "./fixture.ts";

/** The long run tries each part of a key; the default one those that plain keys do not have. */
const IS_DEEP = process.env["VOUCH_DEEP"] === "1";
/** Rows of either circuit lie below 2^6. */
const POWER = 6;
const BEACON = { hash: "2a".repeat(32), iterationsExponent: 10 };
/** Files after 0, 1, 2 contributions, and after the beacon. */
type Files = readonly [string, string, string, string];

describe("a ceremony of commit-and-prove", function () {
  this.timeout(120_000);
  const cache = temporaryFolder();
  const powers = join(cache, "tiny.ptau");
  let circuit: CircuitArtefacts;
  let weightsCircuit: CircuitArtefacts;
  let inference: Files;
  let weights: Files;
  let link: Files;
  let initials: LinkedKeys;
  let material: CommittedCeremonyMaterial;

  before(async () => {
    circuit = await buildCircuit(INFERENCE, { cache });
    weightsCircuit = await buildCircuit(WEIGHTS_CIRCUIT, { cache });
    await developmentPowers(POWER, powers);
    inference = await runCeremony("inference", circuit, INFERENCE_GROUPS);
    weights = await runCeremony("weights", weightsCircuit, WEIGHTS_GROUPS);
    initials = { inference: { zkey: inference[0] }, weights: { zkey: weights[0] } };
    link = await runLink(initials);
    const blake2b = createHash("blake2b512")
      .update(await readFile(powers))
      .digest("hex");
    const [own, other] = [circuit.r1cs, weightsCircuit.r1cs];
    material = {
      powers: { path: powers, blake2b, origin: "development" },
      inference: { r1cs: own, groups: INFERENCE_GROUPS, zkey: inference[3] },
      weights: { r1cs: other, groups: WEIGHTS_GROUPS, zkey: weights[3], link: link[3] },
    };
  });
  after(terminate);

  describe("given files that two contributed to, and a beacon ended", () => {
    let adopted: AdoptedCeremony;
    before(async () => {
      const { blake2b } = material.powers;
      const pin = { power: POWER, file: "tiny.ptau", url: "http://127.0.0.1:9", hash: blake2b };
      const options: PtauOptions = { cache, ptau: powers, pins: [pin] };
      adopted = await adoptCommittedCeremony(
        { artefacts: circuit, groups: INFERENCE_GROUPS, zkey: inference[3] },
        {
          ...{ artefacts: weightsCircuit, groups: WEIGHTS_GROUPS, zkey: weights[3] },
          link: link[3],
        },
        options,
      );
    });

    it("makes keys and a link that prove, by one transcript", async () => {
      const { inference: own, weights: other } = adopted;
      if (other === undefined) throw new Error("the weights are private");
      const made = {
        ...{ circuit, weightsCircuit, inference: own, weights: other.setup },
        blinds: { inference: drawBlind(), weights: drawBlind() },
        link: other.link,
      };
      const registration = await proveWeights(made, registrationWork(made, {}));
      const work = inferenceWork({ ...made, registration });
      const { proof } = await proveCommitted(own, work);
      const keys = { inference: own.key, weights: other.setup.key, link: other.link.link };
      expect(verifyCommitted(own.key, proof, work.claim)).to.be.true;
      expect(verifyWeightsRegistration(keys, CIRCUIT, W, registration)).to.be.true;
      expect(new Set([own, other.setup, other.link].map((it) => it.transcript)).size).to.equal(1);
      expect([own, other.setup, other.link].map((it) => it.class)).to.deep.equal(
        ["unverified", "unverified", "unverified"], // prettier-ignore
      );
    });

    it("derives one document, which names powers, keys, link and each contribution to all", async () => {
      const { document, secrets, transcripts } = await verifyCommittedCeremony(material);
      expect(secrets).to.equal(2);
      expect(transcripts.current).to.equal(committedDocumentHash(document));
      expect(document.contributions.map(({ name, beacon }) => [name, beacon])).to.deep.equal([
        ["Ada", undefined],
        ["Grace", undefined],
        ["drand 1", BEACON],
      ]);
      const { origin, ...rest } = { ...document.powers };
      const asPublic = { ...document, powers: { ...rest, origin: "public" } as const };
      expect([origin, committedDocumentHash(asPublic)]).to.deep.equal(
        ["development", adopted.inference.transcript], // prettier-ignore
      );
    });

    it("derives the beacon's bytes again", async () => {
      const again = join(cache, "again.zkey");
      await applyCommittedBeacon(inference[2], again, { source: "drand 1", beacon: BEACON });
      expect(await readFile(again)).to.deep.equal(await readFile(inference[3]));
      await applyLinkBeacon(initials, link[2], again, { source: "drand 1", beacon: BEACON });
      expect(await readFile(again)).to.deep.equal(await readFile(link[3]));
    });

    it("takes nothing behind the beacon, and no beacon alone", async () => {
      const to = join(cache, "never.zkey");
      const end = { source: "drand 1", beacon: BEACON };
      const codes = [
        await codeOfPromise(contributeCommitted(inference[3], to, { name: "late" })),
        await codeOfPromise(contributeLink(initials, link[3], to, { name: "late" })),
        await codeOfPromise(applyCommittedBeacon(inference[0], to, end)),
        await codeOfPromise(applyLinkBeacon(initials, link[0], to, end)),
      ];
      expect(codes).to.deep.equal([
        ...["CEREMONY_OVER", "CEREMONY_OVER"],
        ...["CONTRIBUTION_MISSING", "CONTRIBUTION_MISSING"],
      ]);
    });
  });

  describe("given one contribution upon another", () => {
    const steps = (next: string): { initial: string; current: string; next: string } => ({
      ...{ initial: inference[0], current: inference[1], next },
    });

    it("verifies it under its name alone", async () => {
      expect((await verifyNextCommitted(steps(inference[2]), "Grace")).name).to.equal("Grace");
      const pair = { current: link[1], next: link[2] };
      expect((await verifyNextLink(initials, pair, "Grace")).name).to.equal("Grace");
      const codes = [
        await codeOfPromise(verifyNextCommitted(steps(inference[2]), "Mallory")),
        await codeOfPromise(verifyNextLink(initials, pair, "Mallory")),
      ];
      expect(codes).to.deep.equal(["CONTRIBUTION_INVALID", "CONTRIBUTION_INVALID"]);
    });

    it("refuses a beacon, two at once, and one upon the key before", async () => {
      const other = join(cache, "other.zkey");
      await contributeCommitted(inference[0], other, { name: "Grace" });
      for (const next of [inference[3], other, inference[1]]) {
        const code = await codeOfPromise(verifyNextCommitted(steps(next), "Grace"));
        expect(code).to.equal("CONTRIBUTION_INVALID");
      }
      const pair = { current: link[1], next: link[3] };
      expect(await codeOfPromise(verifyNextLink(initials, pair, "drand 1"))).to.equal(
        "CONTRIBUTION_INVALID",
      );
    });

    it("refuses Ada's contribution taken for one's own, upon hers or in the place of it", async () => {
      const reuse = async (records: readonly number[]): Promise<unknown> => {
        const forged = await withSection(inference[2], 10, (section) => {
          const { circuitHash, records: own } = decodeContributions(section, "it");
          const taken = records.map((i) => ({ ...own[i], name: i === 0 ? "Mallory" : "Grace" }));
          return encodeContributions({ circuitHash, records: taken as typeof own });
        });
        return (await problemOf(verifyInference(forged))).code;
      };
      expect(await reuse([0])).to.equal("CONTRIBUTION_INVALID");
      expect(await reuse([1, 0])).to.equal("CONTRIBUTION_INVALID");
    });
  });

  describe("given a forged key", () => {
    it("refuses the key that contributions begin from, under which anyone forges", async () => {
      expect(await codeOfPromise(verifyInference(inference[0]))).to.equal("CONTRIBUTION_MISSING");
    });

    it("refuses a development key", async () => {
      const { zkey } = await committedDevelopmentSetup(circuit, INFERENCE_GROUPS, { cache });
      expect(await codeOfPromise(verifyInference(zkey))).to.equal("SETUP_MISMATCH");
    });

    it("refuses sigma of another key of the ceremony, or of the round before", async () => {
      for (const from of [weights[3], inference[2]]) {
        const sigma = (await readSections(from)).get(14) ?? Buffer.alloc(0);
        const forged = await withSection(inference[3], 14, () => sigma);
        expect(await problemOf(verifyInference(forged))).to.deep.equal({
          code: "SETUP_MISMATCH",
          part: "sigma",
        });
      }
    });

    for (const [section, part] of [
      [3, "section 3"],
      [4, "section 4"],
      [12, "section 12"],
    ] as const) {
      if (!IS_DEEP && section !== 12) continue;
      it(`refuses one bit of section ${section} changed`, async () => {
        const forged = await withSection(inference[3], section, (bytes) => {
          bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
          return bytes;
        });
        expect(await problemOf(verifyInference(forged))).to.deep.equal({
          code: "SETUP_MISMATCH",
          part,
        });
      });
    }

    for (const [section, part] of [
      [8, "section 8"],
      [9, "section 9"],
      [13, "the advice's bases times sigma"],
    ] as const) {
      if (!IS_DEEP && section !== 13) continue;
      it(`refuses two points of section ${section} swapped`, async () => {
        const forged = await withSection(inference[3], section, (bytes) =>
          Buffer.concat([bytes.subarray(64, 128), bytes.subarray(0, 64), bytes.subarray(128)]),
        );
        expect(await problemOf(verifyInference(forged))).to.deep.equal({
          code: "SETUP_MISMATCH",
          part,
        });
      });
    }

    it("refuses contributions left out, exchanged, or with a beacon of another value", async () => {
      const [ada, grace, end] = [0, 1, 2];
      for (const order of [
        [ada, end],
        [grace, end],
        [grace, ada, end],
        [ada, end, grace],
      ]) {
        const forged = await withSection(inference[3], 10, (section) => {
          const { circuitHash, records } = decodeContributions(section, "it");
          const taken = order.map((i) => records[i]) as typeof records;
          return encodeContributions({ circuitHash, records: taken });
        });
        expect((await problemOf(verifyInference(forged))).code).to.equal("CONTRIBUTION_INVALID");
      }
      const without = await withSection(inference[3], 10, (section) => {
        const { circuitHash, records } = decodeContributions(section, "it");
        return encodeContributions({ circuitHash, records: records.slice(0, 2) });
      });
      expect((await problemOf(verifyInference(without))).code).to.equal("SETUP_MISMATCH");
      const other = await withSection(inference[3], 10, (section) => {
        const { circuitHash, records } = decodeContributions(section, "it");
        const beacon = { ...BEACON, hash: "2b".repeat(32) };
        const changed = records.map((it) => (it.beacon === undefined ? it : { ...it, beacon }));
        return encodeContributions({ circuitHash, records: changed });
      });
      expect((await problemOf(verifyInference(other))).code).to.equal("CONTRIBUTION_INVALID");
    });

    it("refuses a section twice: another reader would take the other", async () => {
      const sections = [...(await readSections(inference[3]))];
      const forged = join(temporaryFolder(), "twice.zkey");
      const sigma = sections.filter(([id]) => id === 14);
      await writeSections(forged, [...sections, ...sigma]);
      expect((await problemOf(verifyInference(forged))).code).to.equal("ZKEY_INVALID");
    });

    it("multiplies by its secrets nothing but points: another's key may hold some that would tell them", async () => {
      // (1, 1) lies on y^2 = x^3: the quotient x/y of a multiple is the scalar.
      const one = littleEndian((1n << 256n) % BASE_FIELD);
      const cusp = Buffer.concat([one, one]);
      const zero = new Uint8Array(32);
      const put = (section: number, at: number, point: Uint8Array): Promise<string> =>
        withSection(inference[2], section, (bytes) => {
          bytes.set(point, at);
          return bytes;
        });
      const places = [[2, 468, cusp], [8, 0, cusp], [9, 0, cusp], [13, 0, cusp], [14, 0, Buffer.concat([one, zero, one, zero])]] as const; // prettier-ignore
      for (const [section, at, point] of places) {
        const bait = await put(section, at, point);
        const work = contributeCommitted(bait, join(cache, "no.zkey"), { name: "third" });
        expect((await problemOf(work)).code, `section ${section}`).to.equal("ZKEY_INVALID");
      }
      const baited = { ...initials, inference: { zkey: await put(12, 0, cusp) } };
      const linking = contributeLink(baited, link[0], join(cache, "no.key"), { name: "first" });
      expect((await problemOf(linking)).code).to.equal("ZKEY_INVALID");
    });
  });

  describe("given a forged link", () => {
    it("refuses that of other keys", async () => {
      const folder = temporaryFolder();
      const files = [0, 1].map((i) => join(folder, `${i}.key`)) as [string, string];
      const swapped = { inference: initials.weights, weights: initials.inference };
      await beginLink(swapped, files[0]);
      await contributeLink(swapped, files[0], files[1], { name: "Ada" });
      const code = await codeOfPromise(verifyLink(initials, files[1]));
      expect(code).to.equal("CONTRIBUTION_INVALID");
    });

    it("refuses contributions left out, taken twice, or exchanged", async () => {
      const { file, records } = await readLinkCeremony(link[3]);
      const [ada, grace, end] = records as [LinkRecord, LinkRecord, LinkRecord];
      for (const taken of [
        [ada, end],
        [grace, end],
        [ada, ada, end],
        [grace, ada, end],
        [ada, end, grace],
      ]) {
        const forged = await writeLink(encodeLinkFile(file, encodeLinkRecords(taken)));
        const code = await codeOfPromise(verifyLink(initials, forged));
        expect(code).to.equal("CONTRIBUTION_INVALID");
      }
      const without = await writeLink(encodeLinkFile(file, encodeLinkRecords([ada, grace])));
      expect(await codeOfPromise(verifyLink(initials, without))).to.equal("SETUP_MISMATCH");
      const none = await writeLink(encodeLinkFile(file, encodeLinkRecords([])));
      expect(await codeOfPromise(verifyLink(initials, none))).to.equal("CONTRIBUTION_MISSING");
      const alone = await writeLink(encodeLinkFile(file));
      expect(await codeOfPromise(verifyLink(initials, alone))).to.equal("LINK_INVALID");
    });

    it("refuses a point changed for another, blinds included", async () => {
      const { file, records } = await readLinkCeremony(link[3]);
      for (const i of [0, 6, 7]) {
        const points = Uint8Array.from(file.points);
        points.set(file.points.subarray(64, 128), i * 64); // that of the second weight
        const forged = await writeLink(
          encodeLinkFile({ ...file, points }, encodeLinkRecords(records)),
        );
        expect(await problemOf(verifyLink(initials, forged))).to.deep.equal({
          code: "SETUP_MISMATCH",
          part: "a point of the link",
        });
      }
    });
  });

  describe("given files of several ceremonies", () => {
    it("refuses a key that fewer contributed to, or others, and a link likewise", async () => {
      const weightsMaterial = material.weights;
      if (weightsMaterial === undefined) throw new Error("the weights are private");
      const folder = temporaryFolder();
      const [first, second] = [join(folder, "1.key"), join(folder, "2.key")];
      await contributeLink(initials, link[0], first, { name: "Eve" });
      await contributeLink(initials, first, second, { name: "Grace" });
      const mixes = [{ zkey: weights[2] }, { link: link[2] }, { link: second }];
      for (const changed of IS_DEEP ? mixes : mixes.slice(1)) {
        const mixed = { ...material, weights: { ...weightsMaterial, ...changed } };
        const problem = await problemOf(verifyCommittedCeremony(mixed));
        expect(problem.code).to.equal("SETUP_MISMATCH");
      }
    });

    it("wants weights' key and link for private weights", async () => {
      const { powers, inference } = material;
      expect(await problemOf(verifyCommittedCeremony({ powers, inference }))).to.deep.equal({
        code: "SETUP_MISMATCH",
        part: "whether weights are private",
      });
    });
  });

  async function verifyInference(zkey: string): Promise<unknown> {
    return verifyCommittedUpdate(inference[0], zkey);
  }

  async function withSection(
    path: string,
    id: number,
    alter: (content: Buffer) => Uint8Array,
  ): Promise<string> {
    const sections = await readSections(path);
    sections.set(id, Buffer.from(alter(Buffer.from(sections.get(id) ?? []))));
    const to = join(temporaryFolder(), "forged.zkey");
    await writeSections(to, sections);
    return to;
  }

  async function writeLink(content: Uint8Array): Promise<string> {
    const path = join(temporaryFolder(), "forged.key");
    await writeFile(path, content);
    return path;
  }

  async function runCeremony(
    name: string,
    artefacts: CircuitArtefacts,
    groups: CommittedGroups,
  ): Promise<Files> {
    const files = [0, 1, 2, 3].map((i) => join(cache, `${name}${i}.zkey`)) as [string, string, string, string]; // prettier-ignore
    await startCommittedCeremony(artefacts, groups, { path: powers }, files[0]);
    await contributeCommitted(files[0], files[1], { name: "Ada", threads: 1 });
    await contributeCommitted(files[1], files[2], { name: "Grace", entropy: "some", threads: 1 });
    await applyCommittedBeacon(files[2], files[3], { source: "drand 1", beacon: BEACON });
    return files;
  }

  async function runLink(keys: LinkedKeys): Promise<Files> {
    const files = [0, 1, 2, 3].map((i) => join(cache, `link${i}.key`)) as [string, string, string, string]; // prettier-ignore
    await beginLink(keys, files[0]);
    await contributeLink(keys, files[0], files[1], { name: "Ada", threads: 1 });
    await contributeLink(keys, files[1], files[2], { name: "Grace", entropy: "x", threads: 1 });
    await applyLinkBeacon(keys, files[2], files[3], { source: "drand 1", beacon: BEACON });
    return files;
  }
});
