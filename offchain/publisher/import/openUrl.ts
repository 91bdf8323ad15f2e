import type { LookupOptions } from "node:dns";
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { isIP } from "node:net";
import { PublisherError } from "../errors.ts";
import type { Network } from "./network.ts";
import { downloadFailed, networkFailure } from "./networkFailure.ts";
import { refusalOfUrl, shownUrl } from "./parseSource.ts";
import type { Reach } from "./reachOf.ts";
import { reachOf } from "./reachOf.ts";

/** What is shown to one origin and to no other. */
export type Credentials = { readonly origin: string; readonly authorization: string };

export type OpenOptions = {
  readonly network: Network;
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: Credentials | undefined;
  readonly signal?: AbortSignal | undefined;
};

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Of a server that has too much to do. */
const LATER: readonly number[] = [408, 425, 429];

type Answer = { readonly response: IncomingMessage; readonly reach: Reach };

/**
 * Asks for a file and follows where that leads. A redirect leads to https, or on this machine; not into a private network, unless
 * the one who gave the address did so: every address that a name stands for is looked at where it is connected to. Not `fetch`, which
 * decompresses what comes, and connects to whatever a name stands for then. Nothing is decompressed.
 *
 * @throws {PublisherError} `DOWNLOAD_FAILED`, for which another try may help; `DOWNLOAD_REFUSED`, `REDIRECT_REFUSED`, `IMPORT_ABORTED`.
 */
export async function openUrl(first: URL, options: OpenOptions): Promise<IncomingMessage> {
  let url = first;
  let begun: Reach | undefined;
  for (let hops = 0; ; hops++) {
    const { response, reach } = await ask(url, first, begun, options);
    begun ??= reach;
    const { statusCode: status = 0, headers } = response;
    if (!REDIRECTS.includes(status) || headers.location === undefined) {
      if (status === 200 || status === 206 || status === 416) return response;
      response.destroy();
      throw status >= 500 || LATER.includes(status)
        ? downloadFailed(first, `its server answers ${status}`)
        : new PublisherError({ code: "DOWNLOAD_REFUSED", url: shownUrl(url), status });
    }
    response.destroy();
    url = nextOf(url, headers.location);
    if (hops >= MAX_REDIRECTS)
      throw refused(first, url, `there are more than ${MAX_REDIRECTS} redirects`);
    const reason = refusalOfUrl(url);
    if (reason !== undefined) throw refused(first, url, reason);
  }
}

async function ask(
  url: URL,
  first: URL,
  begun: Reach | undefined,
  { network, headers, credentials, signal }: OpenOptions,
): Promise<Answer> {
  const isOwn = credentials?.origin === url.origin;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) requireReach(url, first, begun, host);
  const options: RequestOptions = {
    agent: false,
    headers: {
      "accept-encoding": "identity",
      "user-agent": "vouch",
      ...headers,
      ...(isOwn ? { authorization: credentials.authorization } : {}),
    },
    lookup: guarded(url, first, begun, network),
  };
  const late = new Error("nobody answered in time");
  const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
  });
  const timer = setTimeout(() => {
    request.destroy(late);
  }, network.stallMs);
  const abort = (): void => void request.destroy(new Error("aborted"));
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort);
  request.end();
  try {
    const response = await answered;
    return { response, reach: reachOf(response.socket.remoteAddress ?? "") };
  } catch (cause) {
    if (cause instanceof PublisherError) throw cause;
    throw networkFailure(first, signal, cause === late ? late.message : undefined, cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** Looks a name up once, and lets the connection have only addresses that were looked at. */
function guarded(url: URL, first: URL, begun: Reach | undefined, network: Network): LookupFunction {
  return (hostname, options: LookupOptions, done) => {
    network.lookup(hostname).then(
      (found) => {
        try {
          for (const { address } of found) requireReach(url, first, begun, address);
          const [one] = found;
          if (one === undefined) throw new Error("the name stands for no address");
          if (options.all === true) done(null, [...found]);
          else done(null, one.address, one.family);
        } catch (error) {
          done(error as Error, "", 0); // everything above throws errors
        }
      },
      (cause: unknown) => {
        done(cause as Error, "", 0); // of the resolver
      },
    );
  };
}

/** @throws {PublisherError} `REDIRECT_REFUSED`; never for the address that was given, whose `begun` is not known yet. */
function requireReach(url: URL, first: URL, begun: Reach | undefined, address: string): void {
  if (begun === undefined) return;
  const reach = reachOf(address);
  if (reach === "public" || (reach === begun && reach !== "special")) return;
  throw refused(first, url, "it is in a private network");
}

function nextOf(url: URL, location: string): URL {
  if (!URL.canParse(location, url.href)) throw downloadFailed(url, "it redirects to no address");
  const next = new URL(location, url);
  next.username = "";
  next.password = "";
  next.hash = "";
  return next;
}

function refused(first: URL, to: URL, reason: string): PublisherError {
  return new PublisherError({
    code: "REDIRECT_REFUSED",
    ...{ url: shownUrl(first), to: shownUrl(to), reason },
  });
}
