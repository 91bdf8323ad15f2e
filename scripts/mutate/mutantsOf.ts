import { createHash } from "node:crypto";
import {
  type AstNode,
  type Span,
  declarationAt,
  isNode,
  lineAt,
  parseSolidity,
  spanOf,
  walk,
} from "../solidity/parseSolidity.ts";

/** One small fault: bytes `start` to `end` of `path` become `replacement`. */
export type Mutant = Span & {
  readonly id: string;
  readonly path: string;
  readonly line: number;
  readonly declaration: string;
  readonly operator: string;
  readonly original: string;
  readonly replacement: string;
};

type Edit = Span & { readonly operator: string; readonly replacement: string };

/** What each binary operator is replaced by: its boundary, its opposite, its inverse. */
const BINARY: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
  "&&": ["||"],
  "||": ["&&"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "**": ["*"],
  "&": ["|"],
  "|": ["&"],
  "^": ["&"],
  "<<": [">>"],
  ">>": ["<<"],
};

const ASSIGNMENT: Readonly<Record<string, string>> = {
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
  "%=": "*=",
  "|=": "&=",
  "&=": "|=",
  "^=": "|=",
  "<<=": ">>=",
  ">>=": "<<=",
};

const YUL: Readonly<Record<string, string>> = {
  add: "sub",
  sub: "add",
  mul: "add",
  div: "mul",
  sdiv: "mul",
  mod: "div",
  smod: "sdiv",
  lt: "gt",
  gt: "lt",
  slt: "sgt",
  sgt: "slt",
  and: "or",
  or: "and",
  xor: "or",
  shl: "shr",
  shr: "shl",
  sar: "shr",
  eq: "xor",
};

/** Every mutant of a contract, in source order; equal sources give equal lists. */
export function mutantsOf(path: string, text: string): readonly Mutant[] {
  const source = Buffer.from(text);
  const unit = parseSolidity(path, text);
  const edits: Edit[] = [];
  walk(unit, (node, parents) => {
    edits.push(...editsOf(node, parents, source));
  });
  return edits
    .map((edit) => {
      const original = source.subarray(edit.start, edit.end).toString();
      return {
        ...edit,
        id: createHash("sha256")
          .update(`${path}:${edit.start}:${edit.end}:${edit.operator}:${edit.replacement}`)
          .digest("hex")
          .slice(0, 12),
        path,
        line: lineAt(source, edit.start),
        declaration: declarationAt(unit, edit.start),
        original,
      };
    })
    .sort((a, b) => a.start - b.start || a.id.localeCompare(b.id));
}

export function applyMutant(text: string, mutant: Mutant): string {
  const source = Buffer.from(text);
  return Buffer.concat([
    source.subarray(0, mutant.start),
    Buffer.from(mutant.replacement),
    source.subarray(mutant.end),
  ]).toString();
}

function editsOf(node: AstNode, parents: readonly AstNode[], source: Buffer): readonly Edit[] {
  const span = spanOf(node);
  const put = (operator: string, replacement: string, at: Span = span): Edit => ({
    ...at,
    operator,
    replacement,
  });
  const field = (name: string): AstNode => node[name] as AstNode;
  const textOf = (at: Span): string => source.subarray(at.start, at.end).toString();
  const between = (left: AstNode, right: AstNode): Span => {
    const start = spanOf(left).end;
    const end = spanOf(right).start;
    const token = String(node["operator"]);
    const from = start + source.subarray(start, end).indexOf(token);
    return { start: from, end: from + token.length };
  };
  const conditions = (at: AstNode): readonly Edit[] =>
    ["true", "false"]
      .filter((value) => value !== textOf(spanOf(at)))
      .map((value) => put("condition", value, spanOf(at)));

  switch (node.nodeType) {
    case "BinaryOperation": {
      const at = between(field("leftExpression"), field("rightExpression"));
      return (BINARY[String(node["operator"])] ?? []).map((token) => put("operator", token, at));
    }
    case "Assignment": {
      const token = ASSIGNMENT[String(node["operator"])];
      const at = between(field("leftHandSide"), field("rightHandSide"));
      return token === undefined ? [] : [put("assignment", token, at)];
    }
    case "UnaryOperation":
      return unaryEdits(node, source);
    case "Conditional":
      return conditions(field("condition"));
    case "IfStatement":
      return conditions(field("condition"));
    case "WhileStatement":
      return [put("condition", "false", spanOf(field("condition")))];
    case "ForStatement":
      return isNode(node["condition"])
        ? [put("condition", "false", spanOf(node["condition"]))]
        : [];
    case "Literal":
      return literalEdits(node, parents).map((value) => put("literal", value));
    case "ExpressionStatement":
      // Without its step a loop only runs out of gas.
      return parents.at(-1)?.["loopExpression"] === node
        ? []
        : [put("deletion", "{}", withSemicolon(span, source))];
    case "EmitStatement":
    case "RevertStatement":
    case "Break":
    case "Continue":
      return [put("deletion", "{}", withSemicolon(span, source))];
    case "ModifierInvocation":
      return parents.at(-1)?.["kind"] === "function" ? [put("deletion", "")] : [];
    case "YulFunctionCall": {
      const name = field("functionName");
      const other = YUL[String(name["name"])];
      return other === undefined ? [] : [put("yul", other, spanOf(name))];
    }
    case "YulIf":
      return ["0", "1"].map((value) => put("condition", value, spanOf(field("condition"))));
    case "YulForLoop":
      return [put("condition", "0", spanOf(field("condition")))];
    case "YulAssignment":
    case "YulExpressionStatement":
      return [put("deletion", "")];
    case "YulLiteral":
      return node["kind"] === "number" ? [put("literal", plusOne(String(node["value"])))] : [];
    default:
      return [];
  }
}

function unaryEdits(node: AstNode, source: Buffer): readonly Edit[] {
  const span = spanOf(node);
  const token = String(node["operator"]);
  const other = { "++": "--", "--": "++", "!": "", "-": "", "~": "" }[token];
  if (other === undefined) return [];
  const start = node["prefix"] === true ? span.start : span.end - token.length;
  return source.subarray(start, start + token.length).toString() === token
    ? [{ start, end: start + token.length, operator: "unary", replacement: other }]
    : [];
}

/** A literal is one more; in a type, a pragma or a named string it stays. */
function literalEdits(node: AstNode, parents: readonly AstNode[]): readonly string[] {
  if (parents.some(({ nodeType }) => nodeType === "ArrayTypeName")) return [];
  if (node["kind"] === "bool") return [node["value"] === "true" ? "false" : "true"];
  if (node["kind"] !== "number") return [];
  const unit = typeof node["subdenomination"] === "string" ? ` ${node["subdenomination"]}` : "";
  return [plusOne(String(node["value"])) + unit];
}

function plusOne(literal: string): string {
  const digits = literal.replaceAll("_", "");
  if (/^\d+$/.test(digits)) return String(BigInt(digits) + 1n);
  // An address literal has a checksum and 40 digits: the sum keeps both out of it.
  return /^0x[0-9a-f]+$/i.test(digits) ? String(BigInt(digits) + 1n) : `(${literal} + 1)`;
}

function withSemicolon(span: Span, source: Buffer): Span {
  let end = span.end;
  while (/\s/.test(String.fromCharCode(source[end] ?? 0))) end++;
  return source[end] === ";".charCodeAt(0) ? { start: span.start, end: end + 1 } : span;
}
