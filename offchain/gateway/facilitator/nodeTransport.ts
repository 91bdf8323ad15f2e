import { Buffer } from "node:buffer";
import type { HttpTransport } from "viem";
import { http } from "viem";

/** HTTP to a node by a URL that may hold a key: viem's errors repeat the one that they know, which is the origin alone. */
export function nodeTransport(rpcUrl: string): HttpTransport {
  const url = new URL(rpcUrl);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return http(url.origin, {
    fetchFn(_, init) {
      const headers = new Headers(init?.headers);
      if (username !== "")
        headers.set("authorization", `Basic ${Buffer.from(secret).toString("base64")}`);
      return fetch(url.href, { ...init, headers, redirect: "error" });
    },
  });
}
