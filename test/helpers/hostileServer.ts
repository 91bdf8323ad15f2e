/** Test only: a server that says, byte for byte, what a test has it say, and knows who has left. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type HostileServer = {
  readonly url: string;
  /** Paths that were asked for, in turn. */
  readonly asked: readonly string[];
  /** Answers whose client went before they had ended. */
  readonly left: () => number;
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  readonly close: () => Promise<void>;
};

export async function hostileServer(): Promise<HostileServer> {
  const asked: string[] = [];
  let left = 0;
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.on("error", () => undefined); // of whoever has left
    response.on("close", () => {
      if (!response.writableFinished) left++;
    });
    request.resume();
    hostile.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const hostile: HostileServer = {
    ...{ url: `http://127.0.0.1:${port}`, asked, left: () => left },
    answer: (_, response) => response.end(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return hostile;
}
