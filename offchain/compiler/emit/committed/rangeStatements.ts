import type { Template } from "../templates.ts";
import { factorsOf } from "./limbs.ts";
import type { TableWidths } from "./limbs.ts";
import { limbSignal, rangeTableSignal } from "./signals.ts";
import type { RangeCheck } from "./signals.ts";

/** An instance of a template, and the file it is in. */
type Call = (template: Template, ...inputs: readonly string[]) => string;

/** Statements that check every range: limbs, lookups, and the tables with the sums of their lookups. */
export function rangeStatements(
  checks: readonly RangeCheck[],
  tables: TableWidths,
  call: Call,
): readonly string[] {
  const sums = new Map<number, string[]>(tables.map((it) => [it, []]));
  const lines = checks.flatMap((it) => checkStatements(it, sums, call));
  const ends = tables.map((bits) => {
    const lookups = (sums.get(bits) ?? []).join(" + ");
    const table = template("RangeTable", [bits]);
    return `${call(table, rangeTableSignal(bits), "z", lookups)};`;
  });
  return [...lines, ...ends];
}

function checkStatements(
  { signal, elements, offset, limbs }: RangeCheck,
  sums: ReadonlyMap<number, string[]>,
  call: Call,
): readonly string[] {
  const lines: string[] = [];
  const names = limbs.map((_, j) => limbSignal(signal, j));
  const higher = limbs.slice(1).map((it) => it.position);
  if (higher.length > 0) {
    const lowest = template("LowestLimb", [elements, higher.length, offset, higher]);
    const rest = `[${names.slice(1).join(", ")}]`;
    lines.push(`signal ${names[0] ?? ""}[${elements}] <== ${call(lowest, signal, rest)};`);
  } else if (offset !== 0n) {
    const shifted = template("Offset", [elements, offset]);
    lines.push(`signal ${names[0] ?? ""}[${elements}] <== ${call(shifted, signal)};`);
  } else names[0] = signal;
  limbs.forEach((limb, j) => {
    const name = names[j] ?? "";
    const { table } = limb;
    if (table === undefined) {
      lines.push(`${call(template("Booleans", [elements]), name)};`);
      return;
    }
    factorsOf(limb).forEach((factor, k) => {
      const found = `${limbSignal(signal, j)}Found${k}`;
      lines.push(
        `signal ${found} <== ${call(template("Fractions", [elements, factor]), name, "z")};`,
      );
      sums.get(table)?.push(found);
    });
  });
  return lines;
}

/** A template of circuits/committed; what it costs, the plan counts. */
export function template(name: string, parameters: Template["parameters"]): Template {
  return { file: `committed/${name}`, parameters, constraints: 0 };
}
