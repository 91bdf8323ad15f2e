import type { TransformersBackend } from "@vouch/execution";
import { openTransformersBackend } from "@vouch/execution";
import type { Catalog, Gateway } from "@vouch/gateway";
import { createGateway } from "@vouch/gateway";
import type { Hex, Receipt } from "@vouch/protocol";
import {
  allOf,
  parseReceipt,
  requireSignature,
  requireZk,
  unpackWords,
  verifyReceipt,
} from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import type { TextRelease } from "@vouch/publisher";
import { prepareTextRelease, publishTextRelease } from "@vouch/publisher";
import {
  createAnswerer,
  createBatchSigner,
  loadedReleases,
  memorySignLog,
  openTranscriptSecret,
} from "@vouch/worker";
import { expect } from "chai";
import { join } from "node:path";
import OpenAI from "openai";
import { pino } from "pino";
import { Registry } from "prom-client";
import { encodeReceipt } from "../../scripts/demo/receipt.ts";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import { CHAR_GPT, TEXT_PLAN } from "../helpers/charGpt.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario } from "../helpers/creditScenario.ts";
import { temporaryFolder } from "../helpers/executables.ts";
import { listening } from "../helpers/listening.ts";
import { memoryReceipts } from "../helpers/memoryPayments.ts";
import { noOpenings } from "../helpers/noOpenings.ts";

/** The credit model and the small language model of this repository, by HTTP, and then before the contracts. */
describe("an operator behind a gateway", function () {
  this.timeout(180_000);
  let scenario: CreditScenario;
  let text: TextRelease;
  let backend: TransformersBackend;
  let gateway: Gateway;
  let url: string;

  before(async () => {
    scenario = await openCreditScenario();
    const { chain, cast, served } = scenario;
    const { domain } = chain;
    const operator = cast.operator.address.toLowerCase() as Hex;
    backend = await openTransformersBackend();
    const publisher = cast.publisher.address.toLowerCase() as Hex;
    text = await prepareTextRelease(CHAR_GPT, { ...TEXT_PLAN, publisher });
    await publishTextRelease(contractsAs(chain, cast.publisher), text);
    const signLog = memorySignLog();
    const { circuits, signatures } = chain.contracts;
    const answerer = createAnswerer(
      { operator, domain },
      {
        signer: createBatchSigner({ operator, domain }, { signer: cast.operator, signLog }),
        ...{
          signLog,
          openings: noOpenings(),
          releases: loadedReleases(new Map([[served.id, served]])),
        },
        texts: new Map([[text.id, { release: text, backend }]]),
        secret: openTranscriptSecret(join(temporaryFolder(), "transcripts.secret")),
        chain: {
          isAttestedBy: (circuit, verifier) => circuits.isAttestedBy(circuit, verifier),
          bond: () => signatures.bondOf(operator),
        },
      },
    );
    gateway = await createGateway(
      { domain, publicUrl: "http://gateway.test" },
      {
        ...{ answerer, catalog: catalogOf(scenario, text), receipts: memoryReceipts() },
        ...{ registry: new Registry(), log: pino({ level: "silent" }) },
      },
    );
    url = await listening(gateway);
  });
  after(async () => {
    await gateway.close();
    await backend.close();
    await terminate();
  });

  const infer = async (policy: string) => {
    const x = scenario.open.samples.rows[0]!.x;
    const response = await fetch(`${url}/v1/infer/credit`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-vouch-policy": policy },
      body: JSON.stringify({ tensor: x }),
    });
    const body = (await response.json()) as {
      readonly receipt: unknown;
      readonly error?: { readonly code: string };
    };
    return { status: response.status, ...body };
  };
  /** What the contract finds. */
  const assess = async (receipt: Receipt) =>
    scenario.chain.contracts.router.assess(encodeReceipt(receipt));

  for (const [policy, kinds] of [
    ["signature", ["signature"]],
    ["zk", ["signature", "zk"]],
  ] as const) {
    it(`answers under policy ${policy} what the model gives, and contract and verifier accept it`, async () => {
      const { status, receipt: json } = await infer(policy);
      expect(status).to.equal(200);
      const receipt = parseReceipt(json);
      expect(verifyReceipt(receipt).assurance.kinds).to.deep.equal(kinds);
      const { served } = scenario;
      const output = await served.model.run(unpackWords(receipt.input, served.circuit.input));
      expect(unpackWords(receipt.output, served.circuit.output)).to.deep.equal(output);
      expect((await assess(receipt)).stakeAtRisk > 0n).to.be.true;
    });
  }

  it("refuses a policy that it cannot meet, and says which", async () => {
    const { status, error } = await infer("attested");
    expect({ status, code: error?.code }).to.deep.equal({ status: 400, code: "ANSWER_REFUSED" });
  });

  it("streams text to the stock OpenAI client, and contract and verifier accept its receipt", async () => {
    const openai = new OpenAI({ apiKey: "none", baseURL: `${url}/v1`, maxRetries: 0 });
    const { data, response } = await openai.completions
      .create({ model: "char-gpt", prompt: "The ", max_tokens: 32, stream: true, temperature: 0 })
      .withResponse();
    let streamed = "";
    for await (const { choices } of data) streamed += choices[0]?.text ?? "";
    const found = await fetch(`${url}/v1/receipts/${response.headers.get("x-vouch-receipt")}`);
    const receipt = parseReceipt(((await found.json()) as { receipt: unknown }).receipt);
    expect(streamed).to.equal(receipt.transcript?.generation.text).and.to.not.be.empty;
    const { transcript, execution } = verifyReceipt(receipt);
    expect(transcript).to.be.true;
    expect(execution).to.deep.equal({ backend: backend.name, proves: "weights", signed: true });
    expect((await assess(receipt)).stakeAtRisk > 0n).to.be.true;
  });

  it("says that a prompt is too long to who asked, not to its log alone", async () => {
    const response = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "char-gpt", prompt: "x".repeat(500) }),
    });
    expect(response.status).to.equal(400);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).to.equal("ANSWER_REFUSED");
    expect(error.message).to.include("PROMPT_TOO_LONG");
  });
});

function catalogOf({ cast, served }: CreditScenario, { id, release }: TextRelease): Catalog {
  const price = { name: "signature", policy: allOf([requireSignature()]), amount: 0n };
  const offers = [
    {
      ...{ id: served.id, name: "credit", release: served.release, circuit: served.circuit },
      ...{ created: 0, text: null },
      prices: [
        price,
        { name: "zk", policy: allOf([requireZk("any")]), amount: 0n },
        {
          name: "attested",
          policy: allOf([requireZk("attested", cast.publisher.address as Hex)]),
          amount: 0n,
        },
      ],
    },
    {
      ...{ id, name: "char-gpt", release, circuit: null, created: 0, prices: [price] },
      text: { parameters: ["temperature", "seed", "stop"] as const, maxTokens: 64 },
    },
  ];
  return {
    list: () => offers,
    find: (model) => offers.find((it) => it.id === model || it.name === model),
  };
}
