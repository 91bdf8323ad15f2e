import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NativeError } from "@vouch/native";
import { SCALAR_FIELD, verifyGroth16 } from "@vouch/protocol";
import type { Groth16Proof } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  chooseProver,
  createNativeProver,
  createRapidsnarkProver,
  developmentSetup,
  findRapidsnark,
  ProverError,
  proverFaults,
  proveWitness,
  SNARKJS_PROVER,
  terminate,
} from "@vouch/prover";
import type { Prover, ProverFault, ProverName, Setup } from "@vouch/prover";
import { expect } from "chai";
import { isDistrusted } from "../../../offchain/prover/provers/distrust.ts";
import { problemOf, temporaryFolder, TINY, TINY_INPUTS, TINY_SIGNALS } from "./fixture.ts";

describe("provers", function () {
  this.timeout(60_000);
  const cache = temporaryFolder();
  let setup: Setup;
  let witness: Uint8Array;

  before(async () => {
    const circuit = await buildCircuit(TINY, { cache });
    setup = await developmentSetup(circuit, { cache });
    witness = await calculateWitness(circuit.wasm, TINY_INPUTS);
  });
  after(terminate);

  const standIn = (name: ProverName, make: () => Promise<Groth16Proof>): Prover => ({
    name,
    prove: make,
  });

  describe("chooseProver", () => {
    const codeOf = (work: () => unknown): string => {
      try {
        work();
      } catch (error) {
        if (error instanceof ProverError) return error.code;
        throw error;
      }
      return "";
    };

    it("takes what VOUCH_PROVER names", () => {
      const { prover } = chooseProver({ VOUCH_PROVER: "snarkjs", PATH: "" });
      expect(prover.name).to.equal("snarkjs");
    });

    it("refuses a name that it does not know", () => {
      expect(codeOf(() => chooseProver({ VOUCH_PROVER: "snark" }))).to.equal("PROVER_UNKNOWN");
    });

    it("refuses one that is not here", () => {
      const env = { VOUCH_PROVER: "rapidsnark", PATH: temporaryFolder() };
      expect(codeOf(() => chooseProver(env))).to.equal("PROVER_ABSENT");
    });

    it("finds an executable on PATH, and nothing else of that name", async () => {
      const [folder, other] = [temporaryFolder(), temporaryFolder()];
      await writeFile(join(other, "rapidsnark"), "");
      await writeFile(join(folder, "rapidsnark"), "#!/bin/sh\n", { mode: 0o755 });
      expect(findRapidsnark(other)).to.equal(undefined);
      expect(findRapidsnark(`${other}:${folder}`)).to.equal(join(folder, "rapidsnark"));
    });
  });

  describe("proveWitness", () => {
    it("returns what the prover made, where it verifies", async () => {
      const made = await SNARKJS_PROVER.prove(setup.zkey, witness);
      const prover = standIn("native", () => Promise.resolve(made));
      const proven = await proveWitness(setup, witness, { prover });
      expect(proven.proof).to.deep.equal(made);
    });

    for (const [does, fault, make] of [
      ["returns a wrong proof", "wrong", () => Promise.resolve([1n, 2n, 0n, 0n, 0n, 0n, 1n, 2n])],
      [
        "fails by a defect of its own",
        "failed",
        () =>
          Promise.reject(
            new ProverError({ code: "PROVER_FAILED", prover: "rapidsnark", reason: "killed" }),
          ),
      ],
    ] as const) {
      it(`takes snarkjs in the place of one that ${does}, and tells of it`, async () => {
        const before = proverFaults().length;
        const [told, steps]: [ProverFault[], string[]] = [[], []];
        const proven = await proveWitness(setup, witness, {
          prover: standIn("rapidsnark", make),
          onFault: (it) => told.push(it),
          onProgress: (step) => steps.push(step),
        });
        const { proof, publicSignals } = proven;
        expect(verifyGroth16(setup.key, proof, publicSignals)).to.equal(true);
        expect(told.map((it) => [it.prover, it.fault, it.zkey])).to.deep.equal([
          ["rapidsnark", fault, setup.zkey],
        ]);
        expect(proverFaults().slice(before)).to.deep.equal(told);
        expect(steps.some((it) => it.startsWith("rapidsnark"))).to.equal(true);
      });
    }

    it("asks one again that had no memory for a key", async () => {
      const openKey = (path: string): Promise<never> =>
        Promise.reject(new NativeError({ code: "MEMORY_SHORT", path }));
      const told: ProverFault[] = [];
      const { proof, publicSignals } = await proveWitness(setup, witness, {
        prover: createNativeProver({ openKey }),
        onFault: (it) => told.push(it),
      });
      expect(verifyGroth16(setup.key, proof, publicSignals)).to.equal(true);
      expect(told.map((it) => [it.prover, it.fault])).to.deep.equal([["native", "failed"]]);
      expect(isDistrusted("native")).to.equal(false);
    });

    it("has snarkjs judge it by the reference's witness, where there is one", async () => {
      const { proof, publicSignals } = await proveWitness(
        setup,
        witness.slice().fill(2, 76 + 3 * 32),
        {
          prover: standIn("rapidsnark", () => Promise.resolve([])),
          referenceWitness: () => Promise.resolve(witness),
        },
      );
      expect(verifyGroth16(setup.key, proof, publicSignals)).to.equal(true);
    });

    it("takes the public output of the reference's witness for its proof", async () => {
      const { proof, publicSignals } = await proveWitness(setup, witness.slice().fill(2, 76 + 32), {
        prover: standIn("rapidsnark", () => Promise.resolve([])),
        referenceWitness: () => Promise.resolve(witness),
      });
      expect(publicSignals).to.deep.equal(
        TINY_SIGNALS.map((it) => (it + SCALAR_FIELD) % SCALAR_FIELD),
      );
      expect(verifyGroth16(setup.key, proof, publicSignals)).to.equal(true);
    });

    it("does not ask it again", async () => {
      const failing = standIn("rapidsnark", () => Promise.resolve([]));
      await proveWitness(setup, witness, { prover: failing });
      const folder = temporaryFolder();
      const asked = join(folder, "asked");
      const script = `#!/bin/sh\ntouch ${asked}\n`;
      await writeFile(join(folder, "rapidsnark"), script, { mode: 0o755 });
      const { prover } = chooseProver({ VOUCH_PROVER: "rapidsnark", PATH: folder });
      await prover.prove(setup.zkey, witness);
      expect(prover.name).to.equal("snarkjs");
      expect(existsSync(asked)).to.equal(false);
    });

    it("blames nobody for a false witness", async () => {
      const before = proverFaults().length;
      const wrong = witness.slice();
      wrong[wrong.length - 32] = (wrong.at(-32) ?? 0) ^ 1;
      const prover = standIn("native", () => SNARKJS_PROVER.prove(setup.zkey, wrong));
      const problem = await problemOf(proveWitness(setup, wrong, { prover }));
      expect(problem.code).to.equal("PROOF_REJECTED");
      expect(proverFaults()).to.have.length(before);
    });

    it("passes on what is no fault of the prover's", async () => {
      const prover = standIn("native", () =>
        Promise.reject(new ProverError({ code: "PROOF_FAILED", reason: "no witness" })),
      );
      const problem = await problemOf(proveWitness(setup, witness, { prover }));
      expect(problem.code).to.equal("PROOF_FAILED");
    });

    it("refuses a witness that is too short for the signals", async () => {
      const problem = await problemOf(proveWitness(setup, witness.subarray(0, 100)));
      expect(problem.code).to.equal("WITNESS_LENGTH");
    });
  });

  describe("createRapidsnarkProver", () => {
    /** A program in the place of rapidsnark: `$1` to `$4` are key, witness, proof and signals. */
    const program = async (script: string): Promise<Prover> => {
      const file = join(temporaryFolder(), "rapidsnark");
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
      return createRapidsnarkProver(file);
    };

    it("reads the proof of a program that was given key and witness, in a folder of ours only", async () => {
      const folder = temporaryFolder();
      const made = join(folder, "made.json");
      const proof = {
        ...{
          pi_a: ["1", "2", "1"],
          pi_b: [
            ["3", "4"],
            ["5", "6"],
            ["1", "0"],
          ],
        },
        ...{ pi_c: ["7", "8", "1"], protocol: "groth16" },
      };
      await writeFile(made, JSON.stringify(proof));
      const seen = join(folder, "seen");
      const prover = await program(
        `stat -c %a "$(dirname "$2")" > ${seen}; echo "$2" >> ${seen}; cmp "$2" ${folder}/wtns && cp ${made} "$3"`,
      );
      await writeFile(join(folder, "wtns"), witness);
      expect(await prover.prove(setup.zkey, witness)).to.deep.equal([
        1n,
        2n,
        4n,
        3n,
        6n,
        5n,
        7n,
        8n,
      ]);
      const [mode, wtns = ""] = (await readFile(seen, "utf8")).trim().split("\n");
      expect(mode).to.equal("700");
      expect(existsSync(wtns)).to.equal(false);
    });

    for (const [ends, script] of [
      ["with an error", "echo broken >&2; exit 3"],
      ["without a proof", "exit 0"],
      ["with something else", 'echo "{}" > "$3"'],
      ["by a signal", "kill -9 $$"],
    ] as const) {
      it(`fails where it ends ${ends}, and leaves no witness`, async () => {
        const seen = join(temporaryFolder(), "seen");
        const prover = await program(`echo "$2" > ${seen}; ${script}`);
        const problem = await problemOf(prover.prove(setup.zkey, witness));
        expect(problem.code).to.equal("PROVER_FAILED");
        expect(existsSync((await readFile(seen, "utf8")).trim())).to.equal(false);
      });
    }

    it("fails where the program is not there", async () => {
      const prover = createRapidsnarkProver(join(temporaryFolder(), "rapidsnark"));
      expect((await problemOf(prover.prove(setup.zkey, witness))).code).to.equal("PROVER_FAILED");
    });

    it("kills it when aborted, and leaves no witness", async () => {
      const folder = join(temporaryFolder(), randomBytes(4).toString("hex"));
      await mkdir(folder);
      const seen = join(folder, "seen");
      const controller = new AbortController();
      const prover = await program(
        `echo "$$ $2" > ${seen}.part; mv ${seen}.part ${seen}; exec sleep 60`,
      );
      const work = problemOf(prover.prove(setup.zkey, witness, { signal: controller.signal }));
      while (!existsSync(seen)) await new Promise(setImmediate);
      controller.abort();
      expect((await work).code).to.equal("ABORTED");
      const [pid, wtns = ""] = (await readFile(seen, "utf8")).trim().split(" ");
      expect(existsSync(wtns)).to.equal(false);
      expect(() => process.kill(Number(pid), 0)).to.throw();
    });
  });
});
