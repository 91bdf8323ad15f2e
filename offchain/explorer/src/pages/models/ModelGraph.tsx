import { useQuery } from "@tanstack/react-query";
import type { Hex, Manifest } from "@vouch/protocol";
import type { ReactNode } from "react";
import { readEstimate } from "../../data/readEstimate.ts";
import type { PlacedNode } from "../../release/layoutPicture.ts";
import { layoutPicture } from "../../release/layoutPicture.ts";
import type { ModelPicture } from "../../release/modelPicture.ts";
import { modelPicture } from "../../release/modelPicture.ts";
import { plainText } from "../../ui/visibleText.ts";
import { Query } from "../../ui/Query.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Table } from "../../ui/Table.tsx";
import "./modelGraph.css";

/** A model's layers from input to output, with the constraints of each where they were counted. */
export function ModelGraph({
  hash,
  manifest,
}: {
  readonly hash: Hex;
  readonly manifest: Manifest;
}): ReactNode {
  const estimate = useQuery({
    queryKey: ["estimate", hash],
    queryFn: ({ signal }) => readEstimate(hash, signal),
    staleTime: 60_000,
    refetchInterval: false,
  });
  return (
    <Query result={estimate} what="the graph">
      {(found) => (
        <Picture
          picture={modelPicture(manifest.report.layers ?? [], manifest.weights ?? "private", found)}
        />
      )}
    </Query>
  );
}

const WIDTH = 220;
const HEIGHT = 46;
const GAP_X = 24;
const GAP_Y = 30;

function Picture({ picture }: { readonly picture: ModelPicture }): ReactNode {
  if (picture.nodes.length === 0)
    return <p>Neither the manifest nor this server says which layers the model has.</p>;
  const { nodes, edges, rows, columns } = layoutPicture(picture);
  const counted = picture.nodes.reduce((sum, it) => sum + (it.constraints ?? 0), 0);
  const bound = picture.bindings.reduce((sum, it) => sum + it.constraints, 0);
  const most = Math.max(1, ...picture.nodes.map(({ constraints }) => constraints ?? 0));
  const width = columns * (WIDTH + GAP_X) + GAP_X;
  const height = rows * (HEIGHT + GAP_Y) + GAP_Y;
  return (
    <>
      <p>
        {picture.inOrder
          ? "Layers as the accuracy report names them, in the order of the graph. Constraints of single layers were not counted here."
          : `${(counted + bound).toLocaleString("en-US")} constraints as this server's compiler counted them, ${bound.toLocaleString("en-US")} of them to bind weights, input, output and claim. The release's circuit id commits to the constraints, not to this count.`}
      </p>
      <div className="graph" role="region" aria-label="Picture of the graph" tabIndex={0}>
        <svg
          role="img"
          aria-label={`Graph of ${picture.nodes.length} layers from input to output; the table below has the same.`}
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
        >
          {edges.map(({ from, to }, index) => (
            <path key={index} className="graph-edge" d={pathOf(from, to)} />
          ))}
          {nodes.map((node) => (
            <Box key={node.id} node={node} most={most} />
          ))}
        </svg>
      </div>
      <details>
        <summary>The same as a table</summary>
        <Table
          caption="Layers of the model"
          columns={[
            { name: "Layer", cell: ({ id }) => <StrangersText text={id} /> },
            { name: "Operation", cell: ({ op }) => <StrangersText text={op} empty="" /> },
            {
              name: "Constraints",
              cell: ({ constraints }) => constraints?.toLocaleString("en-US") ?? "not counted",
              align: "end",
            },
            { name: "Worst dB", cell: ({ snr }) => shortSnr(snr), align: "end" },
          ]}
          rows={picture.nodes}
          keyOf={({ id }) => id}
          empty="None."
        />
      </details>
    </>
  );
}

function Box({ node, most }: { readonly node: PlacedNode; readonly most: number }): ReactNode {
  const { id, op, constraints } = node;
  const [x, y] = [leftOf(node), topOf(node)];
  const share = constraints === null ? 0 : constraints / most;
  return (
    <g>
      <rect className="graph-box" x={x} y={y} width={WIDTH} height={HEIGHT} rx={8} />
      <rect className="graph-share" x={x} y={y + HEIGHT - 5} width={WIDTH * share} height={5} />
      <text className="graph-name" x={x + 10} y={y + 18}>
        {plainText(op === "" ? id : op, 26)}
      </text>
      <text className="graph-note" x={x + 10} y={y + 34}>
        {constraints === null
          ? plainText(op === "" ? "" : id, 30)
          : `${constraints.toLocaleString("en-US")} constraints`}
      </text>
    </g>
  );
}

function leftOf({ column }: PlacedNode): number {
  return GAP_X + column * (WIDTH + GAP_X);
}

function topOf({ row }: PlacedNode): number {
  return GAP_Y + row * (HEIGHT + GAP_Y);
}

function pathOf(from: PlacedNode, to: PlacedNode): string {
  const [x1, y1] = [leftOf(from) + WIDTH / 2, topOf(from) + HEIGHT];
  const [x2, y2] = [leftOf(to) + WIDTH / 2, topOf(to)];
  // An edge that passes over rows swings out, so that it does not run behind their boxes.
  const swing = to.row - from.row > 1 ? WIDTH / 2 + GAP_X / 2 : 0;
  return `M${x1} ${y1} C${x1 + swing} ${y1 + GAP_Y} ${x2 + swing} ${y2 - GAP_Y} ${x2} ${y2}`;
}

function shortSnr(snr: number | null): string {
  if (snr === null) return "not measured";
  return snr === Infinity ? "equal" : snr.toFixed(1);
}
