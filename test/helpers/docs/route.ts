/** Test only: loaded before a block of a page, so that the addresses which the page has are answered by this machine's test. */
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import type { Told } from "./surroundings.ts";

const told = process.env["VOUCH_DOCS"];
if (told !== undefined) route((JSON.parse(told) as Told).routes);

function route(routes: Told["routes"]): void {
  const routed = (url: string): string => {
    const [from, to] = Object.entries(routes).find(([it]) => url.startsWith(it)) ?? ["", ""];
    return from === "" ? url : to + url.slice(from.length);
  };
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) =>
    input instanceof Request
      ? fetch(new Request(routed(input.url), input), init)
      : fetch(routed(input.toString()), init);
  // The chain's client asks by this function, and always with an address as text.
  const { request } = http;
  http.request = ((url: string | URL, ...rest: [http.RequestOptions]) =>
    request(routed(url.toString()), ...rest)) as typeof request;
  syncBuiltinESMExports();
}
