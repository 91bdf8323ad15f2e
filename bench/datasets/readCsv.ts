/** Up to the next comma or end of line: in quotes, where two stand for one, or as it is. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;

/**
 * Reads a file with a header.
 *
 * @returns each line as the fields of its columns, by their name
 * @throws {SyntaxError} where a quote does not end its field.
 */
export function readCsv(text: string): readonly ReadonlyMap<string, string>[] {
  const [header = [], ...lines] = recordsOf(text);
  return lines.map((fields) => new Map(header.map((name, i) => [name, fields[i] ?? ""])));
}

/** @throws {RangeError} where the file has no such column. */
export function field(line: ReadonlyMap<string, string>, name: string): string {
  const value = line.get(name);
  if (value === undefined) throw new RangeError(`the file has no column ${name}`);
  return value;
}

function recordsOf(text: string): string[][] {
  const records: string[][] = [];
  let fields: string[] = [];
  let read = 0;
  for (const { 0: all, index, 1: quoted, 2: plain = "", 3: end } of text.matchAll(FIELD)) {
    if (index === text.length && fields.length === 0) break;
    read = index + all.length;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ",") continue;
    records.push(fields);
    fields = [];
  }
  if (read !== text.length) throw new SyntaxError(`the file has no CSV at character ${read}`);
  return records;
}
