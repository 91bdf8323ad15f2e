/** A part of a view: consecutive elements of the output and where they come from. */
export type ViewRun =
  /** One element: that of an input, or 0. */
  | { readonly kind: "element"; readonly input: number; readonly index: number }
  | { readonly kind: "zero" }
  /** Elements of one input in no order that loops could tell. */
  | { readonly kind: "table"; readonly input: number; readonly indices: readonly number[] }
  /** The body again and again, each time with all indices of an input its step further on. */
  | {
      readonly kind: "loop";
      readonly count: number;
      readonly steps: Steps;
      readonly body: readonly ViewRun[];
    };

/** A step for each input. */
export type Steps = ReadonlyMap<number, number>;

/** Longest sequence of runs that is tried as the body of a loop. */
const MAX_PERIOD = 64;
/** Fewer elements than these without order are no loop and no table. */
const LEAST_COUNT = 3;
const LEAST_TABLE = 8;

/** A run with what the next ones are compared by: equal shapes differ by an offset for each input only. */
type Item = {
  readonly run: ViewRun;
  readonly shape: number;
  /** For each input that it reads the first index, in the order of first use. */
  readonly bases: ReadonlyMap<number, number>;
};

/**
 * Finds nested loops that write a view's elements in order: a text in step with the structure of a view, not with its
 * size, for reshapes, transpositions, slices, repetitions and im2col with or without padding.
 *
 * @param sizes numbers of elements of the inputs, which `indices` counts end to end
 */
export function viewRuns(sizes: readonly number[], indices: Int32Array): readonly ViewRun[] {
  const shapes = new Map<string, number>();
  const shapeOf = (key: string): number => {
    const known = shapes.get(key);
    if (known !== undefined) return known;
    shapes.set(key, shapes.size);
    return shapes.size - 1;
  };
  let items: readonly Item[] = elementItems(sizes, indices, shapeOf);
  items = fold(items, 1, LEAST_COUNT, shapeOf);
  for (let period = 1; period <= MAX_PERIOD; period++) {
    const folded = fold(items, period, 2, shapeOf);
    if (folded.length === items.length) continue;
    items = folded;
    period = 0;
  }
  return tabulate(items.map(({ run }) => run));
}

/** Number of elements that a run writes. */
export function lengthOf(run: ViewRun): number {
  switch (run.kind) {
    case "element":
    case "zero":
      return 1;
    case "table":
      return run.indices.length;
    case "loop":
      return run.count * run.body.reduce((sum, it) => sum + lengthOf(it), 0);
    default:
      return run satisfies never;
  }
}

function elementItems(
  sizes: readonly number[],
  indices: Int32Array,
  shapeOf: (key: string) => number,
): readonly Item[] {
  const starts: number[] = [0];
  for (const size of sizes) starts.push((starts.at(-1) ?? 0) + size);
  const shapes = sizes.map((_, input) => shapeOf(`element ${input}`));
  const zero: Item = { run: { kind: "zero" }, shape: shapeOf("zero"), bases: new Map() };
  let input = 0;
  return Array.from(indices, (at): Item => {
    if (at === -1) return zero;
    if (at < (starts[input] ?? 0) || at >= (starts[input + 1] ?? 0)) {
      input = sizes.findIndex((_, k) => at < (starts[k + 1] ?? 0));
    }
    const index = at - (starts[input] ?? 0);
    const bases = new Map([[input, index]]);
    return { run: { kind: "element", input, index }, shape: shapes[input] ?? 0, bases };
  });
}

/** Makes loops of sequences of `period` items that come at least `least` times in a row. */
function fold(
  items: readonly Item[],
  period: number,
  least: number,
  shapeOf: (key: string) => number,
): readonly Item[] {
  const folded: Item[] = [];
  for (let i = 0; i < items.length;) {
    const { count, steps } = repetitions(items, i, period);
    const first = items[i];
    const isLoop = first !== undefined && first.run.kind !== "element" && first.run.kind !== "zero";
    if (count >= (period > 1 || isLoop ? least : Math.max(least, LEAST_COUNT))) {
      folded.push(loopOf(items.slice(i, i + period), count, steps, shapeOf));
      i += count * period;
    } else {
      if (first !== undefined) folded.push(first);
      i++;
    }
  }
  return folded;
}

/** How often the items from `start` on come, with all indices of an input a step further each time. */
function repetitions(
  items: readonly Item[],
  start: number,
  period: number,
): { readonly count: number; readonly steps: Steps } {
  const steps = new Map<number, number>();
  for (let count = 1; ; count++) {
    for (let k = 0; k < period; k++) {
      const first = items[start + k];
      const next = items[start + count * period + k];
      if (first === undefined || first.shape !== next?.shape) return { count, steps };
      for (const [input, base] of first.bases) {
        const distance = (next.bases.get(input) ?? 0) - base;
        if (count === 1 && !steps.has(input)) steps.set(input, distance);
        if (distance !== count * (steps.get(input) ?? 0)) return { count, steps };
      }
    }
  }
}

function loopOf(
  body: readonly Item[],
  count: number,
  steps: Steps,
  shapeOf: (key: string) => number,
): Item {
  const bases = new Map<number, number>();
  const key = body.map((it) => {
    const offsets = Array.from(it.bases, ([input, base]) => {
      const first = bases.get(input) ?? base;
      bases.set(input, first);
      return `${input}+${base - first}`;
    });
    return `${it.shape}:${offsets.join(" ")}`;
  });
  const moved = Array.from(steps, ([input, step]) => `${input}*${step}`);
  return {
    run: { kind: "loop", count, steps, body: body.map(({ run }) => run) },
    shape: shapeOf(`loop ${count} ${moved.join(" ")} ${key.join()}`),
    bases,
  };
}

/** Makes tables of many elements in a row. */
function tabulate(runs: readonly ViewRun[]): readonly ViewRun[] {
  const result: ViewRun[] = [];
  for (let i = 0; i < runs.length;) {
    const run = runs[i];
    if (run?.kind === "loop") result.push({ ...run, body: tabulate(run.body) });
    else if (run?.kind === "element") {
      const indices: number[] = [];
      for (let it = runs[i]; it?.kind === "element" && it.input === run.input; it = runs[i]) {
        indices.push(it.index);
        i++;
      }
      if (indices.length >= LEAST_TABLE) {
        result.push({ kind: "table", input: run.input, indices });
      } else {
        for (const index of indices) result.push({ ...run, index });
      }
      continue;
    } else if (run !== undefined) result.push(run);
    i++;
  }
  return result;
}
