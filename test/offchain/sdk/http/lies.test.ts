import type { Domain, Hex, Receipt, RequestId, TextTranscript } from "@vouch/protocol";
import {
  hashOfWords,
  packWords,
  policyHash,
  parseReceipt,
  quantizeTensor,
  releaseId,
  serializeReceipt,
  statementDigest,
  textWords,
  wordToHex,
} from "@vouch/protocol";
import type { GatewayAnswer, GatewayClient, VerifiedText } from "@vouch/sdk/http";
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { expect } from "chai";
import { SigningKey, computeAddress, id } from "ethers";
import type { FreeGateway } from "../../../helpers/freeGateway.ts";
import { freeGateway } from "../../../helpers/freeGateway.ts";
import { jsonLies } from "../../../helpers/jsonLies.ts";
import type { Lie, Said } from "../../../helpers/lyingFetch.ts";
import { lieAt, lyingFetch } from "../../../helpers/lyingFetch.ts";
import { PIECES } from "../../../helpers/testAnswerer.ts";
import { textReceipt } from "../../../helpers/textReceipt.ts";
import { TRAPDOOR_DEPLOYMENT } from "../../../helpers/trapdoorDeployment.ts";
import {
  CIRCUIT,
  DOMAIN,
  OPERATOR,
  OPERATOR_KEY,
  trapdoorReceipt,
} from "../../../helpers/trapdoorReceipt.ts";

const DEEP = process.env["VOUCH_DEEP"] === "1";
/** Of the lies about single places, by default: one of so many. */
const STRIDE = DEEP ? 1 : 5;

const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);
const OUTPUT = [-5 / 65_536, 1, (2 ** 31 - 1) / 65_536];
const CHAT = {
  model: "small-talk",
  messages: [{ role: "user" as const, content: "What is the weather?" }],
  ...{ temperature: 0, max_completion_tokens: 32, seed: 7 },
};
const TEXT = PIECES.join("");
const STREAM = "/v1/chat/completions";

/** What nobody reads, so that nothing can depend on it. */
const UNREAD: Readonly<Record<string, string>> = {
  "infer payment": "what was paid is known to who signed it; whether it was taken, the chain tells",
  "releases id": "the id is the hash of what is described",
  "receipts payment":
    "only `settlement` reads it, and asks the chain for the transaction of each way: test/e2e/gatewayClient*.test.ts",
  "receipts inclusion": "a path to a batch's root is for the ledger",
  "receipts record": "an address of a public record: nothing of the answer",
  "chat created": "an answer is dated when it is verified",
  "chat model": "the release's own name is in the receipt",
  "stream created": "as of a whole answer",
  "stream model": "as of a whole answer",
  "stream usage":
    "tokens are counted by the receipt; what the last object says of them is compared",
};

type Asked = { readonly answer: unknown; readonly receipt: Receipt };

describe("a gateway that lies", function () {
  this.timeout(120_000);
  let gateway: FreeGateway;
  let releases: Readonly<Record<string, string>>;

  before(async () => {
    gateway = await freeGateway({ rateLimit: { max: 1_000_000, windowMs: 60_000 } });
    gateway.answerer.bend = (receipt) =>
      receipt.transcript === undefined
        ? { ...receipt, execution: { backend: "onnxruntime-node/1.30.0", proves: "weights" } }
        : receipt;
    const models = await (await openGateway(optionsOf())).models();
    releases = Object.fromEntries(models.map(({ name, release }) => [name, release]));
  });
  after(() => gateway.close());

  const optionsOf = (lie: Lie = () => ({})) => ({
    ...{ url: gateway.url, deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR], attempts: 1 },
    ...{ releases, fetch: lyingFetch(lie) },
  });

  /** By name, as the application calls it. */
  const infer = async (client: GatewayClient, policy = "signature"): Promise<Asked> => {
    const answer: GatewayAnswer = await client.infer({ release: "credit", input: TENSOR, policy });
    return { answer: answer.output, receipt: answer.receipt };
  };
  const textOf = ({ generation, text, receipt, head }: VerifiedText): Asked => ({
    answer: { generation, text, model: head.model, isNow: Date.now() / 1000 - head.created < 60 },
    receipt,
  });
  const chat = async (client: GatewayClient): Promise<Asked> =>
    textOf(await client.chat({ body: CHAT, policy: "signature" }));
  const stream = async (client: GatewayClient): Promise<Asked> => {
    const body = { ...CHAT, stream_options: { include_usage: true } };
    const pieces: string[] = [];
    for await (const event of client.streamChat({ body, policy: "signature" })) {
      if (event.kind === "piece") pieces.push(event.text);
      else {
        expect(pieces.join("")).to.equal(event.text);
        return textOf(event);
      }
    }
    throw new RangeError("it ended without an end");
  };

  /** The code that refuses, or "accepted". */
  const codeOf = async (lie: Lie, ask: (client: GatewayClient) => Promise<Asked>) => {
    try {
      await ask(await openGateway(optionsOf(lie)));
      return "accepted";
    } catch (error) {
      if (error instanceof SdkError) return error.code;
      throw error;
    }
  };

  /** Tells lies about single places of what one resource says, one in each inference, and looks what came of them. */
  const walk = async (
    resource: string,
    label: string,
    ask: (client: GatewayClient) => Promise<Asked>,
    expected: unknown,
  ) => {
    const used = new Set<string>();
    const unseen: string[] = [];
    let told = 0;
    for (let index = 0, more = true; more; index += STRIDE) {
      more = false;
      let name = "";
      let path = "";
      let honest: Receipt | undefined;
      const lie: Lie = (said) => {
        if (said.path.startsWith("/v1/receipts") || said.path.startsWith("/v1/infer"))
          honest = parseReceipt((JSON.parse(said.text) as { receipt: unknown }).receipt);
        if (!said.path.startsWith(resource)) return {};
        const lies = (said.headers.get("content-type") ?? "").startsWith("text/event-stream")
          ? [...eventLies(said)]
          : [...jsonLies(JSON.parse(said.text), DEEP)].map(({ json, ...it }) => ({
              ...it,
              text: JSON.stringify(json),
            }));
        const found = lies[index];
        if (found === undefined) return {};
        more = true;
        ({ name, path } = found);
        return { text: found.text };
      };
      const isTold = (): boolean => more;
      let outcome: Asked | undefined;
      const client = await openGateway(optionsOf(lie));
      try {
        outcome = await ask(client);
      } catch (error) {
        if (!(error instanceof SdkError)) throw error;
      }
      if (!isTold()) break;
      told++;
      if (outcome === undefined) continue; // caught
      const unread = Object.keys(UNREAD).find((it) => {
        const [where = "", field = ""] = it.split(" ");
        return where === label && (path === field || path.startsWith(`${field}.`));
      });
      if (
        unread === undefined &&
        path !== "receipt.execution" &&
        !path.startsWith("receipt.execution.")
      )
        unseen.push(name);
      else used.add(unread ?? "");
      expect(outcome.answer, name).to.deep.equal(expected);
      const { execution: hearsay, ...rest } = honest!; // both resources carry one
      const given = rest.transcript === undefined ? rest : honest!;
      expect(hearsay === undefined || rest.transcript === undefined, name).to.be.true;
      expect(serializeReceipt(outcome.receipt), name).to.equal(serializeReceipt(given));
    }
    expect(unseen).to.deep.equal([]);
    expect(told).to.be.greaterThan(DEEP ? 20 : 3);
    return used;
  };

  describe("about one place of what it says", () => {
    const generation = {
      text: TEXT,
      ...{ toolCalls: [], finish: "stop", promptTokens: 31, completionTokens: 7 },
    };
    const text = { generation, text: TEXT, model: "small-talk", isNow: true };

    const walks = [
      ["/v1/infer", "infer", infer, OUTPUT],
      ["/v1/releases", "releases", infer, OUTPUT],
      ["/v1/receipts", "receipts", chat, text],
      [STREAM, "chat", chat, text],
      [STREAM, "stream", stream, text],
    ] as const;
    for (const [resource, label, ask, expected] of walks)
      it(`is caught, or changes nothing: ${label}`, async () => {
        const used = await walk(resource, label, ask, expected);
        const listed = Object.keys(UNREAD).filter((it) => it.startsWith(`${label} `));
        // A field that is listed and not there would hide one that is.
        if (DEEP) expect([...used]).to.include.members(listed);
      });
  });

  describe("about the answer as a whole", () => {
    const words = packWords(
      quantizeTensor(TENSOR, { ...CIRCUIT.input, fractionBits: 8 }),
      CIRCUIT.input,
    );
    type Infer = { id: Hex; receipt: unknown; output: unknown };
    const jsonOf = (receipt: Receipt): unknown => JSON.parse(serializeReceipt(receipt)) as unknown;
    /** Numbers and all, as a gateway that lies well would say it. */
    const inferLie = (receiptFor: (said: Infer) => Receipt): Lie =>
      lieAt("/v1/infer", (said: Infer) => {
        const receipt = receiptFor(said);
        const output = { words: receipt.output.map(wordToHex), tensor: [0, 0, 0] };
        return { ...said, output, receipt: jsonOf(receipt) };
      });

    it("gives another output than its receipt has", async () => {
      const lie = lieAt("/v1/infer", (said: Infer) => ({
        ...said,
        output: { ...(said.output as object), tensor: [1, 2, 3] },
      }));
      expect(await codeOf(lie, infer)).to.equal("GATEWAY_LIED");
    });

    it("answers another input", async () => {
      const lie = inferLie(({ id: request }) =>
        trapdoorReceipt({ request: request as never, input: words.map(() => 1n) }),
      );
      expect(await codeOf(lie, infer)).to.equal("GATEWAY_LIED");
    });

    it("gives an older answer to the same question again", async () => {
      let older: string | undefined;
      const lie: Lie = ({ path, text }) => {
        if (!path.startsWith("/v1/infer")) return {};
        older ??= text;
        return { text: older };
      };
      const client = await openGateway(optionsOf(lie));
      expect((await infer(client)).answer).to.deep.equal(OUTPUT);
      const error = await infer(client).catch((it: unknown) => it);
      expect(error).to.be.instanceOf(SdkError);
      expect((error as SdkError).data).to.include({
        code: "GATEWAY_LIED",
        field: "receipt.request",
      });
    });

    it("gives an older text again, with the receipt of then", async () => {
      const older = new Map<string, Said>();
      const lie: Lie = (said) => {
        const key = said.path.startsWith("/v1/receipts") ? "receipt" : said.path;
        if (!older.has(key)) older.set(key, said);
        return { ...(older.get(key) ?? {}) };
      };
      const client = await openGateway(optionsOf(lie));
      expect((await chat(client)).receipt.transcript?.generation.text).to.equal(TEXT);
      const error = await chat(client).catch((it: unknown) => it);
      expect((error as SdkError).code).to.equal("GATEWAY_LIED");
    });

    it("brings a receipt of another deployment", async () => {
      const others: readonly Domain[] = [
        { ...DOMAIN, chainId: 1n },
        { ...DOMAIN, router: `0x${"99".repeat(20)}` },
      ];
      for (const domain of others) {
        const lie = inferLie(({ id: request }) =>
          trapdoorReceipt({ request: request as never, input: words, domain }),
        );
        expect(await codeOf(lie, infer)).to.equal("GATEWAY_LIED");
      }
    });

    it("brings a receipt of another release, as of a near name", async () => {
      const lie = inferLie(({ id: request }) =>
        trapdoorReceipt({
          ...{ request: request as never, input: words },
          release: { model: "credit", version: "1.0.1" },
        }),
      );
      expect(await codeOf(lie, infer)).to.equal("GATEWAY_LIED");
    });

    it("has another operator sign", async () => {
      const key = new SigningKey(id("somebody"));
      const lie = inferLie(({ id: request }) => {
        const honest = trapdoorReceipt({
          ...{ request: request as never, input: words, kinds: ["signature"] },
          output: packWords([7n, 7n, 7n], CIRCUIT.output),
        });
        const operator = computeAddress(key).toLowerCase() as Hex;
        const statement = { ...honest.statement, operator };
        const signature = key.sign(statementDigest(DOMAIN, statement)).serialized as Hex;
        return { ...honest, statement, evidence: [{ kind: "signature", signature, path: [] }] };
      });
      expect(await codeOf(lie, infer)).to.equal("GATEWAY_LIED");
    });

    it("leaves out the proof that was asked for", async () => {
      const lie = inferLie(({ id: request }) =>
        trapdoorReceipt({ request: request as never, input: words, kinds: ["signature"] }),
      );
      const proven = (client: GatewayClient) => infer(client, "signature+zk:any");
      expect(await codeOf(() => ({}), proven)).to.equal("accepted");
      expect(await codeOf(lie, proven)).to.equal("GATEWAY_LIED");
    });

    it("describes another release under the id", async () => {
      const lie = lieAt("/v1/releases", (said: { release: object }) => ({
        ...said,
        release: { ...said.release, outputFractionBits: 1 },
      }));
      expect(await codeOf(lie, infer)).to.equal("GATEWAY_LIED");
    });

    it("has another model answer a text", async () => {
      const lie = lieAt("/v1/receipts", (said: { id: Hex }) => {
        const other = textReceipt();
        const release = { ...other.release, version: "2.0.0" };
        const statement = {
          ...{ ...other.statement, request: said.id as never, release: releaseId(release) },
          ...{ inputHash: hashOfWords(other.input), outputHash: hashOfWords(other.output) },
        };
        return { ...said, receipt: jsonOf({ ...other, release, statement }) };
      });
      expect(await codeOf(lie, chat)).to.equal("GATEWAY_LIED");
    });

    it("answers another text, which its operator signed for this very request", async () => {
      const { bend } = gateway.answerer;
      gateway.answerer.bend = ({ statement, transcript }) => {
        const prompt = [{ role: "user" as const, content: "What is the weather!" }];
        return signedText(statement.request, {
          ...transcript!,
          request: { ...transcript!.request, prompt },
        });
      };
      try {
        expect(await codeOf(() => ({}), chat)).to.equal("GATEWAY_LIED");
        expect(await codeOf(() => ({}), stream)).to.equal("GATEWAY_LIED");
      } finally {
        gateway.answerer.bend = bend;
      }
    });

    it("changes one character of a stream", async () => {
      const lie: Lie = ({ path, text }) =>
        path === STREAM ? { text: text.replace("12.5", "12.6") } : {};
      expect(await codeOf(lie, stream)).to.equal("GATEWAY_LIED");
    });

    it("breaks off a stream, wherever that is", async () => {
      for (const share of DEEP ? [0, 0.1, 0.3, 0.5, 0.7, 0.9] : [0, 0.5]) {
        const lie: Lie = ({ path, text }) =>
          path === STREAM ? { text: text.slice(0, text.indexOf('"stop"') * share) } : {};
        expect(await codeOf(lie, stream)).to.equal("STREAM_BROKEN");
      }
    });

    it("sends pieces behind the ending, or leaves some out", async () => {
      const events = (text: string) => text.split("\n\n");
      for (const change of [
        (it: string[]) => it.toSpliced(1, 1),
        (it: string[]) => it.toSpliced(-2, 0, it[1]!),
        (it: string[]) => it.toSpliced(1, 2, it[2]!, it[1]!),
      ]) {
        const lie: Lie = ({ path, text }) =>
          path === STREAM ? { text: change(events(text)).join("\n\n") } : {};
        expect(await codeOf(lie, stream)).to.equal("GATEWAY_LIED");
      }
    });

    it("gives no receipt", async () => {
      const lie: Lie = ({ path }) =>
        path.startsWith("/v1/receipts") ? { status: 404, text: "{}" } : {};
      expect(await codeOf(lie, chat)).to.equal("RECEIPT_MISSING");
      expect(await codeOf(lie, stream)).to.equal("RECEIPT_MISSING");
    });

    it("changes nothing by headers that nobody reads", async () => {
      const lie: Lie = ({ headers }) => {
        for (const name of [
          "x-vouch-receipt",
          "payment-response",
          "x-payment-response",
          "x-request-id",
        ])
          headers.set(name, "lie");
        headers.set("content-type", "text/html");
        return { headers };
      };
      expect(await codeOf(lie, infer)).to.equal("accepted");
      expect(await codeOf(lie, stream)).to.equal("accepted");
    });
  });

  describe("by what JSON leaves open", () => {
    /** Says something else before what it says, or behind it. */
    const lieAround = (before: string, behind: string): Lie => {
      const around = (text: string): string => `{${before}${text.slice(1, -1)}${behind}}`;
      return ({ path, text }) =>
        path.startsWith("/v1/infer") || path.startsWith("/v1/receipts")
          ? { text: around(text) }
          : {};
    };
    const OTHER = `"id":"0x00","receipt":{},"output":{"words":[],"tensor":[]}`;

    it("says all of it twice: the last counts, as for JSON.parse", async () => {
      expect(await codeOf(lieAround(`${OTHER},`, ""), infer)).to.equal("accepted");
      expect(await codeOf(lieAround("", `,${OTHER}`), infer)).to.equal("GATEWAY_LIED");
      expect(await codeOf(lieAround("", `,${OTHER}`), chat)).to.equal("GATEWAY_LIED");
    });

    it("speaks of prototypes", async () => {
      for (const name of ["__proto__", "constructor", "toString"]) {
        const lie = lieAround(`"${name}":{"lie":true,"receipt":{},"prototype":{"lie":true}},`, "");
        for (const [ask, expected] of [
          [infer, OUTPUT],
          [chat, TEXT],
        ] as const) {
          const { answer } = await ask(await openGateway(optionsOf(lie)));
          expect(ask === chat ? (answer as { text: string }).text : answer).to.deep.equal(expected);
        }
        expect({}).to.not.have.property("lie");
      }
    });

    it("leaves all to a prototype", async () => {
      const lie: Lie = ({ path, text }) =>
        path.startsWith("/v1/infer") ? { text: `{"__proto__":${text}}` } : {};
      expect(await codeOf(lie, infer)).to.be.oneOf(["RESPONSE_MALFORMED", "GATEWAY_LIED"]);
    });
  });

  describe("about what it sells", () => {
    it("is believed by who lists it, and by nobody who asks", async () => {
      const other = id("another release");
      const lie = lieAt("/v1/models", ({ data }: { data: { vouch: object }[] }) => ({
        data: data.map((it) => ({ ...it, vouch: { ...it.vouch, release: other, prices: [] } })),
      }));
      const client = await openGateway(optionsOf(lie));
      expect((await client.models())[0]).to.include({ release: other });
      expect((await infer(client)).answer).to.deep.equal(OUTPUT);
    });

    it("is refused where a policy has not the hash beside it", async () => {
      const lie = lieAt("/v1/models", ({ data }: { data: { vouch: { prices: object[] } }[] }) => ({
        data: data.map(({ vouch, ...it }) => ({
          ...it,
          vouch: {
            ...vouch,
            prices: vouch.prices.map((price) => ({ ...price, policyHash: id("another policy") })),
          },
        })),
      }));
      const client = await openGateway(optionsOf(lie));
      const error: unknown = await client.models().catch((it: unknown) => it);
      expect(error).to.be.instanceOf(SdkError).with.property("code", "GATEWAY_LIED");
      expect(error).to.have.nested.property("data.field", "policyHash");
    });

    it("can be bought as it is listed", async () => {
      const client = await openGateway(optionsOf(() => ({})));
      const [price] = (await client.models())[0]?.prices ?? [];
      if (price === undefined) throw new Error("The gateway sells nothing");
      expect(policyHash(price.terms)).to.equal(price.policyHash);
    });

    it("is refused where it is no list", async () => {
      for (const [what, change] of [
        ["amounts of other forms", { prices: [{ amount: "1e3" }] }],
        ["releases of other forms", { release: "credit" }],
        ["other kinds", { kind: "image" }],
      ] as const) {
        const lie = lieAt("/v1/models", ({ data }: { data: { vouch: object }[] }) => ({
          data: data.map((it) => ({ ...it, vouch: { ...it.vouch, ...change } })),
        }));
        const error: unknown = await (
          await openGateway(optionsOf(lie))
        )
          .models()
          .catch((it: unknown) => it);
        expect(error, what).to.be.instanceOf(SdkError).with.property("code", "RESPONSE_MALFORMED");
      }
    });
  });

  describe("with what is no answer at all", () => {
    for (const [what, text, code] of [
      ["a page", "<html>", "RESPONSE_MALFORMED"],
      ["nothing", "", "RESPONSE_MALFORMED"],
      ["a list", "[]", "RESPONSE_MALFORMED"],
      ["another object", "{}", "RESPONSE_MALFORMED"],
      ["depth", '{"receipt":'.repeat(20_000), "RESPONSE_MALFORMED"],
      [
        "a receipt of depth",
        `{"receipt":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
        "GATEWAY_LIED",
      ],
      ["size", `{"receipt":"${"0".repeat(1 << 25)}"}`, "RESPONSE_TOO_LARGE"],
    ] as const)
      it(`refuses ${what}`, async () => {
        const lie: Lie = ({ path }) => (path.startsWith("/v1/infer") ? { text } : {});
        expect(await codeOf(lie, infer)).to.equal(code);
      });

    it("refuses a receipt that is cut off, wherever that is", async () => {
      for (let share = 0.1; share < 1; share += DEEP ? 0.01 : 0.2) {
        const lie: Lie = ({ path, text }) =>
          path.startsWith("/v1/infer") ? { text: text.slice(0, text.length * share) } : {};
        expect(await codeOf(lie, infer)).to.equal("RESPONSE_MALFORMED");
      }
    });
  });
});

/** A receipt that verifies, of what its operator was not asked. */
function signedText(request: RequestId, transcript: TextTranscript): Receipt {
  const { release, domain } = textReceipt();
  const { input, output } = textWords(release, transcript);
  const statement = {
    ...{ release: releaseId(release), request, operator: OPERATOR },
    ...{ inputHash: hashOfWords(input), outputHash: hashOfWords(output) },
  };
  const signature = OPERATOR_KEY.sign(statementDigest(domain, statement)).serialized as Hex;
  const evidence = [{ kind: "signature", signature, path: [] } as const];
  return { domain, statement, input, output, evidence, release, circuit: null, transcript };
}

/** Lies about single places of the events of a stream. */
function* eventLies({ text }: Said): Generator<{ name: string; path: string; text: string }> {
  const events = text.split("\n\n").filter((it) => it.startsWith("data: {"));
  for (const [index, event] of events.entries())
    for (const { name, path, json } of jsonLies(JSON.parse(event.slice("data: ".length)), DEEP)) {
      const changed = events.with(index, `data: ${JSON.stringify(json)}`);
      const whole = [...changed, "data: [DONE]", ""].join("\n\n");
      yield { name: `event ${index} ${name}`, path, text: whole };
    }
}
