import { createRequire } from "node:module";

/** A node of solc's AST, Yul's included; `src` is `offset:length:file` in bytes. */
export type AstNode = {
  readonly nodeType: string;
  readonly src: string;
  readonly [field: string]: unknown;
};

/** Bytes `start` to `end` of a file. */
export type Span = { readonly start: number; readonly end: number };

type SolcOutput = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources?: Readonly<Record<string, { readonly ast: AstNode }>>;
};

type Solc = {
  readonly compile: (
    input: string,
    callbacks?: {
      readonly import: (path: string) => { readonly contents: string } | { readonly error: string };
    },
  ) => string;
};

/** The compiler that builds the contracts; loaded once, as it takes half a second. */
export const solc: Solc = createRequire(import.meta.url)("solc") as Solc;

/**
 * Returns the syntax tree of one file by the compiler's own parser, imports unread: new syntax needs no second grammar.
 *
 * @throws {Error} where the file does not parse.
 */
export function parseSolidity(path: string, text: string): AstNode {
  const input = {
    language: "Solidity",
    sources: { [path]: { content: text } },
    settings: { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: () => ({ contents: "" }) }),
  ) as SolcOutput;
  const ast = output.sources?.[path]?.ast;
  if (ast === undefined)
    throw new Error(output.errors?.[0]?.formattedMessage ?? `${path} does not parse`);
  return ast;
}

export function spanOf(node: AstNode): Span {
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return { start, end: start + length };
}

export function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
}

/** The nodes directly below `node`, in source order. */
export function childrenOf(node: AstNode): readonly AstNode[] {
  return Object.values(node)
    .flat()
    .filter(isNode)
    .sort((a, b) => spanOf(a).start - spanOf(b).start);
}

/** Calls `visit` on each node before those below it, with its parents, nearest last. */
export function walk(
  node: AstNode,
  visit: (node: AstNode, parents: readonly AstNode[]) => void,
  parents: readonly AstNode[] = [],
): void {
  visit(node, parents);
  for (const child of childrenOf(node)) walk(child, visit, [...parents, node]);
}

/** `Contract.function`, the function, or the contract around a byte offset; empty outside of all. */
export function declarationAt(unit: AstNode, offset: number): string {
  const names: string[] = [];
  walk(unit, (node) => {
    const { start, end } = spanOf(node);
    if (offset < start || offset >= end) return;
    if (node.nodeType === "ContractDefinition" || node.nodeType === "ModifierDefinition")
      names.push(String(node["name"]));
    if (node.nodeType === "FunctionDefinition") {
      const name = String(node["name"]);
      names.push(name === "" ? String(node["kind"]) : name);
    }
  });
  return names.join(".");
}

/** The 1-based line of a byte offset. */
export function lineAt(source: Buffer, offset: number): number {
  return source.subarray(0, offset).toString().split("\n").length;
}
