/** What we use of @dagrejs/dagre 3.1.3, whose own declarations do not resolve from an ES module. */
// eslint-disable-next-line no-restricted-syntax -- types of a package that has none that resolve
declare module "@dagrejs/dagre" {
  type Point = { readonly x: number; readonly y: number };

  export class Graph {
    setGraph(label: {
      readonly rankdir: "TB" | "LR";
      readonly nodesep: number;
      readonly ranksep: number;
      readonly edgesep: number;
    }): this;
    setNode(id: string, label: { readonly width: number; readonly height: number }): this;
    setEdge(from: string, to: string, label: Readonly<Record<string, never>>): this;
    /** Size of the drawing, once it is laid out. */
    graph(): { readonly width?: number; readonly height?: number };
    /** Centre of the node, once it is laid out. */
    node(id: string): Point;
    edge(from: string, to: string): { readonly points: readonly Point[] };
  }

  /** Places nodes and edges; writes to the labels that were set. */
  export function layout(graph: Graph): void;
}
