/** Test only: the plan of a small release that commit-and-prove proves. */
import type { Hex } from "@vouch/protocol";
import { NO_FLOOR, parseAddress } from "@vouch/protocol";
import type { ReleasePlan } from "@vouch/publisher";
import { id } from "ethers";
import { floats, node, onnxModel } from "./onnxModel.ts";

const FILE = onnxModel({
  input: ["N", 2],
  nodes: [node("Gemm", ["x", "w", "b"], "y")],
  initializers: [floats("w", [2, 1], [0.5, -0.25]), floats("b", [1], [0.125])],
});

export const COMMITTED_PLAN: ReleasePlan = {
  ...{ file: FILE, model: "tiny", version: "1", licence: "MIT", royaltyBps: 0 },
  publisher: parseAddress(`0x${"a1".repeat(20)}`),
  calibration: [
    [0.5, 0.25],
    [-0.5, 0.75],
  ],
  heldOut: [[0.25, 0.5]],
  input: { mode: "public", bits: 8, fractionBits: 6 },
  output: { mode: "public", bits: 24, fractionBits: 12 },
  weights: "private",
  setup: { kind: "development" },
  system: "committedGroth16",
  floor: NO_FLOOR,
  salt: id("tiny") as Hex,
};
