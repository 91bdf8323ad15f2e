import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NativeError } from "@vouch/native";
import type { Native } from "@vouch/native";
import { buildCircuit, terminate } from "@vouch/prover";
import type { CircuitArtefacts } from "@vouch/prover";
import { expect } from "chai";
import { groth16, zKey } from "snarkjs";
import { drawSecrets } from "../../../offchain/prover/setup/developmentSecrets.ts";
import { developmentSections } from "../../../offchain/prover/setup/developmentSections.ts";
import { encodeZkey } from "../../../offchain/prover/zkeyFile.ts";
import { INFERENCE, INFERENCE_GROUPS } from "../prover/committedCircuits.ts";
import { temporaryFolder, TINY, TINY_INPUTS } from "../prover/fixture.ts";
import { layeredCircuit } from "../prover/layeredCircuit.ts";
import { builtNative } from "./builtNative.ts";

const native = await builtNative();
if (native !== undefined) describeSetup(native);

function describeSetup({ writeDevelopmentKey }: Native): void {
  describe("writeDevelopmentKey", function () {
    this.timeout(60_000);
    const cache = temporaryFolder();
    const zkey = join(cache, "native.zkey");
    let circuit: CircuitArtefacts;
    let r1cs: Uint8Array;

    before(async () => {
      circuit = await buildCircuit(TINY, { cache });
      r1cs = await readFile(circuit.r1cs);
    });
    after(terminate);

    const problemOf = async (work: Promise<unknown>): Promise<string> => {
      const error: unknown = await work.catch((it: unknown) => it);
      if (error instanceof NativeError) return error.code;
      throw new Error("it did not fail with a NativeError", { cause: error });
    };

    it("writes the bytes that TypeScript makes of the same secrets: plain, and of commit-and-prove", async () => {
      const { weights, advice } = INFERENCE_GROUPS;
      const layered = layeredCircuit({ inputs: 4, neurons: 3, hashes: 2 });
      for (const [source, committed] of [
        [TINY, undefined],
        [layered, undefined],
        [INFERENCE, { count: weights + advice, advice }],
      ] as const) {
        const built = await buildCircuit(source, { cache });
        const bytes = await readFile(built.r1cs);
        const secrets = drawSecrets();
        const groups = committed && { first: built.publicSignals + 1, weights, advice };
        await writeDevelopmentKey(bytes, secrets, zkey, groups === undefined ? {} : { groups });
        const own = { r1cs: bytes, ...(committed && { committed }) };
        const sections = await developmentSections(own, secrets, { threads: 1 });
        expect(await readFile(zkey)).to.deep.equal(Buffer.concat([...encodeZkey(sections)]));
      }
    });

    it("writes a key with which snarkjs proves and verifies", async () => {
      await writeDevelopmentKey(r1cs, drawSecrets(), zkey, { threads: 1 });
      const made = await groth16.fullProve(TINY_INPUTS, circuit.wasm, zkey);
      const key = await zKey.exportVerificationKey(zkey);
      expect(await groth16.verify(key, made.publicSignals, made.proof)).to.equal(true);
    });

    it("refuses a circuit cut short, groups out of their place, and secrets that were not drawn", async () => {
      const write = (
        bytes: Uint8Array,
        secrets: Uint8Array,
        more: Parameters<typeof writeDevelopmentKey>[3] = {},
      ): Promise<string> => problemOf(writeDevelopmentKey(bytes, secrets, zkey, more));
      const groups = { first: 1, weights: 0, advice: 1 };
      const codes = [
        await write(r1cs.subarray(0, r1cs.length - 1), drawSecrets()),
        await write(r1cs, drawSecrets(), { groups }),
        await write(r1cs, new Uint8Array(160)),
        await write(r1cs, new Uint8Array(160).fill(255)),
        await write(r1cs, drawSecrets().subarray(1)),
      ];
      expect(new Set(codes)).to.deep.equal(new Set(["CIRCUIT_INVALID"]));
    });

    it("says that it cannot write, and ends when it is told to stop", async () => {
      const nowhere = join(cache, "no", "folder", "key.zkey");
      const codes = [
        await problemOf(writeDevelopmentKey(r1cs, drawSecrets(), nowhere)),
        await problemOf(
          writeDevelopmentKey(r1cs, drawSecrets(), zkey, { signal: AbortSignal.abort() }),
        ),
      ];
      expect(codes).to.deep.equal(["KEY_UNWRITABLE", "CANCELLED"]);
    });
  });
}
