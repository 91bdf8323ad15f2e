/** Test only: releases that are on a chain and cannot be run by an operator with little memory, or at all. */
import { contentId, releaseId } from "@vouch/protocol";
import type { ReleaseId } from "@vouch/protocol";
import type { ReleaseBundle } from "@vouch/publisher";
import { floats, node, onnxModel } from "./onnxModel.ts";

const WIDTH = 4;
/** Some 14 kB of memory for each node, and three nodes a layer. */
const LAYERS = 30;

/** As many layers of ReLU as take a session more than a MiB, and a circuit next to nothing. */
export function deepModel(): Uint8Array {
  const identity = Array.from({ length: WIDTH ** 2 }, (_, i) => Number(i % (WIDTH + 1) === 0));
  const layers = Array.from({ length: LAYERS }, (_, i) => {
    const weights = identity.map((it, at) => it + ((at + i) % 3) / 64);
    return {
      nodes: [
        node("Gemm", [i === 0 ? "x" : `h${i}`, `w${i}`, `b${i}`], `a${i}`),
        node("Relu", [`a${i}`], i === LAYERS - 1 ? "last" : `h${i + 1}`),
      ],
      initializers: [
        floats(`w${i}`, [WIDTH, WIDTH], weights),
        floats(`b${i}`, [WIDTH], Array<number>(WIDTH).fill(1 / 64)),
      ],
    };
  });
  return onnxModel({
    input: ["N", WIDTH],
    nodes: [...layers.flatMap(({ nodes }) => nodes), node("Gemm", ["last", "w", "b"], "y")],
    initializers: [
      ...layers.flatMap(({ initializers }) => initializers),
      floats("w", [WIDTH, 2], Array<number>(WIDTH * 2).fill(1 / 64)),
      floats("b", [2], [0, 0]),
    ],
  });
}

/** A release of another file under the description of an honest one: content and id are the file's own, and nothing else is. */
export function bundleOf(honest: ReleaseBundle, file: Uint8Array): ReleaseBundle {
  const release = { ...honest.release, content: contentId(file, honest.salt) };
  return { ...honest, file, release, id: releaseId(release) satisfies ReleaseId };
}
