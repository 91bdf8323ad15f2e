/** One line or layer of a chart. */
export type Series = {
  readonly key: string;
  readonly name: string;
  /** A colour of the theme, such as `var(--zk)`. */
  readonly colour: string;
};

/** Values at one time, by the series' keys; null where there is none, as of an average over nothing. */
export type Point = { readonly at: number } & Readonly<Record<string, number | null>>;

/** Values of something that has a name, by the series' keys; `id` tells it from others of that name. */
export type Ranked = {
  readonly id: string;
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
};

/** Returns a time of the axis: the hour where a chart spans few days, else the day. */
export function tickOf(at: number, span: number): string {
  const text = new Date(at * 1_000).toISOString();
  return span <= 2 * 86_400 ? text.slice(11, 16) : text.slice(5, 10);
}
