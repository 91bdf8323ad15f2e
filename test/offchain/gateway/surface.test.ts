import { expect } from "chai";
import type { FreeGateway } from "../../helpers/freeGateway.ts";
import { freeGateway } from "../../helpers/freeGateway.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";

type Document = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
};

describe("what a gateway says of itself", () => {
  let gateway: FreeGateway;

  before(async () => {
    gateway = await freeGateway({ corsOrigins: ["https://app.test"] });
  });
  after(() => gateway.close());

  it("serves an OpenAPI document of its routes, from the schemas that check them", async () => {
    const response = await fetch(`${gateway.url}/openapi.json`);
    const document = (await response.json()) as Document;
    expect(document.openapi).to.equal("3.1.0");
    expect(Object.keys(document.paths)).to.include.members([
      ...["/v1/infer/{release}", "/v1/chat/completions", "/v1/completions"],
      ...["/v1/models", "/v1/models/{model}", "/v1/receipts/{id}", "/healthz", "/readyz"],
    ]);
    const chat = document.paths["/v1/chat/completions"]?.["post"];
    expect(chat).to.have.property("requestBody");
    const { content } = (chat as { requestBody: { content: Record<string, { schema: object }> } })
      .requestBody;
    const body = content["application/json"]?.schema;
    expect(body).to.deep.include({ required: ["model", "messages"], additionalProperties: false });
    expect(chat).to.have.nested.property("responses.402");
  });

  it("counts requests and answers, and says that it is ready", async () => {
    expect((await fetch(`${gateway.url}/readyz`)).status).to.equal(200);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).to.match(/vouch_gateway_request_seconds_count\{.*route="\/readyz".*\} 1/);
    expect(metrics).to.include("vouch_gateway_answers_in_flight 0");
  });

  it("tells who comes while all proofs are under way when to come again", async () => {
    gateway.answerer.hold = () =>
      Promise.reject(Object.assign(new Error("busy"), { code: "PROVER_BUSY" }));
    const response = await fetch(`${gateway.url}/v1/infer/credit`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-vouch-policy": "zk" },
      body: JSON.stringify({ tensor: Array.from({ length: 20 }, (_, i) => i) }),
    });
    gateway.answerer.hold = () => Promise.resolve();
    expect(response.status).to.equal(503);
    expect(Number(response.headers.get("retry-after"))).to.be.greaterThan(1);
    const { error } = (await response.json()) as { readonly error: { readonly code: string } };
    expect(error.code).to.equal("PROVER_BUSY");
  });

  it("lets pages of the origins that it names read its headers, and no others", async () => {
    const from = async (origin: string) => {
      const { headers } = await fetch(`${gateway.url}/v1/models`, { headers: { origin } });
      return [
        headers.get("access-control-allow-origin"),
        headers.get("access-control-expose-headers"),
      ];
    };
    const [allowed, exposed] = await from("https://app.test");
    expect(allowed).to.equal("https://app.test");
    expect(exposed).to.include("PAYMENT-REQUIRED");
    expect((await from("https://other.test"))[0]).to.be.null;
  });

  it("refuses options that do not fit together", async () => {
    const bad = { publicUrl: "ftp://gateway.test" };
    expect(await codeOfPromise(freeGateway(bad))).to.equal("OPTIONS_INVALID");
    const payments = {
      ...{ payTo: `0x${"a".repeat(40)}`, maxTimeoutSeconds: 60 },
      token: { asset: `0x${"b".repeat(40)}`, name: "Token", version: "1" },
    };
    expect(await codeOfPromise(freeGateway({ payments }))).to.equal("OPTIONS_INVALID");
    const alone = { ...payments, maxTimeoutSeconds: 300 };
    expect(await codeOfPromise(freeGateway({ payments: alone }))).to.equal("OPTIONS_INVALID");
  });
});
