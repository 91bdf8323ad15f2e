import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Bytes on the wire, of the page as built into a folder. */
export type BundleSizes = {
  /** The entry and what it imports statically: what everybody waits for. */
  readonly main: number;
  /** Its styles. */
  readonly styles: number;
  /** Files of `main`, by name. */
  readonly files: Readonly<Record<string, number>>;
  /** The largest of what is loaded when somebody asks for it. */
  readonly lazy: Readonly<Record<string, number>>;
};

const SHOWN = 8;

/** Returns what the page weighs, gzipped, reading a build of Vite. */
export async function bundleSizes(folder: string): Promise<BundleSizes> {
  const document = await readFile(join(folder, "index.html"), "utf8");
  const [entry] = matches(document, /<script[^>]+src="\/(assets\/[^"]+\.js)"/g);
  if (entry === undefined) throw new Error(`${folder} has no page: its document names no script`);
  const main = new Set<string>();
  const waiting = [
    entry,
    ...matches(document, /rel="modulepreload"[^>]+href="\/(assets\/[^"]+)"/g),
  ];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (main.has(file)) continue;
    main.add(file);
    const text = await readFile(join(folder, file), "utf8");
    // Vite's output imports statically by `import..from"./x.js"` and `import"./x.js"`; a lazy one has brackets.
    for (const name of matches(text, /(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g))
      waiting.push(`assets/${name}`);
  }
  const all = await readdir(join(folder, "assets"));
  const sizes = new Map<string, number>(
    await Promise.all(
      all.map(async (name): Promise<readonly [string, number]> => [
        `assets/${name}`,
        await gzipped(join(folder, "assets", name)),
      ]),
    ),
  );
  const lazy = [...sizes].filter(([name]) => name.endsWith(".js") && !main.has(name));
  lazy.sort(([, one], [, other]) => other - one);
  const styles = matches(document, /rel="stylesheet"[^>]+href="\/(assets\/[^"]+\.css)"/g);
  return {
    main: sum([...main].map((name) => sizes.get(name) ?? 0)),
    styles: sum(styles.map((name) => sizes.get(name) ?? 0)),
    files: Object.fromEntries([...main].map((name) => [name, sizes.get(name) ?? 0])),
    lazy: Object.fromEntries(lazy.slice(0, SHOWN)),
  };
}

async function gzipped(path: string): Promise<number> {
  return (await stat(path)).isFile() ? gzipSync(await readFile(path), { level: 9 }).length : 0;
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, group]) => group ?? []);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
