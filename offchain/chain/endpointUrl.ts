import { Buffer } from "node:buffer";
import { ChainError } from "./errors.ts";

/** Where a node listens. `name` is what may be logged: neither path, query nor password, which may be keys. */
export type EndpointUrl = {
  readonly name: string;
  readonly url: string;
  readonly kind: "http" | "ws";
  readonly headers: Readonly<Record<string, string>>;
};

const KINDS = { "http:": "http", "https:": "http", "ws:": "ws", "wss:": "ws" } as const;

/** @throws {ChainError} `OPTIONS_INVALID` unless it is an http, https, ws or wss URL; the error does not repeat it. */
export function parseEndpointUrl(text: string, index: number): EndpointUrl {
  const url = URL.parse(text);
  const kind = url === null ? undefined : KINDS[url.protocol as keyof typeof KINDS];
  if (url === null || (kind as string | undefined) === undefined) {
    const reason = `endpoint ${index + 1} is no http, https, ws or wss URL`;
    throw new ChainError({ code: "OPTIONS_INVALID", reason });
  }
  const { username, password } = url;
  const hasMore = username !== "" || url.pathname !== "/" || url.search !== "";
  const name = `${url.protocol}//${url.host}${hasMore ? "/…" : ""}`;
  url.username = "";
  url.password = "";
  const secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers =
    username === "" ? {} : { authorization: `Basic ${Buffer.from(secret).toString("base64")}` };
  return { name, url: url.href, kind: KINDS[url.protocol as keyof typeof KINDS], headers };
}
