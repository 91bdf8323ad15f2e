import type { Hex } from "@vouch/protocol";
import {
  httpRequestId,
  policyHash,
  releaseCircuitId,
  releaseCircuitSchema,
  releaseId,
  releaseSchema,
} from "@vouch/protocol";
import { expect } from "chai";
import { ZeroAddress, id } from "ethers";
import type { FreeGateway } from "../../helpers/freeGateway.ts";
import { freeGateway } from "../../helpers/freeGateway.ts";
import { SIGNATURE } from "../../helpers/testAnswerer.ts";
import { DOMAIN } from "../../helpers/trapdoorReceipt.ts";

const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);
const RESOURCE = "/v1/infer/credit";
const CHAT = { model: "small-talk", messages: [{ role: "user", content: "Hi" }] };

type Answer = { readonly id: string; readonly receipt: unknown };

describe("a free request", () => {
  let gateway: FreeGateway;
  before(async () => {
    gateway = await freeGateway();
  });
  after(() => gateway.close());

  const ask = (nonce?: string, body: object = { tensor: TENSOR }, resource = RESOURCE) =>
    fetch(`${gateway.url}${resource}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(nonce === undefined ? {} : { "x-vouch-nonce": nonce }),
      },
      body: JSON.stringify(body),
    });
  const answerOf = async (response: Response) => (await response.json()) as Answer;

  describe("given a nonce of its requester's", () => {
    const nonce = id("nonce") as Hex;

    it("has the id that follows from nonce, resource, body and policy", async () => {
      const body = { tensor: TENSOR };
      const expected = httpRequestId({
        ...{ domain: DOMAIN, payer: ZeroAddress as Hex, paymentNonce: nonce },
        ...{ resource: RESOURCE, body, policyHash: policyHash(SIGNATURE) },
      });
      const response = await ask(nonce, body);
      expect(response.headers.get("x-vouch-receipt")).to.equal(expected);
      expect((await answerOf(response)).id).to.equal(expected);
    });

    it("is answered once, however often it is asked", async () => {
      const before = gateway.answerer.asked.length;
      const again = id("again");
      const answers = await Promise.all([ask(again), ask(again)]);
      const later = await answerOf(await ask(again));
      for (const it of answers) expect(await answerOf(it)).to.deep.equal(later);
      expect(gateway.answerer.asked).to.have.lengthOf(before + 1);
    });

    it("is another one with another body", async () => {
      const [first, second] = [
        await answerOf(await ask(nonce)),
        await answerOf(await ask(nonce, { tensor: TENSOR.with(0, 1) })),
      ];
      expect(first.id).to.not.equal(second.id);
    });

    it("is given the same text again", async () => {
      const before = gateway.answerer.asked.length;
      const ids = [];
      for (let i = 0; i < 2; i++)
        ids.push((await answerOf(await ask(nonce, CHAT, "/v1/chat/completions"))).id);
      expect(ids[0]).to.equal(ids[1]);
      expect(gateway.answerer.asked).to.have.lengthOf(before + 1);
    });

    it("is refused where it is not 32 bytes", async () => {
      const response = await ask("0x1234");
      expect(response.status).to.equal(400);
      expect(await response.json()).to.deep.nested.include({
        "error.code": "REQUEST_INVALID",
        "error.param": "x-vouch-nonce",
      });
    });
  });

  it("has an id of its own without one, each time", async () => {
    const [first, second] = [await answerOf(await ask()), await answerOf(await ask())];
    expect(first.id).to.not.equal(second.id);
  });
});

describe("a gateway's releases", () => {
  let gateway: FreeGateway;
  before(async () => {
    gateway = await freeGateway();
  });
  after(() => gateway.close());

  it("hash to their ids, and their circuits to what they say", async () => {
    for (const name of ["credit", "small-talk"]) {
      const response = await fetch(`${gateway.url}/v1/releases/${name}`);
      const {
        id: claimed,
        release: described,
        circuit: keys,
      } = (await response.json()) as {
        readonly id: string;
        readonly release: unknown;
        readonly circuit: unknown;
      };
      const release = releaseSchema.parse(described);
      expect(releaseId(release)).to.equal(claimed);
      if (keys === null) expect(BigInt(release.circuit)).to.equal(0n);
      else expect(releaseCircuitId(releaseCircuitSchema.parse(keys))).to.equal(release.circuit);
    }
  });

  it("are unknown by other names", async () => {
    const response = await fetch(`${gateway.url}/v1/releases/nobody`);
    expect(response.status).to.equal(404);
    expect(await response.json()).to.have.nested.property("error.code", "RELEASE_UNKNOWN");
  });
});
