import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BASE_FIELD, verifyCommitted, verifyWeightsRegistration } from "@vouch/protocol";
import {
  buildCircuit,
  committedDevelopmentSetup,
  contributeCommitted,
  contributeLink,
  decodeLinkRecords,
  drawBlind,
  encodeLinkFile,
  encodeLinkRecords,
  linkKeyOf,
  proveCommitted,
  proveWeights,
  readCommittedHeader,
  startCommittedCeremony,
  terminate,
  verifyCommittedSetup,
  verifyCommittedUpdate,
  verifyLinkSetup,
} from "@vouch/prover";
import type {
  CircuitArtefacts,
  CommittedGroups,
  CommittedSetup,
  LinkCeremony,
} from "@vouch/prover";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { buildBn128 } from "ffjavascript";
import { powersOfTau } from "snarkjs";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import {
  INFERENCE,
  INFERENCE_GROUPS,
  WEIGHTS_CIRCUIT,
  WEIGHTS_GROUPS,
} from "./committedCircuits.ts";
import { CIRCUIT, inferenceWork, registrationWork, W } from "./committedFixture.ts";
import { littleEndian } from "../../../offchain/prover/ceremony/curvePoints.ts";
import { readSections, writeSections } from "./ceremony/phaseTwo.ts";
import { problemOf, temporaryFolder } from "./fixture.ts";

/** The long run tries each part of a key; the default one the part that plain keys do not have. */
const IS_DEEP = process.env["VOUCH_DEEP"] === "1";
/** Rows of either circuit lie below 2^6. */
const POWER = 6;

describe("a ceremony of commit-and-prove", function () {
  this.timeout(120_000);
  const cache = temporaryFolder();
  const ptau = { path: join(cache, "tiny.ptau") };
  const chains: Record<"inference" | "weights", { files: string[]; start: Hex }> = {
    inference: { files: [], start: "0x" },
    weights: { files: [], start: "0x" },
  };
  let circuit: CircuitArtefacts;
  let weightsCircuit: CircuitArtefacts;
  let setups: { readonly inference: CommittedSetup; readonly weights: CommittedSetup };
  let link: Required<LinkCeremony>;

  before(async () => {
    circuit = await buildCircuit(INFERENCE, { cache });
    weightsCircuit = await buildCircuit(WEIGHTS_CIRCUIT, { cache });
    await makePtau(ptau.path);
    await runCeremony("inference", circuit, INFERENCE_GROUPS);
    await runCeremony("weights", weightsCircuit, WEIGHTS_GROUPS);
    const [inference, weights] = [
      await verifyCommittedSetup(circuit, INFERENCE_GROUPS, ptau, last("inference")),
      await verifyCommittedSetup(weightsCircuit, WEIGHTS_GROUPS, ptau, last("weights")),
    ];
    expect(inference.names).to.deep.equal(["first", "second"]);
    setups = { inference: inference.setup, weights: weights.setup };
    const first = await contributeLink(setups, { records: [] }, { name: "first" });
    link = await contributeLink(setups, first, { name: "second", entropy: "some" });
  });
  after(terminate);

  it("makes keys and a link that prove, and are verified from the r1cs on", async () => {
    const { transcript, names } = await verifyLinkSetup(setups, link);
    expect(names).to.deep.equal(["first", "second"]);
    const file = join(cache, "link.key");
    await writeFile(file, encodeLinkFile(link.file));
    const made = {
      ...{ circuit, weightsCircuit, ...setups },
      blinds: { inference: drawBlind(), weights: drawBlind() },
      link: { file, link: linkKeyOf(link.file), class: "unverified", transcript } as const,
    };
    const registration = await proveWeights(made, registrationWork(made, {}));
    const work = inferenceWork({ ...made, registration });
    const { proof } = await proveCommitted(setups.inference, work);
    const { inference, weights } = setups;
    const keys = { inference: inference.key, weights: weights.key, link: made.link.link };
    expect(verifyCommitted(inference.key, proof, work.claim)).to.be.true;
    expect(verifyWeightsRegistration(keys, CIRCUIT, W, registration)).to.be.true;
    expect(inference.class).to.equal("unverified");
  });

  it("verifies one contribution upon the one before it", async () => {
    const { files, start } = chains.inference;
    const [first = "", second = "", third = ""] = files;
    expect((await verifyCommittedUpdate(second, third, start)).names).to.deep.equal(["second"]);
    const whole = await verifyCommittedUpdate(first, third, start);
    expect(whole.hash).to.equal(setups.inference.transcript);
    expect((await problemOf(verifyCommittedUpdate(third, second, start))).code).to.equal(
      "SETUP_MISMATCH",
    );
  });

  it("refuses the key that contributions begin from, under which anyone forges", async () => {
    const first = chains.inference.files[0] ?? "";
    const verifying = verifyCommittedSetup(circuit, INFERENCE_GROUPS, ptau, first);
    expect(await codeOfPromise(verifying)).to.equal("KEY_INVALID");
  });

  it("multiplies by its secrets nothing but points: another's key may hold some that would tell them", async () => {
    // (1, 1) lies on y^2 = x^3: the quotient x/y of a multiple is the scalar.
    const one = littleEndian((1n << 256n) % BASE_FIELD);
    const cusp = Buffer.concat([one, one]);
    const zero = new Uint8Array(32);
    const bait = join(cache, "bait.zkey");
    const put = async (section: number, at: number, point: Uint8Array): Promise<void> => {
      const sections = await readSections(last("inference"));
      sections.get(section)?.set(point, at);
      await writeSections(bait, sections);
    };
    const places = [[2, 468, cusp], [8, 0, cusp], [9, 0, cusp], [13, 0, cusp], [14, 0, Buffer.concat([one, zero, one, zero])]] as const; // prettier-ignore
    for (const [section, at, point] of places) {
      await put(section, at, point);
      const work = contributeCommitted(bait, join(cache, "no.zkey"), chains.inference.start, {
        name: "third",
      });
      expect((await problemOf(work)).code, `section ${section}`).to.equal("ZKEY_INVALID");
    }
    await put(12, 0, cusp);
    const baited = { ...setups, inference: { ...setups.inference, zkey: bait } };
    const linking = contributeLink(baited, { records: [] }, { name: "first" });
    expect((await problemOf(linking)).code).to.equal("ZKEY_INVALID");
  });

  it("refuses a development key", async () => {
    const { zkey } = await committedDevelopmentSetup(circuit, INFERENCE_GROUPS, { cache });
    const verifying = verifyCommittedSetup(circuit, INFERENCE_GROUPS, ptau, zkey);
    expect((await problemOf(verifying)).code).to.equal("SETUP_MISMATCH");
  });

  it("refuses contributions to another ceremony", async () => {
    const { files } = chains.inference;
    const work = verifyCommittedUpdate(files[0] ?? "", last("inference"), chains.weights.start);
    expect(await problemOf(work)).to.deep.equal({
      code: "SETUP_MISMATCH",
      part: 'the proof of knowledge of "first"',
    });
  });

  /** Each by its section, the first byte that is changed, and what is found to differ. */
  const forged = {
    "a name": [10, 64 + 4 + 4, 'the proof of knowledge of "girst"'],
    "delta of a record": [10, 64 + 4 + 4 + 5, 'the proof of knowledge of "first"'],
    "a base of committed wires": [12, 0, "section 12"],
    "a coefficient": [4, 20, "section 4"],
    "a base of the public signals": [3, 0, "section 3"],
  } as const;
  for (const [name, [section, at, part]] of Object.entries(forged)) {
    if (!IS_DEEP && section !== 10 && section !== 12) continue;
    it(`refuses a key with ${name} changed`, async () => {
      const { sections } = await readCommittedHeader(last("inference"));
      const bytes = await readFile(last("inference"));
      const place = (sections.get(section)?.at ?? 0) + at;
      bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
      expect(await refusalOf(bytes)).to.equal(part);
    });
  }

  for (const [section, part] of [
    [8, "section 8"],
    [9, "section 9"],
    [13, "the advice's bases times sigma"],
  ] as const) {
    if (!IS_DEEP && section !== 13) continue;
    it(`refuses a key with two points of section ${section} swapped`, async () => {
      const { sections } = await readCommittedHeader(last("inference"));
      const bytes = await readFile(last("inference"));
      const at = sections.get(section)?.at ?? 0;
      const first = Buffer.from(bytes.subarray(at, at + 64));
      bytes.copyWithin(at, at + 64, at + 128);
      bytes.set(first, at + 64);
      expect(await refusalOf(bytes)).to.equal(part);
    });
  }

  it("reads the records of a link as they were written", () => {
    const bytes = encodeLinkRecords(link.records);
    expect(encodeLinkRecords(decodeLinkRecords(bytes, "it"))).to.deep.equal(bytes);
    expect(codeOf(() => decodeLinkRecords(bytes.subarray(1), "it"))).to.equal("LINK_INVALID");
  });

  it("refuses a link with a record left out, taken twice, or of another ceremony", async () => {
    const [one, two] = link.records;
    if (one === undefined || two === undefined) throw new Error("there are two");
    const other = await contributeLink(
      { ...setups, weights: { ...setups.weights, transcript: `0x${"00".repeat(32)}` } },
      { records: [] },
      { name: "first" },
    );
    for (const records of [[one], [one, one], [two, one], other.records]) {
      const problem = await problemOf(verifyLinkSetup(setups, { ...link, records }));
      expect(problem.code).to.equal("SETUP_MISMATCH");
    }
    const none = verifyLinkSetup(setups, { ...link, records: [] });
    expect((await problemOf(none)).code).to.equal("CONTRIBUTION_MISSING");
  });

  it("refuses a link with a point changed for another, blinds included", async () => {
    const { points, secrets2 } = link.file;
    for (const i of [0, 6, 7]) {
      const changed = Uint8Array.from(points);
      changed.set(points.subarray(64, 128), i * 64); // that of the second weight
      const file = { points: changed, secrets2 };
      const problem = await problemOf(verifyLinkSetup(setups, { ...link, file }));
      expect(problem).to.deep.equal({ code: "SETUP_MISMATCH", part: "a point of the link" });
    }
  });

  function last(name: keyof typeof chains): string {
    return chains[name].files.at(-1) ?? "";
  }

  async function runCeremony(
    name: keyof typeof chains,
    artefacts: CircuitArtefacts,
    groups: CommittedGroups,
  ): Promise<void> {
    const files = [0, 1, 2].map((i) => join(cache, `${name}${i}.zkey`)) as [string, string, string];
    const start = await startCommittedCeremony(artefacts, groups, ptau, files[0]);
    const hash = await contributeCommitted(files[0], files[1], start, { name: "first" });
    await contributeCommitted(files[1], files[2], hash, { name: "second", entropy: "some" });
    chains[name] = { files, start };
  }

  async function refusalOf(bytes: Uint8Array): Promise<string> {
    const path = join(temporaryFolder(), "forged.zkey");
    await writeFile(path, bytes);
    const { files, start } = chains.inference;
    const problem = await problemOf(verifyCommittedUpdate(files[0] ?? "", path, start));
    return problem.code === "SETUP_MISMATCH" ? problem.part : problem.code;
  }
});

async function makePtau(path: string): Promise<void> {
  const parts = [0, 1].map((it) => `${path}.${it}`) as [string, string];
  await powersOfTau.newAccumulator(await buildBn128(), POWER, parts[0]);
  await powersOfTau.contribute(parts[0], parts[1], "test", "entropy");
  await powersOfTau.preparePhase2(parts[1], path);
}
