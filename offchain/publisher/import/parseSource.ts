import { PublisherError } from "../errors.ts";
import { plainText } from "./plainText.ts";
import { refusalOfPath } from "./requireLocations.ts";

/** Where a model comes from. */
export type ModelSource =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "url"; readonly url: URL }
  | {
      readonly kind: "hub";
      readonly owner: string;
      readonly repo: string;
      /** Branch, tag or commit; the hub's main branch if undefined. */
      readonly revision: string | undefined;
      /** In the repository; empty where it is to be found. */
      readonly path: string;
    };

const HUB = "hf://";
const NAME = /^[A-Za-z0-9][\w.-]{0,95}$/;
const REVISION = /^[\w][\w./-]{0,199}$/;

/**
 * Reads a source: `hf://<owner>/<repo>[@<revision>][/<path>]` (a slash in a revision is `%2F`), an address, or a path.
 *
 * @throws {PublisherError} `SOURCE_INVALID`.
 */
export function parseSource(text: string, revision?: string): ModelSource {
  const fail = (reason: string): PublisherError =>
    new PublisherError({ code: "SOURCE_INVALID", source: withoutSecrets(text), reason });
  if (text.startsWith(HUB)) return parseHub(text.slice(HUB.length), revision, fail);
  if (revision !== undefined) throw fail("only a hub has revisions");
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return { kind: "url", url: parseUrl(text, fail) };
  if (text === "" || text.includes("\0")) throw fail("it is no path");
  return { kind: "path", path: text };
}

/** Returns an address as it may be shown and kept: without user, password, query and fragment. */
export function shownUrl(url: URL): string {
  return plainText(`${url.protocol}//${url.host}${url.pathname}`, 400);
}

/** Whether a host is this machine by its name alone. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/**
 * Why an address may not be asked; undefined for one that may. What is not encrypted is taken from this machine alone.
 */
export function refusalOfUrl({ protocol, hostname }: URL): string | undefined {
  if (protocol === "https:") return undefined;
  if (protocol !== "http:") return "neither a path, https:// nor hf://";
  return isLoopbackName(hostname) ? undefined : "http:// is taken from this machine only";
}

function parseUrl(text: string, fail: (reason: string) => PublisherError): URL {
  if (!URL.canParse(text)) throw fail("it is no address");
  const url = new URL(text);
  const reason = refusalOfUrl(url);
  if (reason !== undefined) throw fail(reason);
  return url;
}

function parseHub(
  text: string,
  given: string | undefined,
  fail: (reason: string) => PublisherError,
): ModelSource {
  const [owner = "", named = "", ...parts] = text.split("/");
  const [repo = "", encoded, ...rest] = named.split("@");
  if (!NAME.test(owner) || !NAME.test(repo) || rest.length > 0)
    throw fail("it names no owner and repository");
  const own = encoded?.replaceAll(/%2F/gi, "/");
  if (own !== undefined && given !== undefined && own !== given)
    throw fail("it names another revision than --revision");
  const revision = own ?? given;
  if (revision !== undefined && (!REVISION.test(revision) || revision.includes("..")))
    throw fail("its revision is none");
  const path = parts.join("/");
  const reason = path === "" ? undefined : refusalOfPath(path);
  if (reason !== undefined) throw fail(reason);
  return { kind: "hub", owner, repo, revision, path };
}

function withoutSecrets(text: string): string {
  if (URL.canParse(text) && /^https?:/i.test(text)) return shownUrl(new URL(text));
  return plainText(text.replace(/[?#].*$/s, "").replace(/\/\/[^/]*@/, "//"), 400);
}
