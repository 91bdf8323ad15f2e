import { expect } from "chai";
import { drawGraph } from "../../../offchain/compiler/estimate/drawGraph.ts";
import type { Drawing } from "../../../offchain/compiler/estimate/drawGraph.ts";
import { estimatePage } from "../../../offchain/compiler/estimate/estimatePage.ts";
import { layerGraph } from "../../../offchain/compiler/estimate/layerGraph.ts";
import type { IntegerGraph, IntegerNode } from "../../../offchain/compiler/ir/integerGraph.ts";

const type = { bits: 8, signed: true };
const tensor = (id: string) => ({ id, shape: [4], type });
const relu = (input: string, output: string): IntegerNode => ({
  op: "relu",
  name: `relu ${output}`,
  input,
  output: tensor(output),
});
const view = (inputs: readonly string[], output: string): IntegerNode => ({
  op: "view",
  name: `view ${output}`,
  inputs,
  indices: new Int32Array(4),
  output: tensor(output),
});
const graphOf = (nodes: readonly IntegerNode[]): IntegerGraph => ({
  name: "test",
  input: tensor("x"),
  output: tensor("y"),
  parameters: [],
  constants: [],
  nodes,
});
const layersIn = (nodes: readonly IntegerNode[]): readonly string[] => nodes.map((it) => it.name);
const INPUT = "input of the model";
const OUTPUT = "output of the model";

describe("layerGraph", () => {
  it("turns a view into an edge", () => {
    const nodes = [relu("x", "a"), view(["a"], "b"), relu("b", "y")];
    expect(layerGraph(graphOf(nodes), layersIn(nodes)).edges).to.deep.equal([
      [INPUT, "relu a"],
      ["relu a", "relu y"],
      ["relu y", OUTPUT],
    ]);
  });

  it("keeps a view of many tensors with many readers, as a joint", () => {
    const parts = ["a", "b", "c"];
    const nodes = [
      ...parts.map((it) => relu("x", it)),
      view(parts, "all"),
      ...["d", "e", "f"].map((it) => relu("all", it)),
      view(["d", "e", "f"], "y"),
    ];
    const { nodes: shown, edges } = layerGraph(graphOf(nodes), layersIn(nodes));
    expect(shown.filter((it) => it.kind === "joint").map((it) => it.id)).to.deep.equal([
      "view all",
    ]);
    expect(edges).to.have.length(3 + 3 + 3 + 3);
  });

  it("draws several nodes of one layer as one", () => {
    const nodes = [relu("x", "a"), relu("a", "b"), relu("b", "y")];
    const { edges } = layerGraph(graphOf(nodes), ["one", "one", "two"]);
    expect(edges).to.deep.equal([
      [INPUT, "one"],
      ["one", "two"],
      ["two", OUTPUT],
    ]);
  });

  it("lets edges go through what is hidden, and says what that is", () => {
    const nodes = [relu("x", "a"), relu("a", "y")];
    const { edges, hidden } = layerGraph(graphOf(nodes), layersIn(nodes), (it) => it === "relu a");
    expect(edges).to.deep.equal([
      [INPUT, "relu y"],
      ["relu y", OUTPUT],
    ]);
    expect(hidden).to.deep.equal(["relu a"]);
  });
});

describe("drawGraph", () => {
  const hostile = "a<b>&\"'\u0000\ud800";
  const drawing = (count: number): Drawing => {
    // Each layer reads the two before it.
    const nodes = Array.from({ length: count }, (_, k) => {
      const output = k === count - 1 ? "y" : `t${k}`;
      const inputs = k === 0 ? ["x"] : [`t${k - 1}`, k === 1 ? "x" : `t${k - 2}`];
      return { ...view(inputs, output), op: "combine", multipliers: [] } as IntegerNode;
    });
    const layers = nodes.map(({ name }, k) => ({
      name,
      op: k === 0 ? hostile : "Add",
      elements: 4,
      macs: 0,
      parameters: 0,
      private: 10 * k ** 2,
      public: k,
    }));
    const bindings = ["weights", "input", "output", "claim"].map((name) => ({
      name,
      private: 300,
      public: name === "weights" ? 0 : 300,
    }));
    const graph = layerGraph(graphOf(nodes), layersIn(nodes));
    return { title: `${hostile} ${count}`, graph, layers, bindings };
  };

  for (const count of [1, 12, 150]) {
    describe(`given ${count} layers`, () => {
      const svg = drawGraph(drawing(count));

      it("is well-formed XML, whatever names hold", () => {
        expect(openElements(svg)).to.deep.equal([]);
        expect(svg).to.include("a&lt;b&gt;&amp;&quot;&#39;\ufffd\ufffd");
      });

      it("is the same text again", () => {
        expect(drawGraph(drawing(count))).to.equal(svg);
      });

      it("has each layer once, in words too", () => {
        expect(svg.match(/role="img"/g)).to.have.length(count + 2);
        expect(svg).to.include("constraints with private weights");
      });

      it("has boxes that do not overlap", () => {
        const boxes = [
          ...svg.matchAll(
            /class="box h\d" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="(?:5|16)"/g,
          ),
        ].map(([, x, y, width, height]) => [x, y, width, height].map(Number));
        expect(boxes).to.have.length(count + 2);
        const overlaps = boxes.flatMap(([x = 0, y = 0, w = 0, h = 0], i) =>
          boxes
            .slice(i + 1)
            .filter(
              ([a = 0, b = 0, c = 0, d = 0]) => x < a + c && a < x + w && y < b + d && b < y + h,
            ),
        );
        expect(overlaps).to.deep.equal([]);
      });
    });
  }

  it("becomes part of a page, with tables", () => {
    const table = {
      title: "Numbers & names",
      rows: [
        ["name", "count"],
        [hostile, "1,234"],
      ],
    };
    const page = estimatePage(drawing(3), [table]);
    expect(
      openElements(page.replace("<!doctype html>", "").replace(/<meta[^>]*>/g, "")),
    ).to.deep.equal([]);
    expect(page).to.include('<td class="number">1,234</td>').and.include("Numbers &amp; names");
  });
});

/** Elements that are not closed in their order, with what is no XML between them. */
function openElements(text: string): readonly string[] {
  const open: string[] = [];
  const tag =
    /<(?:\?[^>]*\?|(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z-:]+="[^"<&]*(?:&[#a-z0-9]+;[^"<&]*)*")*)\s*(\/?))>/g;
  const rest = text.replace(
    tag,
    (_, closing: string, name: string | undefined, __, empty: string) => {
      if (name === undefined || empty === "/") return "";
      if (closing === "") open.push(name);
      else if (open.pop() !== name) open.push(`unexpected ${name}`);
      return "";
    },
  );
  const stray = rest.replace(/<style>[^<]*/g, "").match(/<|&(?!(?:amp|lt|gt|quot|#39);)/g);
  const control = Array.from(text).filter((it) => it < " " && it !== "\n");
  return [...open, ...(stray ?? []), ...control];
}
