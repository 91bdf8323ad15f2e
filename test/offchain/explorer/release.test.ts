import type { Hex } from "@vouch/protocol";
import { allOf, NO_FLOOR, requireSignature, requireZk } from "@vouch/protocol";
import { expect } from "chai";
import { compareManifests } from "../../../offchain/explorer/src/release/compareManifests.ts";
import type { ComparedRelease } from "../../../offchain/explorer/src/release/compareReleases.ts";
import { compareReleases } from "../../../offchain/explorer/src/release/compareReleases.ts";
import { layoutPicture } from "../../../offchain/explorer/src/release/layoutPicture.ts";
import { modelPicture } from "../../../offchain/explorer/src/release/modelPicture.ts";
import { priceOf } from "../../../offchain/explorer/src/release/priceOf.ts";

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`;

const release: ComparedRelease = {
  version: "1",
  content: hash("11"),
  weights: hash("22"),
  circuit: hash("33") as ComparedRelease["circuit"],
  inputFractionBits: 8,
  outputFractionBits: 16,
  runtime: "bitExact",
  manifest: hash("44"),
  licence: "MIT",
  royaltyBps: 250,
  floor: allOf([requireSignature()]),
};
const changedIn = (next: Partial<ComparedRelease>): readonly string[] =>
  compareReleases(release, { ...release, ...next }).map(({ what }) => what);

describe("compareReleases", () => {
  it("finds nothing where only the version differs", () => {
    expect(changedIn({ version: "2" })).to.deep.equal([]);
  });

  it("finds each thing that differs", () => {
    expect(
      changedIn({
        content: hash("12"),
        weights: hash("23"),
        circuit: hash("34") as ComparedRelease["circuit"],
        inputFractionBits: 9,
        outputFractionBits: 9,
        runtime: "tolerant",
        manifest: hash("45"),
        licence: "Apache-2.0",
        royaltyBps: 500,
        floor: NO_FLOOR,
      }),
    ).to.deep.equal([
      ...["Policy floor", "Weights", "Circuit", "Content", "Manifest", "Scale of inputs"],
      ...["Scale of outputs", "Runtime class", "Royalty", "Licence"],
    ]);
  });

  it("says of a floor that it demands less", () => {
    const before = { ...release, floor: allOf([requireZk("any"), requireSignature()], 5n) };
    const [change] = compareReleases(before, release);
    expect(change?.meaning).to.include("fewer demands").and.to.include("Less stake");
    expect(change?.after).to.equal("signature");
  });

  it("says of a circuit that went that nothing can be proven any more", () => {
    const [change] = compareReleases(release, {
      ...release,
      circuit: hash("00") as ComparedRelease["circuit"],
    });
    expect(change?.meaning).to.include("no proof");
  });
});

describe("compareManifests", () => {
  const manifest = {
    model: "a",
    source: { kind: "files", chatTemplate: { path: "t.json", sha256: hash("01") }, context: 10 },
    report: { rows: 3 },
  };

  it("names the prompt template", () => {
    const next = {
      ...manifest,
      source: { ...manifest.source, chatTemplate: { path: "t.json", sha256: hash("02") } },
    };
    expect(compareManifests(manifest, next).map(({ what }) => what)).to.deep.equal([
      "Prompt template",
    ]);
  });

  it("tells what came from what went, and reads nothing that an object inherits", () => {
    const [change] = compareManifests(manifest, { ...manifest, preprocessing: { b: 1, a: [2] } });
    expect(change).to.include({ before: "none", after: '{"a":[2],"b":1}' });
    expect(compareManifests({ source: "x" }, { source: "x" })).to.deep.equal([]);
  });
});

describe("priceOf", () => {
  it("has nothing to say of no fees", () => {
    expect(priceOf([])).to.equal(undefined);
  });

  it("takes the lower of two middle fees, and sorts them as numbers", () => {
    const fees = [100n, 9n, 2n ** 70n, 20n];
    expect(priceOf(fees)).to.deep.equal({ count: 4, least: 9n, median: 20n, most: 2n ** 70n });
  });
});

describe("modelPicture", () => {
  const reported = [
    { node: "dense", snr: 40 },
    { node: "dense", snr: 35 },
    { node: "relu", snr: null },
  ];

  it("draws the layers of a report in their order, each once, at its worst", () => {
    const { nodes, edges, inOrder } = modelPicture(reported, "private", null);
    expect(nodes.map(({ id, snr }) => [id, snr])).to.deep.equal([
      ["dense", 35],
      ["relu", Infinity],
    ]);
    expect(edges).to.deep.equal([["dense", "relu"]]);
    expect(inOrder).to.equal(true);
  });

  it("takes constraints and edges of an estimate, by the form of the weights", () => {
    const estimate = {
      layers: [{ name: "dense", op: "Gemm", private: 900, public: 10 }],
      bindings: [{ name: "input", private: 7, public: 7 }],
      graph: {
        nodes: [
          { id: "in", kind: "input" },
          { id: "dense", kind: "layer" },
        ],
        edges: [["in", "dense"] as const],
      },
    };
    const { nodes, inOrder } = modelPicture(reported, "public", estimate);
    expect(nodes).to.deep.equal([
      { id: "in", op: "input", constraints: null, snr: null },
      { id: "dense", op: "Gemm", constraints: 10, snr: 35 },
    ]);
    expect(inOrder).to.equal(false);
  });
});

describe("layoutPicture", () => {
  const nodes = ["in", "a", "b", "join"].map((id) => ({
    id,
    op: "",
    constraints: null,
    snr: null,
  }));

  it("places branches side by side, and where they meet below both", () => {
    const edges = [
      ["in", "a"],
      ["in", "b"],
      ["a", "b"],
      ["b", "join"],
      ["a", "join"],
    ] as const;
    const placed = layoutPicture({ nodes, edges });
    expect(placed.nodes.map(({ id, row, column }) => [id, row, column])).to.deep.equal([
      ["in", 0, 0],
      ["a", 1, 0],
      ["b", 2, 0],
      ["join", 3, 0],
    ]);
    expect(placed.edges).to.have.length(5);
    expect([placed.rows, placed.columns]).to.deep.equal([4, 1]);
  });

  it("comes to an end on circles, strangers and boxes that point at themselves", () => {
    const edges = [
      ["a", "b"],
      ["b", "a"],
      ["in", "in"],
      ["in", "nobody"],
    ] as const;
    const placed = layoutPicture({ nodes, edges });
    expect(placed.nodes).to.have.length(4);
    expect(placed.edges.every(({ from, to }) => from.row < to.row)).to.equal(true);
    expect(layoutPicture({ nodes: [], edges: [] })).to.deep.equal({
      ...{ nodes: [], edges: [], rows: 0, columns: 0 },
    });
  });
});
