import { readFile } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import type { AstNode } from "../../solidity/parseSolidity.ts";
import { isNode, parseSolidity, spanOf } from "../../solidity/parseSolidity.ts";
import { readNatSpec } from "./natSpec.ts";
import { code, escaped, table } from "./page.ts";
import type { Page } from "./page.ts";

/** What a page of a file shows of what it declares, in this order. */
const KINDS: Readonly<Record<string, string>> = {
  StructDefinition: "Structs",
  EnumDefinition: "Enums",
  UserDefinedValueTypeDefinition: "Types",
  VariableDeclaration: "Variables",
  EventDefinition: "Events",
  ErrorDefinition: "Errors",
  ModifierDefinition: "Modifiers",
  FunctionDefinition: "Functions",
};
const HIDDEN = ["private"];

/**
 * Returns a page for each Solidity file: what it declares, with its NatSpec. Read by the compiler's own parser from the sources, so
 * that it needs no build; private parts are left out. `paths` are relative to `root`.
 */
export async function solidityPages(
  root: string,
  paths: readonly string[],
): Promise<readonly Page[]> {
  const interfaces = new Map(paths.map((path) => [basename(path, ".sol"), pageOf(path)]));
  return Promise.all(
    paths.map(async (path) => {
      const source = Buffer.from(await readFile(join(root, path)));
      const nodes = nodesOf(parseSolidity(path, source.toString()));
      const contracts = nodes.filter(({ nodeType }) => nodeType === "ContractDefinition");
      const link = (name: string): string => {
        const target = interfaces.get(name);
        if (target === undefined) return code(name);
        return `[\`${name}\`](${posix.relative(posix.dirname(pageOf(path)), target)}.md)`;
      };
      const free = nodes.filter(({ nodeType }) => nodeType in KINDS);
      const title = `# ${basename(path, ".sol")}`;
      const where = `\`import … from "@vouch/${path}";\``;
      const parts = [
        ...contracts.map((node) => contractText(node, source, link, contracts.length > 1)),
        members(free, source, link, "##"),
      ];
      return { path: pageOf(path), text: [title, where, ...parts].join("\n\n") };
    }),
  );
}

function pageOf(path: string): string {
  const [first = "", ...rest] = path.replace(/\.sol$/u, "").split("/");
  const folder = first === "contracts" && rest.length > 1 ? (rest[0] ?? "") : first;
  return `solidity/${folder}/${basename(path, ".sol")}`;
}

function contractText(
  node: AstNode,
  source: Buffer,
  link: (name: string) => string,
  named: boolean,
): string {
  const head = named ? `## ${String(node["name"])}\n\n` : "";
  const [heading = ""] = sliceOf(node, source).split("{");
  const bases = /\bis\s+(?<bases>.+)$/su
    .exec(heading)
    ?.groups?.["bases"]?.split(",")
    .map((base) => link(base.trim().replace(/\(.*$/su, "")));
  const kind = `${node["abstract"] === true ? "Abstract " : ""}${String(node["contractKind"])}`;
  const line = `${kind[0]?.toUpperCase() ?? ""}${kind.slice(1)}${bases === undefined ? "" : ` that is ${bases.join(", ")}`}.`;
  const members_ = nodesOf(node).filter(({ visibility }) => !HIDDEN.includes(String(visibility)));
  return `${head}${line}\n\n${describe(node, link)}\n\n${members(members_, source, link, "##")}`;
}

/** Returns what is declared, by kind and in the order of the source. */
function members(
  nodes: readonly AstNode[],
  source: Buffer,
  link: (name: string) => string,
  level: string,
): string {
  return Object.entries(KINDS)
    .map(([kind, title]) => {
      const those = nodes.filter(({ nodeType }) => nodeType === kind);
      const texts = those.map((node) => {
        const name = String(node["name"]) || String(node["kind"]);
        return `${level}# ${escaped(name)}\n\n\`\`\`solidity\n${signature(node, source)}\n\`\`\`\n\n${describe(node, link)}`;
      });
      return texts.length === 0 ? "" : `${level} ${title}\n\n${texts.join("\n\n")}`;
    })
    .filter((text) => text !== "")
    .join("\n\n");
}

function describe(node: AstNode, link: (name: string) => string): string {
  const comment = node["documentation"];
  const text = isNode(comment) ? comment["text"] : comment;
  if (typeof text !== "string") return "";
  const { notice, dev, params, returns, inherits } = readNatSpec(text);
  return [
    escaped(notice),
    ...dev.map((it) =>
      it.startsWith("Warning:")
        ? `::: warning\n${escaped(it.slice("Warning:".length).trim())}\n:::`
        : escaped(it),
    ),
    table(
      ["parameter", ""],
      params.map(([name, it]) => [code(name), escaped(it)]),
    ),
    ...returns.map((it) => `Returns: ${escaped(it)}`),
    inherits === undefined ? "" : `As in ${link(inherits)}.`,
  ]
    .filter((it) => it !== "")
    .join("\n\n");
}

/** Returns a declaration as the source has it, without a function's body. */
function signature(node: AstNode, source: Buffer): string {
  const text = sliceOf(node, source);
  const body = node["body"];
  const end = isNode(body) ? spanOf(body).start - spanOf(node).start : undefined;
  const shown = end === undefined ? text : Buffer.from(text).subarray(0, end).toString();
  return outdent(shown.trim().replace(/;$/u, ""));
}

function sliceOf(node: AstNode, source: Buffer): string {
  const { start, end } = spanOf(node);
  return source.subarray(start, end).toString();
}

/** The first line begins at the declaration, and the others where they stand in the file. */
function outdent(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  const indents = rest.filter((it) => it.trim() !== "").map((it) => it.search(/\S/u));
  const by = /^\s*[)}]/u.test(rest.at(-1) ?? "") ? Math.min(...indents) : Math.min(...indents) - 4;
  return [first, ...rest.map((it) => it.slice(Math.max(0, by)))].join("\n");
}

function nodesOf(node: AstNode): readonly AstNode[] {
  const nodes = node["nodes"];
  return Array.isArray(nodes) ? nodes.filter(isNode) : [];
}
