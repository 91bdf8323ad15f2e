import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  buildCircuit,
  calculateWitness,
  obtainWitness,
  passedTapes,
  terminate,
} from "@vouch/prover";
import type { CircuitArtefacts, CircuitInputs } from "@vouch/prover";
import { SCALAR_FIELD as P } from "@vouch/protocol";
import { expect } from "chai";
import { encodeInputs } from "../../../offchain/prover/witness/encodeInputs.ts";
import {
  decodeInputLayout,
  encodeInputLayout,
  readInputLayout,
} from "../../../offchain/prover/witness/inputLayout.ts";
import { randomNumbers } from "../../helpers/onnxModel.ts";
import { builtNative } from "../native/builtNative.ts";
import { INFERENCE, inferenceInputs, WEIGHTS } from "./committedCircuits.ts";
import { problemOf, temporaryFolder, TINY, TINY_INPUTS } from "./fixture.ts";
import { randomCircuit } from "./randomCircuit.ts";

const isDeep = process.env["VOUCH_DEEP"] === "1";
const SEEDS = Array.from({ length: isDeep ? 40 : 1 }, (_, i) => i + 1);

/** The hints of ours that constraints determine, each with the case where its factor is zero. */
const HINTS = `pragma circom 2.2.0;
include "lib/IsZero.circom";
include "lib/UpperExcess.circom";
include "lib/Fraction.circom";
include "lib/Bits.circom";
include "lib/Maximum.circom";

template Hints() {
    signal input z;
    signal input zero[2];
    signal input value;
    signal input excess;
    signal input numbers[2];
    signal output out[7];
    out[0] <== IsZero()(zero[0] - zero[1]);
    out[1] <== UpperExcess(7)(value, excess);
    out[2] <== Fraction()(zero[0], z - value);
    out[3] <== Fraction()(1, z - out[2]);
    signal bits[16] <== Bits(16)(numbers[0] * numbers[1] + out[1]);
    var reversed = 0;
    for (var i = 0; i < 16; i++) {
        reversed += bits[i] * (1 << (15 - i));
    }
    out[4] <== reversed * bits[3];
    out[5] <== Maximum(2, 9)(numbers);
    signal isOne <== IsZero()(out[0] - 1);
    out[6] <== isOne * z;
}
component main {public [z]} = Hints();
`;

/** A maximum of many: no constraint says which it is. */
const MAXIMUM = `pragma circom 2.2.0;
include "lib/Maximum.circom";
component main = Maximum(5, 3);
`;

describe("obtainWitness", function () {
  this.timeout(isDeep ? 1_800_000 : 60_000);
  const cache = temporaryFolder();

  before(async () => {
    await builtNative();
  });
  after(terminate);

  const same = async (circuit: CircuitArtefacts, inputs: CircuitInputs): Promise<void> => {
    const made = await obtainWitness(circuit, inputs);
    expect(Buffer.compare(made, await calculateWitness(circuit.wasm, inputs))).to.equal(0);
    expect(passedTapes().filter(({ r1cs }) => r1cs === circuit.r1cs)).to.deep.equal([]);
  };

  it("makes the reference's bytes of hints that constraints determine, zero or not", async () => {
    const circuit = await buildCircuit(HINTS, { cache });
    for (const zero of [
      [5n, 5n],
      [5n, 6n],
      [0n, 0n],
    ])
      // prettier-ignore
      for (const [value, excess] of [[7n, 3n], [0n, 0n], [6n, 0n], [7n, 0n]] as const) // prettier-ignore
        for (const numbers of [[0n, 0n], [255n, 255n], [3n, 200n]])
          await same(circuit, { z: 10n ** 40n, zero, value, excess, numbers });
  });

  it("knows the inputs by name", async () => {
    const { layout } = await buildCircuit(HINTS, { cache });
    const lengths = layout.inputs.map(({ name, length }) => `${name} ${length}`);
    expect(lengths).to.deep.equal(["z 1", "zero 2", "value 1", "excess 1", "numbers 2"]);
  });

  it("makes the reference's bytes at a challenge", async () => {
    const circuit = await buildCircuit(INFERENCE, { cache });
    const inputs = inferenceInputs(WEIGHTS, [3n, 15n, 0n]);
    const [z, b] = [3n ** 150n, 7n ** 80n];
    const v = [...inputs.x, ...inputs.y];
    const e = v.reduceRight((sum, it) => sum * z + it, 0n);
    await same(circuit, { ...inputs, weightsBlind: 5n, adviceBlind: 6n, z, b, e });
  });

  it(`makes the reference's bytes of ${SEEDS.length} drawn circuit(s)`, async () => {
    for (const seed of SEEDS) {
      const next = randomNumbers(seed);
      const { source, drawInputs } = randomCircuit(() => (next() + 1) / 2);
      const circuit = await buildCircuit(source, { cache });
      for (let i = 0; i < 4; i++) await same(circuit, drawInputs());
    }
  });

  describe("given inputs that violate a constraint", () => {
    it("fails as the reference does, and keeps the tape", async () => {
      const circuit = await buildCircuit(TINY, { cache });
      const work = obtainWitness(circuit, { ...TINY_INPUTS, x: [256n, 1n] });
      expect((await problemOf(work)).code).to.equal("WITNESS_REFUSED");
      await same(circuit, TINY_INPUTS);
    });

    for (const [name, inputs, code] of [
      ["an unknown one", { ...TINY_INPUTS, d: 1n }, "INPUT_UNKNOWN"],
      ["one too long", { c: 1n, x: [1n, 2n, 3n] }, "INPUT_LENGTH"],
      ["one missing", { c: 1n }, "INPUT_COUNT"],
    ] as const) {
      it(`fails as the reference does with ${name}`, async () => {
        const circuit = await buildCircuit(TINY, { cache });
        expect((await problemOf(obtainWitness(circuit, inputs))).code).to.equal(code);
        expect((await problemOf(calculateWitness(circuit.wasm, inputs))).code).to.equal(code);
      });
    }
  });

  describe("given a circuit that its constraints do not determine", () => {
    it("has the calculator make it, and says so", async () => {
      const circuit = await buildCircuit(MAXIMUM, { cache });
      const inputs = { in: [1n, 7n, 3n, 7n, 0n] };
      const made = await obtainWitness(circuit, inputs);
      expect(Buffer.compare(made, await calculateWitness(circuit.wasm, inputs))).to.equal(0);
      if ((await builtNative()) === undefined) return;
      const passed = passedTapes().find(({ r1cs }) => r1cs === circuit.r1cs);
      expect(passed?.why).to.equal("undetermined");
    });
  });

  describe("given a file that cannot be read", () => {
    it("has the calculator make this witness alone", async () => {
      const circuit = await buildCircuit(TINY, { cache });
      const r1cs = join(temporaryFolder(), "absent.r1cs");
      const made = await obtainWitness({ ...circuit, r1cs }, TINY_INPUTS);
      expect(Buffer.compare(made, await calculateWitness(circuit.wasm, TINY_INPUTS))).to.equal(0);
      expect(passedTapes().find((it) => it.r1cs === r1cs)).to.equal(undefined);
    });
  });

  describe("given a tape of another circuit", () => {
    it("has the calculator take its place, and says so", async () => {
      const circuit = await buildCircuit(TINY, { cache });
      const { r1cs } = await buildCircuit(HINTS, { cache });
      const steps: string[] = [];
      const made = await obtainWitness({ ...circuit, r1cs }, TINY_INPUTS, {
        onProgress: (step) => steps.push(step),
      });
      expect(Buffer.compare(made, await calculateWitness(circuit.wasm, TINY_INPUTS))).to.equal(0);
      if ((await builtNative()) === undefined) return;
      expect(passedTapes().find((it) => it.r1cs === r1cs)?.why).to.equal("failed");
      expect(steps).to.have.length(1);
    });
  });
});

describe("readInputLayout", () => {
  const folder = temporaryFolder();
  const files = async (symbols: string, substitutions: string): Promise<[string, string]> => {
    const paths: [string, string] = [join(folder, "main.sym"), join(folder, "main.json")];
    await writeFile(paths[0], symbols);
    await writeFile(paths[1], substitutions);
    return paths;
  };
  const SYMBOLS =
    "1,1,0,main.z\n2,-1,0,main.lost[0]\n3,-1,0,main.lost[1]\n4,2,0,main.kept\n5,-1,0,main.d\n";
  /** Labels 0, 1 and 4 are on wires; 2 and 3 are inputs on none. */
  const R1CS = r1csOf({ publicInputs: 1, privateInputs: 2, labels: [0, 1, 4] });

  it("says what became of inputs that are on no wire, by wires", async () => {
    const lines = `{\n"2" : {"5":"2","0":"3"},\n"9" : {"1":"1"},\n"5" : {"4":"${P - 1n}","1":"4"},\n"3" : {"4":"1"}\n}`;
    const layout = await readInputLayout(R1CS, ...(await files(SYMBOLS, lines)));
    expect(layout.inputs).to.deep.equal([
      { name: "z", length: 1 },
      { name: "lost", length: 2 },
    ]);
    expect(layout.eliminated.map(({ input }) => input)).to.deep.equal([1, 2]);
    expect(layout.eliminated.map(({ terms }) => new Map(terms))).to.deep.equal([
      new Map([[2, P - 2n], [1, 8n], [0, 3n]]), // prettier-ignore
      new Map([[2, 1n]]),
    ]);
    expect(decodeInputLayout(encodeInputLayout(layout))).to.deep.equal(layout);
  });

  it("follows a chain of substitutions to its end", async () => {
    const last = 130;
    const chain = Array.from(
      { length: last - 100 },
      (_, i) => `"${100 + i}" : {"${101 + i}":"2"},`,
    );
    const lines = [...chain, `"${last}" : {"4":"1"},`, '"3" : {"100":"1"},', '"2" : {"100":"1"}'];
    const written = await files(SYMBOLS, `{\n${lines.join("\n")}\n}`);
    const { eliminated } = await readInputLayout(R1CS, ...written);
    const terms = [[2, 2n ** 30n]];
    expect(eliminated).to.deep.equal([
      { input: 1, terms },
      { input: 2, terms },
    ]);
  });

  for (const [name, symbols, substitutions] of [
    ["nothing says what became of an input", SYMBOLS, '{\n"2" : {"1":"1"}\n}'],
    [
      "substitutions go round in a circle",
      SYMBOLS,
      '{\n"2" : {"5":"1"},\n"3" : {"5":"1"},\n"5" : {"5":"1"}\n}',
    ],
    [
      "an input has no name",
      "1,1,0,main.z\n2,-1,0,main.lost[0]\n",
      '{\n"2" : {"1":"1"},\n"3" : {"1":"1"}\n}',
    ],
  ] as const) {
    it(`refuses files where ${name}`, async () => {
      const work = readInputLayout(R1CS, ...(await files(symbols, substitutions)));
      expect((await problemOf(work)).code).to.equal("R1CS_INVALID");
    });
  }
});

describe("encodeInputs", () => {
  it("encodes negative and long values as the field has them", () => {
    const layout = { inputs: [{ name: "v", length: 5 }], eliminated: [] };
    const values = [-1n, P + 2n, 2n ** 62n, -(2n ** 63n), -P];
    const bytes = encodeInputs(layout, { v: values });
    const read = values.map((_, i) =>
      BigInt(
        `0x${Buffer.from(bytes.slice(32 * i, 32 * i + 32))
          .reverse()
          .toString("hex")}`,
      ),
    );
    expect(read).to.deep.equal([P - 1n, 2n, 2n ** 62n, P - 2n ** 63n, 0n]);
  });
});

/** A `.r1cs` file without constraints. */
function r1csOf(counts: {
  readonly publicInputs: number;
  readonly privateInputs: number;
  readonly labels: readonly number[];
}): Uint8Array {
  const { publicInputs, privateInputs, labels } = counts;
  const u32 = (...values: readonly number[]): Buffer =>
    Buffer.concat(
      values.map((it) => {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32LE(it);
        return bytes;
      }),
    );
  const header = Buffer.concat([
    u32(32),
    Buffer.from(P.toString(16).padStart(64, "0"), "hex").reverse(),
    u32(labels.length, 0, publicInputs, privateInputs, 100, 0, 0),
  ]);
  const map = u32(...labels.flatMap((it) => [it, 0]));
  const sections = [header, Buffer.alloc(0), map].map((it, i) =>
    Buffer.concat([u32(i + 1, it.length, 0), it]),
  );
  return Buffer.concat([Buffer.from("r1cs"), u32(1, sections.length), ...sections]);
}
