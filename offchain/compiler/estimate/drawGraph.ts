import { Graph, layout } from "@dagrejs/dagre";
import type { BindingPrice, LayerPrice } from "./priceLayers.ts";
import type { LayerGraph, LayerNode } from "./layerGraph.ts";
import { escapeXml } from "./escapeXml.ts";

/** What is drawn. */
export type Drawing = {
  readonly title: string;
  readonly graph: LayerGraph;
  readonly layers: readonly LayerPrice[];
  readonly bindings: readonly BindingPrice[];
};

type Box = {
  readonly node: LayerNode;
  readonly lines: readonly string[];
  /** In words, for those who do not see the picture. */
  readonly label: string;
  /** Part of all constraints with private weights, 0 to 1. */
  readonly share: number;
  readonly width: number;
  readonly height: number;
};

type Point = { readonly x: number; readonly y: number };

const FONT = 12;
const CHARACTER = 7;
const LINE = 16;
const PADDING = 10;
const BAR = 5;
const MARGIN = 16;
const HEAD = 84;
const LONGEST_NAME = 30;
/** Shares of the whole from which on a box has the next colour; the first is that of no cost at all. */
const STEPS: readonly number[] = [0.01, 0.05, 0.15, 0.35];
const COLOURS: readonly number[] = [0, 1, ...STEPS.map((_, k) => k + 2)];

const STYLE = `
svg { font: ${FONT}px ui-sans-serif, system-ui, sans-serif; --ink: #1b1b1f; --soft: #5c5f66; --line: #8a8f98; --back: #ffffff;
  --h0: #f1f3f5; --h1: #fff4e0; --h2: #ffe3b8; --h3: #ffcb80; --h4: #ffab45; --h5: #f58411; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #f2f2f5; --soft: #a9adb6; --line: #7d828c; --back: #16171b;
    --h0: #24262b; --h1: #2b251b; --h2: #3d301c; --h3: #573d18; --h4: #774e12; --h5: #9a5d08; }
}
.back { fill: var(--back); }
text { fill: var(--ink); }
.op, .title { font-weight: 600; }
.title { font-size: 16px; }
.soft { fill: var(--soft); }
.name { opacity: 0.8; }
.box { stroke: var(--line); }
.bar { fill: var(--ink); opacity: 0.7; }
.track { fill: var(--ink); opacity: 0.12; }
.edge { fill: none; stroke: var(--line); stroke-width: 1.2; }
.tip { fill: var(--line); }
${COLOURS.map((k) => `.h${k} { fill: var(--h${k}); }`).join("\n")}
`;

/**
 * Draws layers with their constraints as an SVG document: data flows downwards, colour and bar show a layer's part of the
 * whole with private weights. The same drawing gives the same text.
 */
export function drawGraph({ title, graph, layers, bindings }: Drawing): string {
  const all = [...layers, ...bindings];
  const total = all.reduce((sum, it) => sum + it.private, 0);
  const open = all.reduce((sum, it) => sum + it.public, 0);
  const boxes = new Map(graph.nodes.map((it) => [it.id, boxOf(it, layers, bindings, total)]));
  const plan = place(graph, boxes);
  const width = Math.max(plan.width, 560) + 2 * MARGIN;
  const height = plan.height + HEAD + 2 * MARGIN;
  const hidden = graph.hidden.length;
  const summary = `${count(total)} constraints with private weights, ${count(open)} with public ones`;
  const rest = bindings
    .filter(({ name }) => name === "weights" || name === "claim")
    .map((it) => `${it.name === "weights" ? "hash of the weights" : it.name} ${prices(it)}`);
  const notes = [...rest, ...(hidden === 0 ? [] : [`${hidden} cheap layers are not shown`])];
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-labelledby="vouch-title vouch-summary">
<title id="vouch-title">${escapeXml(title)}</title>
<desc id="vouch-summary">${escapeXml([summary, ...notes].join("; "))}</desc>
<style>${STYLE}</style>
<defs><marker id="vouch-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>
<rect class="back" width="${width}" height="${height}"/>
<text class="title" x="${MARGIN}" y="${MARGIN + 12}">${escapeXml(title)}</text>
<text x="${MARGIN}" y="${MARGIN + 32}">${escapeXml(summary)}</text>
<text class="soft" x="${MARGIN}" y="${MARGIN + 50}">${escapeXml(notes.join("; "))}</text>
${legend(MARGIN, MARGIN + 60)}
<g transform="translate(${round((width - plan.width) / 2)} ${HEAD + MARGIN})">
${plan.edges.map((it) => `<path class="edge" d="${pathOf(it)}" marker-end="url(#vouch-tip)"/>`).join("\n")}
${plan.boxes.map(([box, at]) => drawBox(box, at)).join("\n")}
</g>
</svg>
`;
}

function boxOf(
  node: LayerNode,
  layers: readonly LayerPrice[],
  bindings: readonly BindingPrice[],
  total: number,
): Box {
  if (node.kind === "joint") {
    return { node, lines: [], label: `${node.id}: joins tensors`, share: 0, width: 10, height: 10 };
  }
  const layer = layers.find(({ name }) => name === node.id);
  const price = layer ?? bindings.find(({ name }) => name === node.kind) ?? NOTHING;
  const name = layer === undefined ? "" : shorten(node.id);
  const op = layer === undefined ? node.kind : layer.op;
  const share = total === 0 ? 0 : price.private / total;
  const cost = price.private + price.public === 0 ? "free" : prices(price);
  const lines = [op, name, cost].filter((it) => it !== "");
  const label = `${[op, layer === undefined ? "" : node.id].filter((it) => it !== "").join(" ")}: ${count(price.private)} constraints with private weights, ${count(price.public)} with public ones, ${percent(share)} of the whole`;
  const characters = lines.reduce((most, it) => Math.max(most, it.length), 14);
  return {
    node,
    lines,
    label,
    share,
    width: characters * CHARACTER + 2 * PADDING,
    height: lines.length * LINE + 2 * PADDING,
  };
}

const NOTHING = { private: 0, public: 0 };

type Plan = {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly (readonly [box: Box, centre: Point])[];
  readonly edges: readonly (readonly Point[])[];
};

function place(graph: LayerGraph, boxes: ReadonlyMap<string, Box>): Plan {
  const drawing = new Graph();
  drawing.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 36, edgesep: 12 });
  // Ids of our own: a name may be anything.
  const ids = new Map(graph.nodes.map(({ id }, at) => [id, `n${at}`]));
  for (const [id, { width, height }] of boxes) {
    drawing.setNode(ids.get(id) ?? "", { width, height });
  }
  const edges = graph.edges.map(([from, to]) => [ids.get(from) ?? "", ids.get(to) ?? ""] as const);
  for (const [from, to] of edges) drawing.setEdge(from, to, {});
  layout(drawing);
  const { width = 0, height = 0 } = drawing.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: [...boxes].map(([id, box]) => [box, drawing.node(ids.get(id) ?? "")] as const),
    edges: edges.map(([from, to]) => drawing.edge(from, to).points),
  };
}

function drawBox({ node, lines, label, share, width, height }: Box, { x, y }: Point): string {
  const [left, top] = [round(x - width / 2), round(y - height / 2)];
  const heat = Math.max(
    0,
    STEPS.findLastIndex((it) => share > it || it === 0),
  );
  const text = lines.map((it, k) => {
    const kind = k === 0 ? "op" : k === lines.length - 1 ? "" : "name";
    const at = round(top + PADDING + FONT + k * LINE - 1);
    return `<text${kind === "" ? "" : ` class="${kind}"`} x="${left + PADDING}" y="${at}">${escapeXml(it)}</text>`;
  });
  const radius = node.kind === "layer" ? 5 : Math.min(height / 2, 16);
  const bar =
    lines.length === 0
      ? ""
      : drawBar(left + PADDING, top + height - BAR - 2, width - 2 * PADDING, share);
  return `<g role="img" aria-label="${escapeXml(label)}"><title>${escapeXml(label)}</title><rect class="box h${heat}" x="${left}" y="${top}" width="${width}" height="${height}" rx="${radius}"/>${text.join("")}${bar}</g>`;
}

function drawBar(x: number, y: number, width: number, share: number): string {
  const track = `<rect class="track" x="${x}" y="${y}" width="${width}" height="${BAR - 2}"/>`;
  if (share === 0) return track;
  return `${track}<rect class="bar" x="${x}" y="${y}" width="${round(Math.max(1, width * share))}" height="${BAR - 2}"/>`;
}

function legend(x: number, y: number): string {
  const cells = [0, ...STEPS].map((from, k) => {
    const at = x + 190 + k * 76;
    const text = from === 0 ? `< ${percent(STEPS[0] ?? 0)}` : `≥ ${percent(from)}`;
    return `<rect class="box h${k + 1}" x="${at}" y="${y}" width="16" height="14" rx="3"/><text class="soft" x="${at + 21}" y="${y + 11}">${escapeXml(text)}</text>`;
  });
  return `<g aria-hidden="true"><text class="soft" x="${x}" y="${y + 11}">Part of the constraints, private:</text>${cells.join("")}</g>`;
}

/** Through the points of dagre, corners rounded. */
function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  const inner = rest.slice(0, -1).map((it, k) => {
    const next = rest[k + 1] ?? it;
    const end = k === rest.length - 2 ? next : { x: (it.x + next.x) / 2, y: (it.y + next.y) / 2 };
    return `Q${round(it.x)} ${round(it.y)} ${round(end.x)} ${round(end.y)}`;
  });
  const [only] = rest;
  const straight =
    inner.length === 0 && only !== undefined ? `L${round(only.x)} ${round(only.y)}` : "";
  return `M${round(first.x)} ${round(first.y)}${inner.join("")}${straight}`;
}

function prices(price: Pick<LayerPrice, "private" | "public">): string {
  return `${count(price.private)} private · ${count(price.public)} public`;
}

/** The end of a name tells nodes apart. */
function shorten(name: string): string {
  return name.length <= LONGEST_NAME ? name : `…${name.slice(1 - LONGEST_NAME)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
