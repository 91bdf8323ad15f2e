import type { AddressInfo } from "node:net";
import type { Gateway } from "@vouch/gateway";

/** Listens on a free port of this machine alone; returns the URL without a slash at the end. */
export async function listening({ app }: Pick<Gateway, "app">): Promise<string> {
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
