import type { ModelPicture, PictureNode } from "./modelPicture.ts";

/** A box at its place: `row` counts from the input, `column` from the left. */
export type PlacedNode = PictureNode & { readonly row: number; readonly column: number };

export type PlacedPicture = {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly { readonly from: PlacedNode; readonly to: PlacedNode }[];
  readonly rows: number;
  readonly columns: number;
};

/** Boxes that are drawn; of a larger model the first, and the table has all. */
const MAX_DRAWN = 300;

/** Places each box one row below the lowest that it reads from. Edges to boxes that are not there, or in a circle, are left out. */
export function layoutPicture({
  nodes,
  edges,
}: Pick<ModelPicture, "nodes" | "edges">): PlacedPicture {
  const drawn = new Map(nodes.slice(0, MAX_DRAWN).map((it) => [it.id, it]));
  const known = edges.filter(([from, to]) => from !== to && drawn.has(from) && drawn.has(to));
  const rowOf = rowsOf([...drawn.keys()], known);
  const used = new Map<number, number>();
  const placed = new Map<string, PlacedNode>();
  for (const node of drawn.values()) {
    const row = rowOf.get(node.id) ?? 0;
    const column = used.get(row) ?? 0;
    used.set(row, column + 1);
    placed.set(node.id, { ...node, row, column });
  }
  return {
    nodes: [...placed.values()],
    edges: known.flatMap(([a, b]) => {
      const [from, to] = [placed.get(a), placed.get(b)];
      return from === undefined || to === undefined || from.row >= to.row ? [] : [{ from, to }];
    }),
    rows: Math.max(0, ...used.keys()) + (placed.size === 0 ? 0 : 1),
    columns: Math.max(0, ...used.values()),
  };
}

/** Longest way from a box that reads nothing (Kahn); what lies in a circle stays where it was last pushed. */
function rowsOf(
  ids: readonly string[],
  edges: readonly (readonly [string, string])[],
): ReadonlyMap<string, number> {
  const row = new Map(ids.map((id) => [id, 0]));
  const open = new Map(ids.map((id) => [id, 0]));
  const readers = new Map<string, string[]>();
  for (const [from, to] of edges) {
    open.set(to, (open.get(to) ?? 0) + 1);
    readers.set(from, [...(readers.get(from) ?? []), to]);
  }
  const ready = ids.filter((id) => open.get(id) === 0);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    for (const to of readers.get(id) ?? []) {
      row.set(to, Math.max(row.get(to) ?? 0, (row.get(id) ?? 0) + 1));
      const left = (open.get(to) ?? 0) - 1;
      open.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return row;
}
