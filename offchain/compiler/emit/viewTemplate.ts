import { lengthOf } from "./viewRuns.ts";
import type { ViewRun } from "./viewRuns.ts";

/**
 * Body of the circom template of a view: inputs `in0`, `in1`, ..., output `out`. Assignments only, which cost nothing.
 *
 * @param sizes numbers of elements of the inputs
 */
export function viewBody(sizes: readonly number[], runs: readonly ViewRun[]): readonly string[] {
  const elements = runs.reduce((sum, it) => sum + lengthOf(it), 0);
  const tables: string[] = [];
  const statements = writeRuns(runs, { at: 0, positions: [], steps: [] }, tables);
  return [
    ...sizes.map((size, input) => `signal input in${input}[${size}];`),
    `signal output out[${elements}];`,
    ...tables,
    ...statements,
  ];
}

/** Position in the output and, by loop variable, how far output and input move with it. */
type Place = {
  readonly at: number;
  readonly positions: readonly number[];
  readonly steps: readonly number[];
};

function writeRuns(runs: readonly ViewRun[], place: Place, tables: string[]): string[] {
  let { at } = place;
  return runs.flatMap((run) => {
    const lines = writeRun(run, { ...place, at }, tables);
    at += lengthOf(run);
    return lines;
  });
}

function writeRun(run: ViewRun, place: Place, tables: string[]): string[] {
  const { at, positions, steps } = place;
  switch (run.kind) {
    case "zero":
      return [`out[${affine(at, positions)}] <== 0;`];
    case "element":
      return [`out[${affine(at, positions)}] <== in${run.input}[${affine(run.index, steps)}];`];
    case "table": {
      const name = `table${tables.length}`;
      tables.push(`var ${name}[${run.indices.length}] = [${run.indices.join(", ")}];`);
      const variable = `i${positions.length}`;
      const target = affine(at, [...positions, 1]);
      const offset = affine(0, steps);
      const source = offset === "0" ? `${name}[${variable}]` : `${name}[${variable}] + ${offset}`;
      return [
        loopHead(variable, run.indices.length),
        `    out[${target}] <== in${run.input}[${source}];`,
        "}",
      ];
    }
    case "loop": {
      const length = run.body.reduce((sum, it) => sum + lengthOf(it), 0);
      const inner = { at, positions: [...positions, length], steps: [...steps, run.step] };
      const body = writeRuns(run.body, inner, tables);
      return [
        loopHead(`i${positions.length}`, run.count),
        ...body.map((line) => `    ${line}`),
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
  const terms = factors.flatMap((factor, k) =>
    factor === 0 ? [] : [Math.abs(factor) === 1 ? `${factor}i${k}`.replace("1", "") : `${factor} * i${k}`],
  );
  const all = constant === 0 && terms.length > 0 ? terms : [String(constant), ...terms];
  return all.join(" + ").replaceAll("+ -", "- ");
}
