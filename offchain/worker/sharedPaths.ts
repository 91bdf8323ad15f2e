import type { Hex } from "@vouch/protocol";

/** The paths of one tree as one thread passes them to another: strings are copied each time, and most siblings are on many paths. */
export type SharedPaths = {
  /** Each sibling once, end to end. */
  readonly siblings: string;
  /** Of each path in turn its length, and where its siblings are. */
  readonly places: Uint32Array;
};

const SIBLING_CHARACTERS = 66;

/** @param paths siblings of 32 bytes each */
export function sharePaths(paths: readonly (readonly Hex[])[]): SharedPaths {
  const known = new Map<Hex, number>();
  const places: number[] = [];
  for (const path of paths) {
    places.push(path.length);
    for (const sibling of path) {
      const place = known.get(sibling) ?? known.size;
      if (place === known.size) known.set(sibling, place);
      places.push(place);
    }
  }
  return { siblings: [...known.keys()].join(""), places: Uint32Array.from(places) };
}

/** Inverts `sharePaths`. */
export function unsharePaths({ siblings, places }: SharedPaths): readonly (readonly Hex[])[] {
  const all: Hex[] = [];
  for (let at = 0; at < siblings.length; at += SIBLING_CHARACTERS)
    all.push(siblings.slice(at, at + SIBLING_CHARACTERS) as Hex);
  const paths: Hex[][] = [];
  let at = 0;
  while (at < places.length) {
    const path: Hex[] = [];
    for (let left = places[at++] ?? 0; left > 0; left--) {
      const sibling = all[places[at++] ?? 0];
      if (sibling !== undefined) path.push(sibling);
    }
    paths.push(path);
  }
  return paths;
}
