import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BASE_FIELD, SCALAR_FIELD, verifyGroth16 } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  developmentSetup,
  developmentTranscript,
  keyFromSnarkjs,
  keyToSnarkjs,
  proofFromSnarkjs,
  proofToSnarkjs,
  prove,
  proveWitness,
  readVerifyingKey,
  terminate,
  verifySetup,
} from "@vouch/prover";
import type { CircuitArtefacts, Proven, Setup } from "@vouch/prover";
import { expect } from "chai";
import { groth16, zKey } from "snarkjs";
import type { SnarkjsKey } from "snarkjs";
import { deepOnly } from "../../helpers/deepOnly.ts";
import { problemOf, temporaryFolder, TINY, TINY_INPUTS, TINY_SIGNALS } from "./fixture.ts";
import { layeredCircuit, layeredInputs } from "./layeredCircuit.ts";

describe("developmentSetup", function () {
  this.timeout(120_000);
  const cache = temporaryFolder();
  const signals = TINY_SIGNALS.map((it) => (it + SCALAR_FIELD) % SCALAR_FIELD);
  let circuit: CircuitArtefacts;
  let setup: Setup;
  let key: SnarkjsKey;

  before(async () => {
    circuit = await buildCircuit(TINY, { cache });
    setup = await developmentSetup(circuit, { cache });
    key = await zKey.exportVerificationKey(setup.zkey);
  });
  after(terminate);

  it("makes a key with which snarkjs proves and verifies", async () => {
    const made = await groth16.fullProve(TINY_INPUTS, circuit.wasm, setup.zkey);
    expect(made.publicSignals.map(BigInt)).to.deep.equal(signals);
    expect(await groth16.verify(key, made.publicSignals, made.proof)).to.equal(true);
    expect(verifyGroth16(setup.key, proofFromSnarkjs(made.proof), signals)).to.equal(true);
  });

  it("returns the verifying key that snarkjs exports", () => {
    expect(setup.key).to.deep.equal(keyFromSnarkjs(key));
    expect(key).to.deep.include(keyToSnarkjs(setup.key));
    expect(keyFromSnarkjs(keyToSnarkjs(setup.key))).to.deep.equal(setup.key);
  });

  it("is marked, with gamma unlike delta and the documented transcript", () => {
    expect(setup.class).to.equal("development");
    expect(setup.key.gamma).to.not.deep.equal(setup.key.delta);
    expect(setup.transcript).to.equal(developmentTranscript(circuit.hash, setup.key));
  });

  it("passes verifySetup, without a contribution", async () => {
    expect(await verifySetup(circuit, setup)).to.deep.equal({ contributions: 0 });
  });

  it("draws other secrets each time", async () => {
    const other = await developmentSetup(circuit, { cache: temporaryFolder() });
    expect(other.key.alpha).to.not.deep.equal(setup.key.alpha);
    expect(other.key.delta).to.not.deep.equal(setup.key.delta);
    expect(other.transcript).to.not.equal(setup.transcript);
  });

  it("seals the key, so that nobody cuts it while it is mapped", async () => {
    expect((await stat(setup.zkey)).mode & 0o222).to.equal(0);
  });

  it("leaves the key and a hash behind, nothing else", async () => {
    const folder = temporaryFolder();
    await developmentSetup(circuit, { cache: folder });
    const files = await readdir(folder, { recursive: true });
    const names = files.map((it) => it.slice(it.lastIndexOf("/") + 1));
    expect(names.filter((it) => it.includes("."))).to.have.members(["main.zkey", "setup.json"]);
  });

  describe("given a cached set-up", () => {
    it("returns it", async () => {
      const steps: string[] = [];
      const onProgress = (step: string): void => void steps.push(step);
      expect(await developmentSetup(circuit, { cache, onProgress })).to.deep.equal(setup);
      expect(steps).to.deep.equal([]);
    });

    it("makes another where the file was damaged", async () => {
      const folder = temporaryFolder();
      const first = await developmentSetup(circuit, { cache: folder });
      const cut = (await readFile(first.zkey)).subarray(0, 1000);
      await rm(first.zkey);
      await writeFile(first.zkey, cut);
      const second = await developmentSetup(circuit, { cache: folder });
      expect(second.zkey).to.equal(first.zkey);
      expect(await readVerifyingKey(second.zkey)).to.deep.equal(second.key);
    });
  });

  describe("whoever makes it", () => {
    const wanted = process.env["VOUCH_PROVER"];
    afterEach(() => {
      if (wanted === undefined) delete process.env["VOUCH_PROVER"];
      else process.env["VOUCH_PROVER"] = wanted;
    });

    for (const prover of ["", "snarkjs"]) {
      it(`ends its threads when aborted, with VOUCH_PROVER=${prover}`, async () => {
        process.env["VOUCH_PROVER"] = prover;
        const controller = new AbortController();
        const work = developmentSetup(circuit, {
          cache: temporaryFolder(),
          signal: controller.signal,
          onProgress: (_step, fraction) => {
            if (fraction !== undefined) controller.abort();
          },
        });
        expect((await problemOf(work)).code).to.equal("ABORTED");
      });
    }
  });

  it("refuses an r1cs that is not the one of the artefacts", async () => {
    const other = await buildCircuit(TINY.replace("+ c", "- c"), { cache });
    const work = developmentSetup({ ...circuit, r1cs: other.r1cs }, { cache: temporaryFolder() });
    expect(await problemOf(work)).to.deep.equal({ code: "SETUP_MISMATCH", part: "the r1cs file" });
  });

  describe("prove", () => {
    let proven: Proven;

    before(async () => {
      proven = await prove({ ...circuit, ...setup }, TINY_INPUTS);
    });

    it("returns a proof and signals that both verifiers accept", async () => {
      const proof = proofToSnarkjs(proven.proof);
      expect(proven.publicSignals).to.deep.equal(signals);
      expect(await groth16.verify(key, signals.map(String), proof)).to.equal(true);
      expect(verifyGroth16(setup.key, proven.proof, signals)).to.equal(true);
    });

    it("proves without a given key too", async () => {
      const { wasm } = circuit;
      const again = await prove({ wasm, zkey: setup.zkey }, TINY_INPUTS);
      expect(again.proof).to.not.deep.equal(proven.proof); // proofs are randomised
    });

    it("proves concurrently", async () => {
      const made = await Promise.all(
        [1n, 2n, 3n].map((c) => prove({ ...circuit, ...setup }, { c, x: [1n, 1n] })),
      );
      expect(made.map((it) => it.publicSignals[0])).to.deep.equal([2n, 3n, 4n]);
    });

    for (let i = 0; i < 8; i++) {
      it(`makes a proof that both verifiers refuse once coordinate ${i} is changed`, async () => {
        const forged = proven.proof.map((it, k) => (k === i ? (it + 1n) % BASE_FIELD : it));
        const accepted = groth16.verify(key, signals.map(String), proofToSnarkjs(forged));
        expect(await accepted).to.equal(false);
        expect(verifyGroth16(setup.key, forged, signals)).to.equal(false);
      });
    }

    it("makes a proof that both verifiers refuse for another signal", async () => {
      const others = [(signals[0] ?? 0n) + 1n, 7n];
      const proof = proofToSnarkjs(proven.proof);
      expect(await groth16.verify(key, others.map(String), proof)).to.equal(false);
      expect(verifyGroth16(setup.key, proven.proof, others)).to.equal(false);
    });

    it("refuses a false witness, by its self-check", async () => {
      const witness = await calculateWitness(circuit.wasm, TINY_INPUTS);
      witness[witness.length - 32] = (witness.at(-32) ?? 0) ^ 1;
      const problem = await problemOf(proveWitness(setup, witness));
      expect(problem.code).to.equal("PROOF_REJECTED");
      const unchecked = await proveWitness(setup, witness, { selfCheck: false });
      expect(verifyGroth16(setup.key, unchecked.proof, unchecked.publicSignals)).to.equal(false);
    });

    it("refuses a key of another circuit", async () => {
      const other = await buildCircuit(TINY.replace("+ c", "- c"), { cache });
      const { zkey } = await developmentSetup(other, { cache });
      const problem = await problemOf(prove({ wasm: circuit.wasm, zkey }, TINY_INPUTS));
      expect(problem.code).to.be.oneOf(["PROOF_REJECTED", "PROOF_FAILED"]);
    });

    it("refuses a file that is no key", async () => {
      const problem = await problemOf(
        prove({ wasm: circuit.wasm, zkey: circuit.r1cs }, TINY_INPUTS),
      );
      expect(problem.code).to.equal("ZKEY_INVALID");
    });

    it("stops between witness and proof when aborted", async () => {
      const controller = new AbortController();
      const work = prove({ ...circuit, ...setup }, TINY_INPUTS, {
        signal: controller.signal,
        onProgress: () => {
          controller.abort();
        },
      });
      expect((await problemOf(work)).code).to.equal("ABORTED");
    });

    it("starts again after terminate", async () => {
      await terminate();
      const again = await prove({ ...circuit, ...setup }, TINY_INPUTS);
      expect(again.publicSignals).to.deep.equal(signals);
    });
  });

  describe("verifySetup", () => {
    const change = async (change: (bytes: Buffer) => Buffer): Promise<Setup> => {
      const zkey = join(temporaryFolder(), "main.zkey");
      await writeFile(zkey, change(await readFile(setup.zkey)));
      return { ...setup, zkey };
    };

    for (const [change, part] of [
      ["x[0] * (x[1] + c)", "the constraints"],
      ["x[0] * x[1] - c", "the transcript"], // the key has no matrix c; the transcript has the r1cs hash
    ] as const) {
      it(`refuses the key of another circuit: ${part} differ`, async () => {
        const other = await buildCircuit(TINY.replace("x[0] * x[1] + c", change), { cache });
        const problem = await problemOf(verifySetup(other, setup));
        expect(problem).to.deep.equal({ code: "SETUP_MISMATCH", part });
      });
    }

    it("refuses another number of wires", async () => {
      const other = await buildCircuit(TINY.replace(/Num2Bits\(8\)/, "Num2Bits(9)"), { cache });
      expect((await problemOf(verifySetup(other, setup))).code).to.equal("SETUP_MISMATCH");
    });

    it("refuses another verifying key", async () => {
      const alpha = [1n, 2n];
      const problem = await problemOf(
        verifySetup(circuit, { ...setup, key: { ...setup.key, alpha } }),
      );
      expect(problem).to.deep.equal({ code: "SETUP_MISMATCH", part: "the verifying key" });
    });

    it("refuses another transcript", async () => {
      const problem = await problemOf(verifySetup(circuit, { ...setup, transcript: circuit.hash }));
      expect(problem).to.deep.equal({ code: "SETUP_MISMATCH", part: "the transcript" });
    });

    it("detects gamma equal to delta", async () => {
      const forged = await change((bytes) => {
        const [gamma, delta] = [HEADER_POINTS + 256, HEADER_POINTS + 448];
        bytes.copyWithin(delta, gamma, gamma + 128);
        return bytes;
      });
      expect((await problemOf(verifySetup(circuit, forged))).code).to.equal("KEY_FORGEABLE");
    });

    it("refuses a truncated file", async () => {
      const cut = await change((bytes) => bytes.subarray(0, bytes.length - 1));
      expect((await problemOf(verifySetup(circuit, cut))).code).to.equal("ZKEY_INVALID");
    });

    it("does not take it for a ceremony", async () => {
      const problem = await problemOf(verifySetup(circuit, { ...setup, class: "unverified" }));
      expect(problem).to.deep.equal({ code: "SETUP_MISMATCH", part: "the powers of tau" });
    });
  });

  deepOnly("a development set-up of 2^14 rows", () => {
    it("serves a circuit of 2^14 rows", async () => {
      const large = await buildCircuit(layeredCircuit(LAYERS_2_14), { cache });
      expect(large.constraints).to.be.within(10_000, 2 ** 14 - 4);
      const fractions: number[] = [];
      const made = await developmentSetup(large, {
        cache,
        onProgress: (_step, fraction) => fractions.push(fraction ?? 0),
      });
      expect(fractions.at(-1)).to.equal(1);
      const { publicSignals } = await prove({ ...large, ...made }, layeredInputs(LAYERS_2_14));
      expect(publicSignals).to.have.length(large.publicSignals);
    });
  });
});

/** Offset of alpha_1 in the file: two section heads, the protocol, the counts. */
const HEADER_POINTS = 12 + 12 + 4 + 12 + 84;
/** The credit model's size. */
const LAYERS_2_14 = { inputs: 20, neurons: 32, hashes: 24 };
