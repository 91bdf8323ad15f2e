import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Groth16Proof } from "@vouch/protocol";
import {
  evaluateWords,
  committedChallenge,
  NO_WEIGHTS,
  verifyCommitted,
  verifyWeightsRegistration,
} from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  committedDevelopmentSetup,
  developmentLink,
  linkKeyOf,
  portableProver,
  prove,
  proveCommitted,
  ProverError,
  proveWeights,
  readCommittedHeader,
  readCommittedVerifyingKey,
  readLinkFile,
  terminate,
} from "@vouch/prover";
import type { ProverFault } from "@vouch/prover";
import { expect } from "chai";
import { INFERENCE, INFERENCE_GROUPS, WEIGHTS } from "./committedCircuits.ts";
import type { CommittedFixture } from "./committedFixture.ts";
import { CIRCUIT, committedFixture, inferenceWork, registrationWork, W, X } from "./committedFixture.ts"; // prettier-ignore
import { problemOf, temporaryFolder } from "./fixture.ts";

describe("proveCommitted", function () {
  this.timeout(120_000);
  const cache = temporaryFolder();
  let made: CommittedFixture;

  before(async () => {
    made = await committedFixture(cache);
  });
  after(terminate);

  it("makes proofs that verify, for the claim alone", async () => {
    const work = inferenceWork(made);
    const { proof, publicSignals } = await proveCommitted(made.inference, work, {
      selfCheck: false,
    });
    const { key } = made.inference;
    const { z, b } = committedChallenge(work.claim.weights, proof.slice(8, 10), work.claim.digest);
    expect(publicSignals).to.deep.equal([z, b, evaluateWords(work.claim.v, z)]);
    expect(verifyCommitted(key, proof, work.claim)).to.be.true;
    const other = { ...work.claim, v: work.claim.v.with(4, 0n) };
    expect(verifyCommitted(key, proof, other)).to.be.false;
  });

  it("commits to the same advice differently each time, by the blind", async () => {
    const proofs = await Promise.all(
      [1, 2].map(() => proveCommitted(made.inference, inferenceWork(made))),
    );
    const [one, two] = proofs.map(({ proof }) => proof.slice(8, 10));
    expect(one).to.not.deep.equal(two);
  });

  it("proves without a given key too", async () => {
    const { zkey } = made.inference;
    const { proof } = await proveCommitted({ zkey }, inferenceWork(made));
    expect(proof).to.have.length(12);
  });

  for (const [does, fault, prove] of [
    ["returns a wrong proof", "wrong", wrongly],
    ["fails", "failed", failing],
  ] as const) {
    it(`has the portable prover take the place of one that ${does}, and tells of it`, async () => {
      const told: ProverFault[] = [];
      const work = inferenceWork(made);
      const { proof, prover } = await proveCommitted(made.inference, work, {
        prover: { ...portableProver, name: "rapidsnark", prove },
        onFault: (it) => told.push(it),
      });
      expect(prover).to.equal(portableProver.name);
      expect(verifyCommitted(made.inference.key, proof, work.claim)).to.be.true;
      expect(told.map((it) => [it.prover, it.fault])).to.deep.equal([["rapidsnark", fault]]);
    });
  }

  it("has the reference's witness take the place of one of other advice, and tells of it", async () => {
    const told: ProverFault[] = [];
    const work = inferenceWork(made);
    const witnessOf: typeof work.witnessOf = async (signals) =>
      (await work.witnessOf(signals)).slice().fill(2, 76 + 12 * 32, 77 + 12 * 32); // x[1]
    const { proof } = await proveCommitted(
      made.inference,
      { ...work, witnessOf, referenceOf: work.witnessOf },
      { prover: { ...portableProver, name: "rapidsnark" }, onFault: (it) => told.push(it) },
    );
    expect(verifyCommitted(made.inference.key, proof, work.claim)).to.be.true;
    expect(told.map((it) => [it.prover, it.fault])).to.deep.equal([["rapidsnark", "wrong"]]);
  });

  it("refuses a witness of other advice than was committed to", async () => {
    const work = inferenceWork(made);
    const other = inferenceWork(made, [3n, 14n, 1n]);
    const witnessOf = other.witnessOf;
    const claim = { ...other.claim, weights: work.claim.weights };
    const mixed = { ...work, claim, witnessOf };
    expect(await problemOf(proveCommitted(made.inference, mixed))).to.deep.equal({
      code: "COMMITTED_VALUES",
      wire: 12, // three signals, seven weights, then x[0], x[1]
    });
  });

  it("refuses weights that are not the registered ones, by its self-check", async () => {
    const work = inferenceWork(made, X, WEIGHTS.with(3, 14n));
    expect((await problemOf(proveCommitted(made.inference, work))).code).to.equal("PROOF_REJECTED");
  });

  it("refuses too few values", async () => {
    const work = inferenceWork(made);
    const short = { ...work, advice: (work.advice as readonly bigint[]).slice(1) };
    expect((await problemOf(proveCommitted(made.inference, short))).code).to.equal(
      "WITNESS_LENGTH",
    );
  });

  it("stops when aborted", async () => {
    const controller = new AbortController();
    const proving = proveCommitted(made.inference, inferenceWork(made), {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    expect((await problemOf(proving)).code).to.equal("ABORTED");
  });

  describe("with weights that are constants", () => {
    it("has one group, and no commitment to weights", async () => {
      const source = INFERENCE.replace("signal input w[6];", "var w[6] = [1, 2, 3, 15, 0, 7];")
        .replace("signal input weightsBlind;", "")
        .replace("signal weightsSquare <== weightsBlind * weightsBlind;", "");
      const circuit = await buildCircuit(source, { cache });
      const groups = { weights: 0, advice: INFERENCE_GROUPS.advice };
      const setup = await committedDevelopmentSetup(circuit, groups, { cache });
      const work = inferenceWork({ ...made, circuit });
      const claim = { ...work.claim, weights: NO_WEIGHTS };
      const [x0 = 0n, x1 = 0n, x2 = 0n, y0 = 0n, y1 = 0n, ...rest] = work.advice as readonly bigint[]; // prettier-ignore
      const { proof } = await proveCommitted(setup, {
        ...work,
        claim,
        witnessOf: (signals) =>
          calculateWitness(circuit.wasm, {
            ...{ x: [x0, x1, x2], y: [y0, y1], multiplicities: rest.slice(0, -1) },
            ...{ adviceBlind: work.adviceBlind, ...signals },
          }),
      });
      expect(verifyCommitted(setup.key, proof, claim)).to.be.true;
    });
  });

  describe("proveWeights", () => {
    it("makes a registration that verifies for its circuit and W alone", () => {
      const { inference, weights, link, registration } = made;
      const keys = { inference: inference.key, weights: weights.key, link: link.link };
      expect(verifyWeightsRegistration(keys, CIRCUIT, W, registration)).to.be.true;
      expect(verifyWeightsRegistration(keys, CIRCUIT, W + 1n, registration)).to.be.false;
    });

    it("refuses a weight out of its range", async () => {
      const of = WEIGHTS.with(3, 16n);
      const code = (await problemOf(proveWeights(made, registrationWork(made, { of })))).code;
      expect(code).to.equal("WITNESS_REFUSED");
    });
  });

  describe("the key file", () => {
    it("is refused by snarkjs and by whatever reads plain keys", async () => {
      const { zkey } = made.inference;
      const work = prove({ wasm: made.circuit.wasm, zkey }, {});
      expect((await problemOf(work)).code).to.be.oneOf(["ZKEY_INVALID", "INPUT_COUNT"]);
      const { key } = made.inference;
      expect(await readCommittedVerifyingKey(zkey)).to.deep.equal(key);
    });

    const damaged = async (change: (file: Buffer) => Buffer): Promise<string> => {
      const path = join(temporaryFolder(), "main.zkey");
      await writeFile(path, change(await readFile(made.inference.zkey)));
      return path;
    };
    const changes: Readonly<Record<string, (file: Buffer, sections: Sections) => void>> = {
      "another proof system": (file, sections) => file.writeUInt32LE(1, at(sections, 1)),
      "no group": (file, sections) => file.writeUInt32LE(0, at(sections, 11)),
      "three groups": (file, sections) => file.writeUInt32LE(3, at(sections, 11)),
      "a gap before a group": (file, sections) => file.writeUInt32LE(5, at(sections, 11) + 4),
      "a group too long": (file, sections) => file.writeUInt32LE(8, at(sections, 11) + 8),
      "an empty group": (file, sections) => file.writeUInt32LE(0, at(sections, 11) + 16),
      "more wires than points": (file, sections) => file.writeUInt32LE(1000, at(sections, 2) + 72),
      "a domain of another size": (file, sections) => file.writeUInt32LE(3, at(sections, 2) + 80),
    };
    for (const [name, change] of Object.entries(changes)) {
      it(`is refused with ${name}`, async () => {
        const { sections } = await readCommittedHeader(made.inference.zkey);
        const path = await damaged((file) => {
          change(file, sections);
          return file;
        });
        expect((await problemOf(readCommittedHeader(path))).code).to.equal("ZKEY_INVALID");
      });
    }

    it("is refused where it ends early", async () => {
      const path = await damaged((file) => file.subarray(0, file.length - 1));
      expect((await problemOf(readCommittedHeader(path))).code).to.equal("ZKEY_INVALID");
    });
  });

  describe("the set-up", () => {
    const setUp = async (
      source: string,
      groups: typeof INFERENCE_GROUPS,
    ): Promise<ReturnType<typeof problemOf>> => {
      const circuit = await buildCircuit(source, { cache });
      return problemOf(committedDevelopmentSetup(circuit, groups, { cache: temporaryFolder() }));
    };
    const tiny = (body: string): string =>
      `pragma circom 2.2.0;
template Main() {
    signal input x;
    signal input adviceBlind;
    signal input z;
    signal input b;
    signal input e;
    signal square <== adviceBlind * adviceBlind;
    ${body}
}
component main {public [z, b, e]} = Main();`;

    it("is the same from the cache, and lies in one folder with its hash", async () => {
      const again = await committedDevelopmentSetup(made.circuit, INFERENCE_GROUPS, { cache });
      expect(again).to.deep.equal(made.inference);
      const link = await developmentLink(made, { cache });
      expect(link).to.deep.equal(made.link);
      expect(linkKeyOf(await readLinkFile(link.file))).to.deep.equal(link.link);
    });

    it("refuses a circuit whose optimiser eliminated a committed input", async () => {
      const linear = await setUp(tiny("x === e + b;"), { weights: 0, advice: 2 });
      expect(linear.code).to.equal("COMMITTED_INPUTS");
    });

    it("refuses private inputs that no group has", async () => {
      const groups = { weights: 7, advice: INFERENCE_GROUPS.advice - 1 };
      expect((await setUp(INFERENCE, groups)).code).to.equal("COMMITTED_INPUTS");
    });

    it("refuses a public output", async () => {
      const source = tiny("signal output y <== x * b;");
      expect((await setUp(source, { weights: 0, advice: 2 })).code).to.equal("COMMITTED_INPUTS");
    });

    it("refuses a link of circuits with other numbers of weights", async () => {
      const { weights, advice } = INFERENCE_GROUPS;
      const groups = { weights: weights - 1, advice: advice + 1 };
      const folder = temporaryFolder();
      const inference = await committedDevelopmentSetup(made.circuit, groups, { cache: folder });
      const linking = developmentLink({ ...made, inference }, { cache: folder });
      expect((await problemOf(linking)).code).to.equal("COMMITTED_INPUTS");
    });

    it("refuses a link file that is none", async () => {
      expect((await problemOf(readLinkFile(made.inference.zkey))).code).to.equal("LINK_INVALID");
      const path = join(temporaryFolder(), "link.key");
      await writeFile(path, (await readFile(made.link.file)).subarray(1));
      expect((await problemOf(readLinkFile(path))).code).to.equal("LINK_INVALID");
    });
  });
});

type Sections = Awaited<ReturnType<typeof readCommittedHeader>>["sections"];

function at(sections: Sections, id: number): number {
  const section = sections.get(id);
  if (section === undefined) throw new Error(`section ${id} is missing`);
  return section.at;
}

/** A proof of the same witness whose C is its A. */
async function wrongly(...asked: Parameters<typeof portableProver.prove>): Promise<Groth16Proof> {
  const proof = await portableProver.prove(...asked);
  return [...proof.slice(0, 6), ...proof.slice(0, 2)];
}

function failing(): Promise<Groth16Proof> {
  const problem = { code: "PROVER_FAILED", prover: "rapidsnark", reason: "it ended" } as const;
  return Promise.reject(new ProverError(problem));
}
