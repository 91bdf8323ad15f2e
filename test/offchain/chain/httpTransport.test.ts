import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { parseEndpointUrl } from "../../../offchain/chain/endpointUrl.ts";
import { httpTransport } from "../../../offchain/chain/httpTransport.ts";
import type { Transport } from "../../../offchain/chain/transport.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const CALLS = 4;

describe("httpTransport, given a server that closes connections", () => {
  let server: Server;
  let transport: Transport;
  let asked: number;
  let answers: boolean;

  beforeEach(async () => {
    asked = 0;
    answers = true;
    server = createServer((request, response) => {
      asked += 1;
      void text(request).then((call) => {
        const { id } = JSON.parse(call) as { readonly id: number };
        if (answers) response.end(JSON.stringify({ jsonrpc: "2.0", id, result: "0x1" }));
        else response.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const at = parseEndpointUrl(`http://127.0.0.1:${port}`, 0);
    transport = httpTransport(at, { timeoutMs: 5_000, maxBytes: 1_000 });
  });
  afterEach(() => {
    transport.close();
    server.closeAllConnections();
    server.close();
  });

  const ask = () => transport.ask("eth_chainId", []);

  it("asks once more where all that were kept are closed before it sees it", async () => {
    await Promise.all(Array.from({ length: CALLS }, ask));
    server.closeIdleConnections();
    expect(await ask()).to.deep.equal({ result: "0x1" });
    expect(asked).to.equal(CALLS + 1);
  });

  it("asks no third time", async () => {
    answers = false;
    expect(await codeOfPromise(ask())).to.equal("ENDPOINT_FAILED");
    expect(asked).to.equal(2);
  });
});
