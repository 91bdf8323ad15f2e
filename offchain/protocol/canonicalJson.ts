/**
 * Returns the one text of a JSON value that is hashed: RFC 8785, keys sorted by UTF-16 code units, no white space. Members
 * that are `undefined` are left out. Strings have to be well-formed Unicode, which the parsers of what is hashed see to.
 */
export function canonicalJson(value: unknown): string {
  // Objects are written here: `JSON.stringify` puts keys that look like integers first, whatever the order of insertion.
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
  return `{${members.join(",")}}`;
}
