/** Ink on a grid, row by row: 0 is none, 1 all of it. */
export type Drawing = {
  readonly width: number;
  readonly height: number;
  readonly ink: readonly number[];
};

/** A place on the grid, in cells from its upper left corner. */
export type Spot = { readonly x: number; readonly y: number };

/** Cells that a stroke is wide on a grid of 28: what MNIST's pens left. */
const PEN = 2.2;
const PEN_GRID = 28;

/** Returns a grid without ink. */
export function blankDrawing(width: number, height: number): Drawing {
  return { width, height, ink: new Array<number>(width * height).fill(0) };
}

/** Returns a drawing with a straight stroke on it, soft at its edge; ink adds to none that is darker. */
export function stroke(drawing: Drawing, from: Spot, to: Spot): Drawing {
  const { width, height, ink } = drawing;
  const radius = (PEN / 2) * (Math.max(width, height) / PEN_GRID);
  return {
    ...drawing,
    ink: ink.map((before, index) => {
      const spot = { x: (index % width) + 0.5, y: Math.floor(index / width) + 0.5 };
      const apart = distance(spot, from, to);
      return Math.max(before, Math.min(1, Math.max(0, radius + 0.5 - apart)));
    }),
  };
}

/** Returns a drawing with one cell inked, or cleared where it is: what a key does. */
export function toggle(drawing: Drawing, column: number, row: number): Drawing {
  const at = row * drawing.width + column;
  return {
    ...drawing,
    ink: drawing.ink.map((it, index) => (index === at ? (it > 0 ? 0 : 1) : it)),
  };
}

/** Returns a drawing moved by whole cells, so that its ink is in the middle, as in the pictures that such models learnt from. */
export function centred(drawing: Drawing): Drawing {
  const { width, height, ink } = drawing;
  const total = ink.reduce((sum, it) => sum + it, 0);
  if (total === 0) return drawing;
  const sumOf = (coordinate: (index: number) => number): number =>
    ink.reduce((sum, it, index) => sum + it * (coordinate(index) + 0.5), 0) / total;
  const dx = Math.round(width / 2 - sumOf((index) => index % width));
  const dy = Math.round(height / 2 - sumOf((index) => Math.floor(index / width)));
  return {
    ...drawing,
    ink: ink.map((_, index) => {
      const [x, y] = [(index % width) - dx, Math.floor(index / width) - dy];
      return x < 0 || y < 0 || x >= width || y >= height ? 0 : (ink[y * width + x] ?? 0);
    }),
  };
}

/** Returns the numbers that a release takes: all ink is the greatest that it knows, up to 1. */
export function toTensor(
  { ink }: Drawing,
  { max, step }: { readonly max: number; readonly step: number },
): readonly number[] {
  const brightest = Math.min(max, 1);
  return ink.map((it) => Math.min(brightest, Math.round((it * brightest) / step) * step));
}

function distance(spot: Spot, from: Spot, to: Spot): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((spot.x - from.x) * dx + (spot.y - from.y) * dy) / length;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(spot.x - from.x - t * dx, spot.y - from.y - t * dy);
}
