import type { Hex, HttpRequest } from "@vouch/protocol";
import { httpRequestId, paymentId } from "@vouch/protocol";
import { expect } from "chai";
import { AbiCoder, id, keccak256, toUtf8Bytes } from "ethers";

const hash = (name: string): Hex => id(name) as Hex;
const REQUEST: HttpRequest = {
  domain: { chainId: 31_337n, router: `0x${"b2".repeat(20)}` },
  payer: `0x${"c3".repeat(20)}`,
  paymentNonce: hash("nonce"),
  resource: "/v1/chat/completions",
  body: { model: "small-talk", messages: [{ role: "user", content: "Zürich" }], n: 1 },
  policyHash: hash("policy"),
};

describe("httpRequestId", () => {
  it("is the hash that the documents give, over the canonical body", () => {
    const text = '{"messages":[{"content":"Zürich","role":"user"}],"model":"small-talk","n":1}';
    const fields = AbiCoder.defaultAbiCoder().encode(
      [...["bytes32", "uint256", "address", "address"], ...Array<string>(4).fill("bytes32")],
      [
        ...[id("vouch.http.request.v1"), 31_337n, REQUEST.domain.router, REQUEST.payer],
        ...[REQUEST.paymentNonce, id(REQUEST.resource), keccak256(toUtf8Bytes(text))],
        REQUEST.policyHash,
      ],
    );
    expect(httpRequestId(REQUEST)).to.equal(keccak256(fields));
  });

  it("is one, however the body is written down", () => {
    const body: unknown = JSON.parse(
      '{ "n": 1.0, "messages": [ {"content":"Z\\u00fcrich", "role":"user"} ], "model":"small-talk" }',
    );
    expect(httpRequestId({ ...REQUEST, body })).to.equal(httpRequestId(REQUEST));
  });

  const others: Readonly<Record<string, Partial<HttpRequest>>> = {
    chain: { domain: { ...REQUEST.domain, chainId: 1n } },
    router: { domain: { ...REQUEST.domain, router: `0x${"b3".repeat(20)}` } },
    payer: { payer: `0x${"c4".repeat(20)}` },
    "payment nonce": { paymentNonce: hash("another nonce") },
    resource: { resource: "/v1/completions" },
    body: { body: { model: "small-talk", messages: [] } },
    policy: { policyHash: hash("another policy") },
  };
  for (const [name, other] of Object.entries(others)) {
    it(`is another for another ${name}`, () => {
      expect(httpRequestId({ ...REQUEST, ...other })).to.not.equal(httpRequestId(REQUEST));
    });
  }
});

describe("paymentId", () => {
  const [asset, payer] = [REQUEST.domain.router, REQUEST.payer];

  it("is another for another chain, token, payer or nonce, and takes either case", () => {
    const ids = [
      paymentId(1n, asset, payer, hash("a")),
      paymentId(2n, asset, payer, hash("a")),
      paymentId(1n, payer, payer, hash("a")),
      paymentId(1n, asset, asset, hash("a")),
      paymentId(1n, asset, payer, hash("b")),
    ];
    expect(new Set(ids).size).to.equal(ids.length);
    const upper: Hex = `0x${asset.slice(2).toUpperCase()}`;
    expect(paymentId(1n, upper, payer, hash("a"))).to.equal(ids[0]);
  });
});
