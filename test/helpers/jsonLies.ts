/** Test only: every way to change one place of a JSON document. */

/** A changed document, and what was done to it: `receipt.chainId changed`. */
export type JsonLie = { readonly name: string; readonly path: string; readonly json: unknown };

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Changes each leaf in turn and, where `deep`, takes away each member and gives each leaf another type. */
export function* jsonLies(json: unknown, deep: boolean, path = ""): Generator<JsonLie> {
  const lies = liesAbout(json as Json, deep);
  for (const [what, changed] of lies) yield { name: `${path} ${what}`, path, json: changed };
  if (typeof json !== "object" || json === null) return;
  for (const [key, item] of Object.entries(json)) {
    const inner = path === "" ? key : `${path}.${key}`;
    const put = (changed: unknown): unknown =>
      Array.isArray(json)
        ? (json as unknown[]).with(Number(key), changed)
        : { ...json, [key]: changed };
    for (const lie of jsonLies(item, deep, inner)) yield { ...lie, json: put(lie.json) };
    if (!deep) continue;
    const rest = Array.isArray(json)
      ? (json as unknown[]).toSpliced(Number(key), 1)
      : Object.fromEntries(Object.entries(json).filter(([name]) => name !== key));
    yield { name: `${inner} taken away`, path: inner, json: rest };
  }
}

function liesAbout(json: Json, deep: boolean): [string, unknown][] {
  const others: [string, unknown][] = deep ? [["of another type", { lie: true }]] : [];
  switch (typeof json) {
    case "string":
      return [["changed", changedText(json)], ...others];
    case "number":
      return [["changed", json + 1], ...others];
    case "boolean":
      return [["changed", !json], ...others];
    default:
      return json === null ? [["changed", "lie"], ...others] : [];
  }
}

/** Another text of the same form: one digit of a number, one character of words. */
function changedText(text: string): string {
  const last = text.slice(-1);
  const rest = text.slice(0, -1);
  if (/^(0x[0-9a-f]+|\d+)$/.test(text)) return rest + (last === "1" ? "2" : "1");
  return last === "x" ? `${rest}y` : `${rest}x`;
}
