import { findDomain } from "../../offchain/compiler/onnx/ops.ts";
import type { Price } from "./measureOp.ts";
import { measureOp } from "./measureOp.ts";
import type { OpSection } from "./opEntries.ts";
import type { OpEntry } from "./opEntry.ts";

const INTRODUCTION = `# Ops

What the compiler reads, by ONNX name. Written by \`npm run docs:ops\` from the readers' tables
(\`offchain/compiler/onnx/ops.ts\`) and from what a model of the one op costs; a test holds it to both.

Shapes are known when the file is compiled: lengths that it leaves open are given (\`dimensions\`). What depends on
constants alone is folded and costs nothing, whatever the op. Integers and truth values are exact. Texts, sequences,
sparse tensors, constants that are no number, subgraphs (If, Loop, Scan) and random ops are refused by name. An infinite
constant is a bound (Clip, Max, Min, a comparison), the filler of a max pool, or a mask that is chosen or added before
a softmax; wherever else it is calculated with, and as an answer, it is refused.

**opset** is where ONNX has the op, as far as it is read: RANGES.
**private**, **public**: constraints of one element of the largest tensor, or of what \`per\` says, with weights that
are witness or circuit constants. The input has 8 bits, 6 of them fraction (whole numbers none), the output 32 bits
with 12, and what brings the result there is counted: ops whose result is another scale's are free until it is
rescaled, and many rescales are shared with the next layer. Not counted is what binds input, output and weights; a
committed weight of 8 bits takes 9.3 more. A code instead of a number is the error by which that model is refused.
`;

const HEAD = [
  "| op | opset | private | public | per | restrictions and notes |",
  "| --- | --- | --: | --: | --- | --- |",
] as const;

/** The page, before it is formatted. */
export function renderOps(sections: readonly OpSection[]): string {
  const ranges = [...new Set(sections.map(({ domain }) => domain))]
    .map((domain) => {
      const { lowest, highest } = domainOf(domain);
      return `${domain} ${lowest} to ${highest}`;
    })
    .join(", ");
  return [INTRODUCTION.replace("RANGES", ranges), ...sections.map(renderSection)].join("\n");
}

/** First and last opset of an op. */
export function opsetsOf(
  domain: OpSection["domain"],
  { since = 1, until = Infinity }: OpEntry,
): readonly [first: number, last: number] {
  const { lowest, highest } = domainOf(domain);
  return [Math.max(lowest, since), Math.min(highest, until)];
}

function renderSection({ title, domain, entries }: OpSection): string {
  const names = Object.keys(entries).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const rows = names.map((op) => renderRow(op, domain, entries[op] ?? { inputs: [] }));
  return [`## ${title}`, "", ...HEAD, ...rows, ""].join("\n");
}

function renderRow(op: string, domain: OpSection["domain"], entry: OpEntry): string {
  const { count, ...price } = measureOp(op, domain, entry);
  const [first, last] = opsetsOf(domain, entry);
  const cells = [
    ...[op, first === last ? `${first}` : `${first} to ${last}`],
    ...[price.private, price.public].map((it) => renderPrice(it, count)),
    ...[entry.unit?.[1] ?? "", entry.note ?? ""],
  ];
  return `| ${cells.join(" | ")} |`;
}

function renderPrice(price: Price, count: number): string {
  if (typeof price === "string") return `\`${price}\``;
  const each = price / count;
  return each < 10 ? `${Math.round(each * 10) / 10}` : `${Math.round(each)}`;
}

function domainOf(name: string): { readonly lowest: number; readonly highest: number } {
  const domain = findDomain(name);
  if (domain === undefined) throw new Error(`there is no domain ${name}`);
  return domain;
}
