/** A box of the picture; the last two are null where nobody counted or measured them. */
export type PictureNode = {
  readonly id: string;
  /** The file's op, or what the box is. */
  readonly op: string;
  readonly constraints: number | null;
  /** Signal-to-noise ratio in dB of the integer form; Infinity where both forms are equal. */
  readonly snr: number | null;
};

/** What is drawn: boxes, and ids that data flows between. */
export type ModelPicture = {
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
  /** Whether the edges are only the order in which the report names the layers. */
  readonly inOrder: boolean;
  /** Constraints of what is no layer: binding of weights, input, output and claim. */
  readonly bindings: readonly { readonly name: string; readonly constraints: number }[];
};

/** Layers as a manifest's report names them. */
type ReportedLayer = { readonly node: string; readonly snr: number | null };

/** What a compiler's estimate says of a model's layers; see `ModelPrice` of `@vouch/compiler`. */
export type LayerEstimate = {
  readonly layers: readonly {
    readonly name: string;
    readonly op: string;
    readonly private: number;
    readonly public: number;
  }[];
  readonly bindings: readonly {
    readonly name: string;
    readonly private: number;
    readonly public: number;
  }[];
  readonly graph: {
    readonly nodes: readonly { readonly id: string; readonly kind: string }[];
    readonly edges: readonly (readonly [string, string])[];
  };
};

/** Returns the picture of a model: of its estimate where there is one, else of the layers that its report names. */
export function modelPicture(
  reported: readonly ReportedLayer[],
  weights: "private" | "public",
  estimate: LayerEstimate | null,
): ModelPicture {
  const snrOf = snrByNode(reported);
  if (estimate === null) {
    const nodes = [...snrOf].map(([id, snr]) => ({ id, op: "", constraints: null, snr }));
    const edges = nodes.flatMap(({ id }, at) => {
      const next = nodes[at + 1];
      return next === undefined ? [] : [[id, next.id] as const];
    });
    return { nodes, edges, inOrder: true, bindings: [] };
  }
  const layerOf = new Map(estimate.layers.map((it) => [it.name, it]));
  return {
    nodes: estimate.graph.nodes.map(({ id, kind }) => {
      const layer = layerOf.get(id);
      return {
        id,
        op: layer?.op ?? kind,
        constraints: layer?.[weights] ?? null,
        snr: snrOf.get(id) ?? null,
      };
    }),
    edges: estimate.graph.edges,
    inOrder: false,
    bindings: estimate.bindings.map((it) => ({ name: it.name, constraints: it[weights] })),
  };
}

/** One figure per layer: the worst of its tensors. */
function snrByNode(reported: readonly ReportedLayer[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { node, snr } of reported)
    found.set(node, Math.min(snr ?? Infinity, found.get(node) ?? Infinity));
  return found;
}
