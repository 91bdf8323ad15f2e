import { createHash } from "node:crypto";
import {
  type AstNode,
  declarationAt,
  isNode,
  lineAt,
  parseSolidity,
  spanOf,
  walk,
} from "../solidity/parseSolidity.ts";

/**
 * A place at which the flow of a contract parts in two: a condition, with an outcome for true and one for false. A
 * clause of a `try` has one outcome, that it is entered.
 */
export type Branch = {
  readonly path: string;
  readonly index: number;
  readonly declaration: string;
  readonly line: number;
  readonly text: string;
  readonly kind: "condition" | "clause" | "yul if" | "yul for";
  readonly node: AstNode;
  /** The assembly block around a branch of Yul. */
  readonly assembly?: AstNode;
};

type Place = Pick<Branch, "kind" | "node" | "assembly">;

/**
 * The branches of a file in source order: every operand of `&&` and `||`, and the other conditions of `if`, loops,
 * `?:` and `require`, without the `!` and parentheses around them; the clauses of `try`; `if` and `for` of assembly.
 * `assert` is none: its false outcome is one that must not be reachable.
 *
 * @throws {Error} where there is a branch of a kind that is not measured.
 */
export function branchesOf(path: string, text: string): readonly Branch[] {
  const source = Buffer.from(text);
  const unit = parseSolidity(path, text);
  const places = new Map<string, Place>();
  const add = (place: Place): void => {
    places.set(place.node.src, place);
  };
  walk(unit, (node, parents) => {
    // A constant is no code, and calls nothing.
    if (parents.some((parent) => parent["constant"] === true)) return;
    for (const condition of conditionsOf(node)) add({ kind: "condition", node: condition });
    if (node.nodeType === "TryCatchClause") add({ kind: "clause", node: node["block"] as AstNode });
    if (node.nodeType === "YulSwitch")
      throw new Error(`${path}:${lineAt(source, spanOf(node).start)}: switch is not measured`);
    if (node.nodeType === "YulIf" || node.nodeType === "YulForLoop") {
      const assembly = parents.find(({ nodeType }) => nodeType === "InlineAssembly");
      if (assembly === undefined) throw new Error(`${path}: Yul outside of assembly`);
      add({ kind: node.nodeType === "YulIf" ? "yul if" : "yul for", node, assembly });
    }
  });
  return [...places.values()]
    .sort(
      (a, b) =>
        spanOf(a.node).start - spanOf(b.node).start || spanOf(b.node).end - spanOf(a.node).end,
    )
    .map((place, index) => {
      const yul = place.kind === "yul if" || place.kind === "yul for";
      const shown = spanOf(yul ? (place.node["condition"] as AstNode) : place.node);
      const { start } = spanOf(place.node);
      return {
        ...place,
        path,
        index,
        declaration: declarationAt(unit, start),
        line: lineAt(source, shown.start),
        text:
          place.kind === "clause"
            ? "catch or returns"
            : source.subarray(shown.start, shown.end).toString().replace(/\s+/g, " "),
      };
    });
}

/** What a run of the branch leaves behind, in hex: 31 bytes that name it, one that names the outcome. */
export function tagOf({ path, index }: Pick<Branch, "path" | "index">, outcome: boolean): string {
  const name = createHash("sha256").update(`${path}:${index}`).digest("hex").slice(0, 62);
  return `${name}0${outcome ? 1 : 0}`;
}

function conditionsOf(node: AstNode): readonly AstNode[] {
  switch (node.nodeType) {
    case "IfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
    case "Conditional":
      return leavesOf(node["condition"] as AstNode);
    case "ForStatement":
      return isNode(node["condition"]) ? leavesOf(node["condition"]) : [];
    case "BinaryOperation":
      return node["operator"] === "&&" || node["operator"] === "||" ? leavesOf(node) : [];
    case "FunctionCall": {
      const callee = node["expression"] as AstNode;
      const [condition] = node["arguments"] as readonly AstNode[];
      return callee["name"] === "require" && condition !== undefined ? leavesOf(condition) : [];
    }
    default:
      return [];
  }
}

function leavesOf(condition: AstNode): readonly AstNode[] {
  const { nodeType, operator } = condition;
  if (nodeType === "BinaryOperation" && (operator === "&&" || operator === "||")) {
    return [
      ...leavesOf(condition["leftExpression"] as AstNode),
      ...leavesOf(condition["rightExpression"] as AstNode),
    ];
  }
  if (nodeType === "UnaryOperation" && operator === "!")
    return leavesOf(condition["subExpression"] as AstNode);
  const components = condition["components"];
  if (nodeType === "TupleExpression" && Array.isArray(components) && isNode(components[0]))
    return leavesOf(components[0]);
  return [condition];
}
