import { lengthOf } from "./viewRuns.ts";
import type { Steps, ViewRun } from "./viewRuns.ts";

/** The variable that a view fills, the signals that it reads, and a name for its tables. */
export type ViewNames = {
  readonly output: string;
  readonly inputs: readonly string[];
  readonly tables: string;
};

/**
 * Circom statements that fill an array with the elements of a view. It is a variable, to be assigned to a signal in one
 * go: to assign a signal's elements one by one takes the compiler time that grows with the square of their number.
 */
export function viewStatements(runs: readonly ViewRun[], names: ViewNames): readonly string[] {
  const tables: string[] = [];
  const place = { at: 0, positions: [], steps: [] };
  const statements = writeRuns(runs, place, { ...names, declared: tables });
  return [...tables, ...statements];
}

type Writer = ViewNames & { readonly declared: string[] };

/** Position in the output and, by loop variable, how far output and inputs move with it. */
type Place = {
  readonly at: number;
  readonly positions: readonly number[];
  readonly steps: readonly Steps[];
};

function writeRuns(runs: readonly ViewRun[], place: Place, writer: Writer): string[] {
  let { at } = place;
  return runs.flatMap((run) => {
    const lines = writeRun(run, { ...place, at }, writer);
    at += lengthOf(run);
    return lines;
  });
}

function writeRun(run: ViewRun, place: Place, writer: Writer): string[] {
  const { at, positions, steps } = place;
  const { output, inputs, tables, declared } = writer;
  const stepsOf = (input: number): readonly number[] => steps.map((it) => it.get(input) ?? 0);
  switch (run.kind) {
    case "zero":
      return [`${output}[${affine(at, positions)}] = 0;`];
    case "element": {
      const source = inputs[run.input] ?? "";
      return [
        `${output}[${affine(at, positions)}] = ${source}[${affine(run.index, stepsOf(run.input))}];`,
      ];
    }
    case "table": {
      const name = `${tables}${declared.length}`;
      declared.push(`var ${name}[${run.indices.length}] = [${run.indices.join(", ")}];`);
      const variable = `i${positions.length}`;
      const target = affine(at, [...positions, 1]);
      const offset = affine(0, stepsOf(run.input));
      const index = offset === "0" ? `${name}[${variable}]` : `${name}[${variable}] + ${offset}`;
      return [
        loopHead(variable, run.indices.length),
        `    ${output}[${target}] = ${inputs[run.input] ?? ""}[${index}];`,
        "}",
      ];
    }
    case "loop": {
      const length = run.body.reduce((sum, it) => sum + lengthOf(it), 0);
      const inner = { at, positions: [...positions, length], steps: [...steps, run.steps] };
      return [
        loopHead(`i${positions.length}`, run.count),
        ...writeRuns(run.body, inner, writer).map((line) => `    ${line}`),
        "}",
      ];
    }
    default:
      return run satisfies never;
  }
}

function loopHead(variable: string, count: number): string {
  return `for (var ${variable} = 0; ${variable} < ${count}; ${variable}++) {`;
}

/** `constant + Σ factor · loop variable` */
function affine(constant: number, factors: readonly number[]): string {
  const terms = factors.flatMap((factor, k) => {
    if (factor === 0) return [];
    return [factor === 1 ? `i${k}` : factor === -1 ? `-i${k}` : `${factor} * i${k}`];
  });
  const all = constant === 0 && terms.length > 0 ? terms : [String(constant), ...terms];
  return all.join(" + ").replaceAll("+ -", "- ");
}
