import { evmProgram } from "@vouch/compiler";
import { expect } from "chai";
import { concat, dataSlice, toBeHex } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { randomNumbers } from "../../helpers/onnxModel.ts";
import { randomIntegerGraph, someInputs } from "../../helpers/randomIntegerGraph.ts";

const PROGRAMS = process.env["VOUCH_DEEP"] === "1" ? 30 : 4;
const MUTATIONS = 60;

const { ethers, networkHelpers } = connection;

async function deployMock() {
  const model = await ethers.deployContract("IntegerModelMock");
  const library = await ethers.getContractAt("IntegerModel", model);
  return { model, library, codec: await ethers.getContractAt("TensorCodec", model) };
}
const deployed = () => networkHelpers.loadFixture(deployMock);

const u8 = (...values: number[]): string => concat(values.map((it) => toBeHex(it, 1)));
const u16 = (...values: number[]): string => concat(values.map((it) => toBeHex(it, 2)));
const i64 = (value: bigint): string => toBeHex(BigInt.asUintN(64, value), 8);

/** Takes in and gives out two signed elements of 8 bits; 16 elements of memory, of which 3 and 4 are the output. */
const HEADER = concat([u8(1), u16(2), u8(8, 1), u16(2), u8(8, 1), u16(16, 3)]);
const INPUT = [5n, -6n];
const instruction = (code: number, to: number, count: number, ...fields: string[]): string =>
  concat([u8(code), u16(to, count), ...fields]);

/** Each instruction, written by hand from the format, and what it makes of the input. */
const INSTRUCTIONS: readonly [name: string, bytes: string, output: readonly bigint[]][] = [
  ["load", instruction(1, 3, 2, u8(1), "0x07ff"), [7n, -1n]],
  ["gather", instruction(2, 3, 2, u16(2, 0)), [-6n, 0n]],
  [
    "linear",
    // Lanes of 12 bits: biases 0 and 1, weights 1 and 2 of the first input, 3 and 0 of the second.
    instruction(3, 3, 2, u16(1, 1, 2), u8(2, 12), "0x801800", "0x002001", "0x000003"),
    [-13n, 11n],
  ],
  ["matmul", instruction(4, 3, 2, u16(1, 1, 1, 1, 1)), [25n, -30n]],
  ["sum", instruction(5, 3, 1, u16(1, 2)), [-1n, 0n]],
  ["maximum", instruction(6, 3, 1, u16(1, 2)), [5n, 0n]],
  ["rescale", instruction(7, 3, 2, u16(1), i64(3n), u8(1, 8, 1)), [8n, -9n]],
  ["rescale to 4 bits", instruction(7, 3, 2, u16(1), i64(3n), u8(1, 4, 1)), [7n, -8n]],
  ["rescale with ReLU", instruction(7, 3, 2, u16(1), i64(3n), u8(1, 8, 3)), [8n, 0n]],
  ["relu", instruction(8, 3, 2, u16(1)), [5n, 0n]],
  [
    "lookup",
    instruction(9, 3, 2, u16(1), i64(-8n), u8(3, 1, 1), "0x00020102020203020402050206020702"),
    [8n, 1n],
  ],
  ["root", instruction(10, 3, 1, u16(1)), [2n, 0n]],
  ["multiply", instruction(11, 3, 2, u16(1, 1, 1)), [25n, -30n]],
  ["combine", instruction(12, 3, 2, u16(1, 0), i64(-2n), i64(1n)), [-10n, 17n]],
  ["divide", instruction(13, 3, 1, u16(2, 1), u8(1)), [-3n, 0n]],
  ["lessOrEqual", instruction(14, 3, 2, u16(1, 0)), [0n, 1n]],
  ["equal", instruction(15, 3, 2, u16(1, 1)), [1n, 1n]],
  [
    "select",
    concat([instruction(15, 8, 1, u16(1, 1)), instruction(16, 3, 2, u16(1, 0, 8))]),
    [5n, 5n],
  ],
];

describe("IntegerModel.evaluate, the format", () => {
  for (const [name, bytes, output] of INSTRUCTIONS) {
    describe(`given ${name}`, () => {
      it("runs it", async () => {
        const { model } = await deployed();
        expect(await model.evaluate(concat([HEADER, bytes]), INPUT)).to.deep.equal(output);
      });

      it("reverts with ProgramMalformed when it is cut off", async () => {
        const { model, library } = await deployed();
        const cut = dataSlice(
          concat([HEADER, bytes]),
          0,
          HEADER.length / 2 - 1 + bytes.length / 2 - 2,
        );
        await expect(model.evaluate(cut, INPUT)).to.be.revertedWithCustomError(
          library,
          "ProgramMalformed",
        );
      });
    });
  }

  const HEADERS: readonly [string, string][] = [
    ["is empty", "0x"],
    ["is cut off", dataSlice(HEADER, 0, 12)],
    ["is of another version", concat([u8(2), dataSlice(HEADER, 1)])],
    ["declares no input", concat([u8(1), u16(0), dataSlice(HEADER, 3)])],
    ["declares no bits", concat([u8(1), u16(2), u8(0), dataSlice(HEADER, 4)])],
    ["declares 254 bits", concat([u8(1), u16(2), u8(254), dataSlice(HEADER, 4)])],
    ["declares a sign of 2", concat([u8(1), u16(2), u8(8, 2), dataSlice(HEADER, 5)])],
    ["declares a frame without the input", concat([dataSlice(HEADER, 0, 9), u16(2, 0)])],
    ["has its output outside the frame", concat([dataSlice(HEADER, 0, 9), u16(16, 15)])],
  ];
  for (const [when, header] of HEADERS) {
    it(`reverts with ProgramMalformed when the header ${when}`, async () => {
      const { model, library } = await deployed();
      await expect(model.evaluate(header, INPUT))
        .to.be.revertedWithCustomError(library, "ProgramMalformed")
        .withArgs(0);
    });
  }

  const REFUSED: readonly [string, string][] = [
    ["has the code 0", instruction(0, 3, 2, u16(1, 1))],
    ["has the code 17", instruction(17, 3, 2, u16(1, 1, 1))],
    ["writes past the frame", instruction(8, 15, 2, u16(1))],
    ["reads past the frame", instruction(8, 3, 2, u16(15))],
    ["gathers past the frame", instruction(2, 3, 1, u16(16))],
    [
      "gathers nine elements, the first past the frame",
      instruction(2, 3, 9, u16(16, 0, 0, 0, 0, 0, 0, 0, 0)),
    ],
    ["loads integers of no bytes", instruction(1, 3, 2, u8(0))],
    ["loads integers of 33 bytes", instruction(1, 3, 0, u8(33))],
    ["has a linear without lanes", instruction(3, 3, 2, u16(1, 1, 2), u8(0, 12))],
    ["has a linear without rows", instruction(3, 3, 2, u16(1, 0, 2), u8(2, 12))],
    ["has lanes wider than a word", instruction(3, 3, 0, u16(1, 1, 0), u8(2, 129))],
    [
      "has a linear that reads past the frame",
      instruction(3, 3, 2, u16(1, 2, 8), u8(1, 8), "0x000000000000000000"),
    ],
    ["has a matmul without rows", instruction(4, 3, 2, u16(1, 1, 1, 0, 1))],
    ["has a matmul that reads past the frame", instruction(4, 3, 2, u16(1, 1, 1, 1, 16))],
    ["has a matmul whose right operand is past it", instruction(4, 3, 2, u16(1, 1, 1, 1, 8))],
    ["sums up nothing", instruction(5, 3, 2, u16(1, 0))],
    ["sums up past the frame", instruction(5, 3, 2, u16(1, 8))],
    ["has a table of 2^255 entries", instruction(9, 3, 2, u16(1), i64(-8n), u8(255, 0, 2))],
    ["has a table of 2^17 entries", instruction(9, 3, 0, u16(1), i64(0n), u8(17, 0, 1))],
    [
      "has an operand below the table",
      instruction(9, 3, 2, u16(1), i64(-5n), u8(2, 2, 1), "0x0000000000000000"),
    ],
    [
      "has an operand above the table",
      instruction(9, 3, 2, u16(1), i64(-8n), u8(2, 1, 1), "0x0000000000000000"),
    ],
    ["has a table of entries of no bytes", instruction(9, 3, 2, u16(1), i64(-8n), u8(3, 1, 0))],
    [
      "has a table of entries of 33 bytes",
      instruction(9, 3, 0, u16(1), i64(0n), u8(0, 0, 33), toBeHex(0, 33)),
    ],
    ["multiplies by a row that does not repeat", instruction(11, 3, 3, u16(1, 1, 2))],
    ["multiplies by nothing", instruction(11, 3, 2, u16(1, 1, 0))],
    ["has a condition past the frame", instruction(16, 3, 2, u16(1, 1, 15))],
  ];
  for (const [when, bytes] of REFUSED) {
    it(`reverts with ProgramMalformed when an instruction ${when}`, async () => {
      const { model, library } = await deployed();
      const relu = instruction(8, 3, 2, u16(1));
      await expect(model.evaluate(concat([HEADER, relu, bytes]), INPUT))
        .to.be.revertedWithCustomError(library, "ProgramMalformed")
        .withArgs(13 + 7);
    });
  }

  it("reverts with ProgramMalformed before it reads words that are not there", async () => {
    const { model, library } = await deployed();
    // 200 words for each of 60,000 inputs: more than there is gas for the memory of.
    const words = instruction(3, 3, 200, u16(1, 1, 60_000), u8(1, 255));
    const header = concat([dataSlice(HEADER, 0, 9), u16(65_535, 3)]);
    await expect(model.evaluate(concat([header, words]), INPUT))
      .to.be.revertedWithCustomError(library, "ProgramMalformed")
      .withArgs(13);
  });

  it("reverts for an output that is not of its encoding", async () => {
    const { model, codec } = await deployed();
    const bytes = concat([HEADER, instruction(1, 3, 2, u8(2), u16(1, 128))]);
    await expect(model.evaluate(bytes, INPUT))
      .to.be.revertedWithCustomError(codec, "TensorElementOutOfRange")
      .withArgs(1, 128);
  });

  describe("given programs with a byte changed", () => {
    it("reads and writes its own memory only, or reverts with ProgramMalformed", async () => {
      const { model, library, codec } = await deployed();
      const outcomes = new Map<string, number>();
      for (let seed = 1; seed <= PROGRAMS; seed++) {
        const { graph } = randomIntegerGraph({ seed, weights: "public", steps: 10 });
        const input = someInputs(graph, seed).at(-1) ?? [];
        const { bytes } = evmProgram(graph);
        const next = randomNumbers(seed);
        for (let i = 0; i < MUTATIONS; i++) {
          const mutated = Uint8Array.from(bytes);
          mutated[Math.floor(((next() + 1) / 2) * bytes.length)] = Math.floor((next() + 1) * 128);
          const [one, other] = await Promise.all(
            [0n, ethers.MaxUint256].map((dirt) => outcomeOf(dirt, mutated, input)),
          );
          expect(one, `seed ${seed}, mutation ${i}`).to.equal(other);
          const kind = one?.split(" ")[0] ?? "";
          outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
        }
      }
      expect([...outcomes.keys()]).to.have.members([
        "intact",
        "ProgramMalformed",
        "TensorElementOutOfRange",
        "TensorLengthInvalid",
      ]);

      async function outcomeOf(
        dirt: bigint,
        program: Uint8Array,
        input: readonly bigint[],
      ): Promise<string> {
        try {
          const [output, isIntact] = await model.evaluateAmid(dirt, program, [...input]);
          return `${isIntact ? "intact" : "overwritten"} ${output.join()}`;
        } catch (error) {
          const { data } = error as { data?: string };
          const reason = [library, codec]
            .map((it) => it.interface.parseError(data ?? "0x"))
            .find((it) => it !== null);
          return reason === undefined ? String(error) : `${reason.name} ${reason.args.join()}`;
        }
      }
    });
  });
});
