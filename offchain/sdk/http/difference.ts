/** A place in JSON, and what is there on either side. */
export type Difference = {
  readonly path: string;
  readonly claimed: string;
  readonly proven: string;
};

const MAX_SHOWN = 200;

/** Returns the first place where `claimed` is not what is `proven`; members that only `claimed` has are nobody's business. */
export function findDifference(
  proven: unknown,
  claimed: unknown,
  path: string,
): Difference | undefined {
  if (Array.isArray(proven)) {
    if (!Array.isArray(claimed) || claimed.length !== proven.length)
      return { path, claimed: shown(claimed), proven: shown(proven) };
    for (const [index, item] of proven.entries()) {
      const found = findDifference(item, claimed[index], `${path}.${index}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isObject(proven)) {
    if (!isObject(claimed)) return { path, claimed: shown(claimed), proven: shown(proven) };
    for (const [key, item] of Object.entries(proven)) {
      if (item === undefined) continue;
      const found = findDifference(item, claimed[key], path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(proven, claimed)
    ? undefined
    : { path, claimed: shown(claimed), proven: shown(proven) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a gateway wrote may be of any length. */
function shown(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
