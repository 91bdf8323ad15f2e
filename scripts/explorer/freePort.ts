import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { ServerError } from "../../offchain/explorer/server/errors.ts";

/**
 * Returns a port of this machine that nobody listens on: the one that is wanted, or any where that is 0.
 *
 * @throws {ServerError} `PORT_TAKEN`.
 */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new ServerError({ code: "PORT_TAKEN", port: wanted }, { cause }));
    });
    server.listen(wanted, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  await new Promise((resolve) => server.close(resolve));
  return port;
}
