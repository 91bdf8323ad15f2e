import { expect } from "chai";
import * as fc from "fast-check";
import type { ViewRun } from "../../../offchain/compiler/emit/viewRuns.ts";
import { lengthOf, viewRuns } from "../../../offchain/compiler/emit/viewRuns.ts";
import { viewStatements } from "../../../offchain/compiler/emit/viewStatements.ts";

/** Indices that runs write, as the view counts them; `starts` are those of the inputs. */
function expand(runs: readonly ViewRun[], starts: readonly number[]): number[] {
  return runs.flatMap((run) => {
    switch (run.kind) {
      case "zero":
        return [-1];
      case "element":
        return [starts[run.input]! + run.index];
      case "table":
        return run.indices.map((it) => starts[run.input]! + it);
      case "loop":
        return Array.from({ length: run.count }, (_, i) => {
          const moved = starts.map((it, input) => it + i * (run.steps.get(input) ?? 0));
          return expand(run.body, moved);
        }).flat();
      default:
        return run satisfies never;
    }
  });
}

const startsOf = (sizes: readonly number[]): readonly number[] =>
  sizes.map((_, k) => sizes.slice(0, k).reduce((sum, it) => sum + it, 0));

type Windows = {
  readonly channels: number;
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
};

/** The windows of a square image, channel by channel. */
function im2col({ channels, size, kernel, stride, padding }: Windows): number[] {
  const indices: number[] = [];
  const windows = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  for (let y = 0; y < windows; y++) {
    for (let x = 0; x < windows; x++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let i = 0; i < kernel; i++) {
          for (let j = 0; j < kernel; j++) {
            const [row, column] = [y * stride + i - padding, x * stride + j - padding];
            const isInside = row >= 0 && column >= 0 && row < size && column < size;
            indices.push(isInside ? (channel * size + row) * size + column : -1);
          }
        }
      }
    }
  }
  return indices;
}

const range = (length: number, map: (i: number) => number): number[] =>
  Array.from({ length }, (_, i) => map(i));

const CASES: readonly {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly indices: readonly number[];
  /** Most lines of circom. */
  readonly lines: number;
}[] = [
  { name: "a copy", sizes: [5000], indices: range(5000, (i) => i), lines: 3 },
  { name: "a reversal", sizes: [50], indices: range(50, (i) => 49 - i), lines: 3 },
  { name: "one element again and again", sizes: [9], indices: range(70, () => 4), lines: 3 },
  { name: "zeros", sizes: [9], indices: range(70, () => -1), lines: 3 },
  {
    name: "a transposition",
    ...{ sizes: [3600], indices: range(3600, (i) => (i % 40) * 90 + Math.floor(i / 40)) },
    lines: 5,
  },
  {
    name: "a concatenation of columns",
    ...{
      sizes: [30, 60],
      indices: range(90, (i) => (i % 3 === 0 ? i / 3 : 30 + i - Math.ceil(i / 3))),
    },
    lines: 8,
  },
  {
    name: "windows without padding",
    sizes: [784],
    indices: im2col({ channels: 1, size: 28, kernel: 5, stride: 2, padding: 0 }),
    lines: 9,
  },
  {
    name: "windows with padding",
    sizes: [8 * 144],
    indices: im2col({ channels: 8, size: 12, kernel: 3, stride: 1, padding: 1 }),
    lines: 110,
  },
  {
    name: "no order at all",
    ...{ sizes: [1000], indices: range(1000, (i) => (i * i * 7919 + 13 * i) % 1000) },
    lines: 4,
  },
];

describe("viewRuns", () => {
  for (const { name, sizes, indices, lines } of CASES) {
    it(`writes ${name} in at most ${lines} lines`, () => {
      const runs = viewRuns(sizes, Int32Array.from(indices));
      expect(expand(runs, startsOf(sizes))).to.deep.equal(indices);
      expect(runs.reduce((sum, it) => sum + lengthOf(it), 0)).to.equal(indices.length);
      const names = { output: "v", inputs: sizes.map((_, k) => `x${k}`), tables: "t" };
      expect(viewStatements(runs, names)).to.have.length.at.most(lines);
    });
  }

  it("writes any view's elements, each once and in order", () => {
    const view = fc
      .array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 })
      .chain((sizes) => {
        const most = sizes.reduce((sum, it) => sum + it, 0) - 1;
        const part = fc.oneof(
          fc.array(fc.integer({ min: -1, max: most }), { minLength: 1, maxLength: 12 }),
          fc
            .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 2, max: 9 }))
            .map(([start, length]) => range(length, (i) => Math.min(most, start + i))),
        );
        const repeated = fc
          .tuple(part, fc.integer({ min: 1, max: 5 }))
          .map(([it, count]) => Array.from({ length: count }, () => it).flat());
        return fc.tuple(fc.constant(sizes), fc.array(repeated, { minLength: 1, maxLength: 6 }));
      });
    fc.assert(
      fc.property(view, ([sizes, parts]) => {
        const indices = parts.flat();
        const runs = viewRuns(sizes, Int32Array.from(indices));
        expect(expand(runs, startsOf(sizes))).to.deep.equal(indices);
      }),
      { seed: 9, numRuns: 1000 },
    );
  });
});
