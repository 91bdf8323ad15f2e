import { chmod, copyFile, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { SCALAR_FIELD, verifyGroth16 } from "@vouch/protocol";
import { NativeError } from "@vouch/native";
import type { Native } from "@vouch/native";
import {
  buildCircuit,
  calculateWitness,
  developmentSetup,
  keyToSnarkjs,
  proofToSnarkjs,
  terminate,
  witnessValues,
} from "@vouch/prover";
import type { Setup } from "@vouch/prover";
import { expect } from "chai";
import { groth16 } from "snarkjs";
import { temporaryFolder, TINY, TINY_INPUTS } from "../prover/fixture.ts";
import { layeredCircuit, layeredInputs } from "../prover/layeredCircuit.ts";
import { builtNative } from "./builtNative.ts";

const native = await builtNative();
if (native !== undefined) describeNative(native);

function describeNative({ openKey, verify, path }: Native): void {
  describe("@vouch/native", function () {
    this.timeout(60_000);
    const cache = temporaryFolder();
    let setup: Setup;
    let witness: Uint8Array;
    let signals: readonly bigint[];

    before(async () => {
      const circuit = await buildCircuit(TINY, { cache });
      setup = await developmentSetup(circuit, { cache });
      witness = await calculateWitness(circuit.wasm, TINY_INPUTS);
      signals = witnessValues(witness).slice(1, 3);
    });
    after(terminate);

    const codeOf = async (work: Promise<unknown>): Promise<string> => {
      const error: unknown = await work.catch((it: unknown) => it);
      if (error instanceof NativeError) return error.code;
      throw new Error("it did not fail with a NativeError", { cause: error });
    };
    /** A copy of the key that may be changed. */
    const copyKey = async (): Promise<string> => {
      const copy = join(temporaryFolder(), "main.zkey");
      await copyFile(setup.zkey, copy);
      await chmod(copy, 0o644);
      return copy;
    };

    it("proves what its own verifier and another's accept", async () => {
      const key = await openKey(setup.zkey);
      const proofs = [await key.prove(witness), await key.prove(witness, { threads: 1 })];
      key.close();
      for (const proof of proofs) {
        expect(await verify(setup.key, proof, signals)).to.equal(true);
        expect(verifyGroth16(setup.key, proof, signals)).to.equal(true);
      }
      expect(proofs[0]).to.not.deep.equal(proofs[1]); // each with blinds of its own
    });

    it("refuses other signals, and aliases of the right ones, as snarkjs does", async () => {
      const key = await openKey(setup.zkey);
      const proof = await key.prove(witness);
      key.close();
      const [y = 0n, c = 0n] = signals;
      for (const other of [
        ...[
          [y + 1n, c],
          [y, c + 1n],
          [y + SCALAR_FIELD, c],
          [y, c + SCALAR_FIELD],
          [c, y],
        ],
        ...[[y], [], [y, c, 0n]],
      ]) {
        expect(await verify(setup.key, proof, other), other.join()).to.equal(false);
        const snarkjs = groth16
          .verify(keyToSnarkjs(setup.key), other.map(String), proofToSnarkjs(proof))
          .catch(() => false);
        expect(await snarkjs, other.join()).to.equal(false);
      }
    });

    it("says what a key is and what a proof of it takes", async () => {
      const key = await openKey(setup.zkey);
      expect(key.wires * 32).to.equal(witness.length - 76);
      expect([key.publicSignals, key.domainSize, key.advice]).to.deep.equal([2, 16, 0]);
      expect(key.bytes).to.be.greaterThan((await stat(setup.zkey)).size);
      expect(key.peakMemory(2)).to.be.greaterThan(key.peakMemory(1));
      key.close();
    });

    it("maps a sealed file, and copies one that somebody may cut", async () => {
      const sealed = await openKey(setup.zkey);
      const copy = await copyKey();
      const owned = await openKey(copy);
      expect([sealed.isMapped, owned.isMapped]).to.deep.equal([true, false]);
      sealed.close();
      await writeFile(copy, "");
      expect(await codeOf(owned.prove(witness))).to.equal("KEY_CHANGED");
      owned.close();
    });

    it("notices that another file took the place of the one that it opened", async () => {
      const copy = await copyKey();
      await chmod(copy, 0o444);
      const key = await openKey(copy);
      const other = `${copy}.new`;
      await writeFile(other, (await readFile(copy)).subarray(0, 2000));
      await rename(other, copy);
      expect(await codeOf(key.prove(witness))).to.equal("KEY_CHANGED");
      key.close();
    });

    it("works with a key no more once it is closed", async () => {
      const key = await openKey(setup.zkey);
      const work = key.prove(witness);
      key.close();
      key.close();
      expect(await work).to.have.length(8);
      expect(await codeOf(key.prove(witness))).to.equal("KEY_CLOSED");
      expect(() => key.peakMemory()).to.throw(NativeError);
    });

    for (const [what, code, change] of [
      ["is missing", "KEY_UNREADABLE", undefined],
      ["is empty", "KEY_INVALID", () => Buffer.alloc(0)],
      ["is no zkey", "KEY_INVALID", (it: Buffer) => Buffer.from(it).fill(0, 0, 4)],
      ["ends early", "KEY_INVALID", (it: Buffer) => it.subarray(0, -1)],
      ["claims more sections than it has", "KEY_INVALID", (it: Buffer) => patched(it, 8, 60)],
      ["claims a section of 2^63 bytes", "KEY_INVALID", (it: Buffer) => patched(it, 20, 2 ** 31)],
    ] as const) {
      it(`refuses a file that ${what}`, async () => {
        const file = await copyKey();
        if (change === undefined) await rename(file, `${file}.gone`);
        else await writeFile(file, change(await readFile(file)));
        expect(await codeOf(openKey(file))).to.equal(code);
      });
    }

    it("refuses a folder in the place of a key", async () => {
      expect(await codeOf(openKey(cache))).to.equal("KEY_INVALID");
    });

    for (const [what, change] of [
      ["is empty", () => new Uint8Array()],
      ["is no witness", (it: Uint8Array) => it.slice().fill(0, 0, 4)],
      ["ends early", (it: Uint8Array) => it.slice(0, -1)],
      ["has a wire less", (it: Uint8Array) => it.slice(0, -32)],
      ["has a value that is not below r", (it: Uint8Array) => it.slice().fill(255, -32)],
      ["does not begin with 1", (it: Uint8Array) => it.slice().fill(2, 76, 77)],
    ] as const) {
      it(`refuses a witness that ${what}`, async () => {
        const key = await openKey(setup.zkey);
        expect(await codeOf(key.prove(change(witness)))).to.equal("WITNESS_INVALID");
        key.close();
      });
    }

    it("commits to nothing by a plain key", async () => {
      const key = await openKey(setup.zkey);
      const none = new Uint8Array();
      const codes = [await codeOf(key.commit(none)), await codeOf(key.commitWeights(none))];
      expect(codes).to.deep.equal(["WITNESS_INVALID", "WITNESS_INVALID"]);
      key.close();
    });

    it("refuses a verifying key by which anyone can forge", async () => {
      const proof = Array<bigint>(8).fill(0n);
      const forged = { ...setup.key, delta: setup.key.gamma };
      expect(await codeOf(verify(forged, proof, signals))).to.equal("VERIFYING_KEY_INVALID");
      const wide = { ...setup.key, alpha: [1n << 256n, 0n] };
      expect(await codeOf(verify(wide, proof, signals))).to.equal("VERIFYING_KEY_INVALID");
    });

    describe("given a circuit of 2^12 rows", () => {
      let large: Setup;
      let values: Uint8Array;

      before(async () => {
        const shape = { inputs: 20, neurons: 10, hashes: 6 };
        const circuit = await buildCircuit(layeredCircuit(shape), { cache });
        large = await developmentSetup(circuit, { cache });
        values = await calculateWitness(circuit.wasm, layeredInputs(shape));
      });

      it("stops when it is told to, and proves again", async () => {
        const key = await openKey(large.zkey);
        const controller = new AbortController();
        const work = key.prove(values, { threads: 1, signal: controller.signal });
        controller.abort();
        expect(await codeOf(work)).to.equal("CANCELLED");
        expect(await codeOf(key.prove(values, { signal: controller.signal }))).to.equal(
          "CANCELLED",
        );
        expect(await key.prove(values)).to.have.length(8);
        key.close();
      });

      it("leaves the event loop free", async () => {
        const key = await openKey(large.zkey);
        let turns = 0;
        const state = { isDone: false };
        const work = key.prove(values, { threads: 1 }).finally(() => {
          state.isDone = true;
        });
        while (!state.isDone) {
          turns += 1;
          await new Promise(setImmediate);
        }
        await work;
        expect(turns).to.be.greaterThan(10);
        key.close();
      });

      it("lets a thread of Node end in the middle of a proof", async () => {
        const file = join(temporaryFolder(), "values.wtns");
        await writeFile(file, values);
        const script = `
          const { readFileSync } = require("node:fs");
          const addon = require(${JSON.stringify(path)});
          addon.openKey(${JSON.stringify(large.zkey)}).then(({ id }) => {
            const values = readFileSync(${JSON.stringify(file)});
            addon.prove(id, addon.openTask(), values, new Uint8Array(64), 1).catch(() => 0);
            process.exit(0);
          });`;
        const worker = new Worker(script, { eval: true });
        expect(await new Promise((resolve) => worker.once("exit", resolve))).to.equal(0);
        const key = await openKey(large.zkey);
        expect(await key.prove(values, { threads: 1 })).to.have.length(8);
        key.close();
      });
    });
  });
}

function patched(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE(value, at);
  return changed;
}
