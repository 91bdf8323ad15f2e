import { z } from "zod";
import { PublisherError } from "../errors.ts";
import { bodyOf } from "./bodyOf.ts";
import { download } from "./download.ts";
import type { Credentials, OpenOptions } from "./openUrl.ts";
import { openUrl } from "./openUrl.ts";
import { besideOf } from "./openAddress.ts";
import type { Licence, Origin } from "./origin.ts";
import { fitName } from "./origin.ts";
import type { ModelSource } from "./parseSource.ts";
import { refusalOfUrl, shownUrl } from "./parseSource.ts";
import { plainText } from "./plainText.ts";
import { refusalOfPath } from "./requireLocations.ts";
import { withTries } from "./withTries.ts";

/** Where models are asked for, and as whom. */
export type Hub = {
  /** Such as `https://huggingface.co`. */
  readonly endpoint: string;
  /** Shown to that endpoint alone. */
  readonly token?: string | undefined;
};

const MAIN = "main";
const MAX_ANSWER_BYTES = 2 ** 24;
const MAX_SHOWN = 20;
const TOKEN = /^[\x21-\x7e]{1,512}$/;

const answerSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  siblings: z.array(z.object({ rfilename: z.string() })).default([]),
  cardData: z
    .object({ license: z.string().optional(), license_name: z.string().optional() })
    .nullish()
    .catch(undefined),
  tags: z.array(z.string()).default([]),
});

/**
 * Opens a model of a hub by its interface (`/api/models/<owner>/<repo>/revision/<revision>`, `/<owner>/<repo>/resolve/<commit>/<path>`;
 * https://huggingface.co/docs/hub/api). A branch or tag is resolved to a commit first, so that all files are of one, and the import
 * can be repeated.
 *
 * @throws {PublisherError} `SOURCE_INVALID`, `HUB_TOKEN_INVALID`, `HUB_ANSWER_INVALID`, `FILE_CHOICE`, and those of `openUrl`.
 */
export async function openHub(
  { owner, repo, revision = MAIN, path }: Extract<ModelSource, { readonly kind: "hub" }>,
  { endpoint, token }: Hub,
  options: Omit<OpenOptions, "headers" | "credentials">,
): Promise<Origin> {
  const base = endpointOf(endpoint);
  const open = { ...options, credentials: credentialsOf(base, token) };
  const source = `hf://${owner}/${repo}`;
  const at = `api/models/${owner}/${repo}/revision/${encodeURIComponent(revision)}`;
  const answer = await ask(new URL(at, base), open);
  const file = path === "" ? findModel(source, answer.siblings) : path;
  const url = besideOf(new URL(`${owner}/${repo}/resolve/${answer.sha}/`, base), file);
  return {
    source: `${source}/${file}`,
    revision: answer.sha,
    name: fitName(repo),
    label: `${source}/${file}`,
    licence: licenceOf(answer),
    licenceFile: undefined,
    save: (location, target, expected, onBytes) =>
      download(location === undefined ? url : besideOf(url, location), target, expected, {
        ...{ ...open, onBytes },
      }),
  };
}

function endpointOf(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const reason = url === undefined ? "the hub's endpoint is no address" : refusalOfUrl(url);
  if (url === undefined || reason !== undefined)
    throw new PublisherError({
      code: "SOURCE_INVALID",
      ...{ source: url === undefined ? "HF_ENDPOINT" : shownUrl(url), reason: reason ?? "" },
    });
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function credentialsOf({ origin }: URL, token: string | undefined): Credentials | undefined {
  if (token === undefined || token === "") return undefined;
  if (!TOKEN.test(token)) throw new PublisherError({ code: "HUB_TOKEN_INVALID" });
  return { origin, authorization: `Bearer ${token}` };
}

async function ask(url: URL, options: OpenOptions): Promise<z.infer<typeof answerSchema>> {
  const fail = (reason: string, cause?: unknown): PublisherError =>
    new PublisherError({ code: "HUB_ANSWER_INVALID", url: shownUrl(url), reason }, { cause });
  const text = await withTries(options.network, options.signal, async () => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of bodyOf(await openUrl(url, options), url, options)) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) throw fail(`it has more than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw fail("it is no JSON", cause);
  }
  const answer = answerSchema.safeParse(json);
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  throw fail(`${issue?.path.join(".") ?? ""} is not as it should be`, answer.error);
}

function findModel(source: string, siblings: readonly { readonly rfilename: string }[]): string {
  const names = siblings.map(({ rfilename }) => rfilename);
  const found = names.filter((it) => /\.onnx$/i.test(it) && refusalOfPath(it) === undefined);
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  const shown = found.sort().slice(0, MAX_SHOWN);
  throw new PublisherError({ code: "FILE_CHOICE", source, found: shown });
}

/** `other` says that there is one of a name of its own. */
function licenceOf({ cardData, tags }: z.infer<typeof answerSchema>): Licence | undefined {
  const tag = tags.find((it) => it.startsWith("license:"))?.slice("license:".length);
  const said = cardData?.license ?? tag;
  const text = said === "other" ? (cardData?.license_name ?? said) : said;
  if (text === undefined || text === "") return undefined;
  return { text: plainText(text, 100), from: "hub" };
}
