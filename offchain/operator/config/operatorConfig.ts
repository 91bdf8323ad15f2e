import { DEFAULT_SETTLEMENT, SETTLEMENT_MODES } from "@vouch/gateway";
import { parseAddress, parsePolicy, policySchema } from "@vouch/protocol";
import { workerConfigSchema } from "@vouch/worker";
import { z } from "zod";
import { parsePriceRule } from "../prices/parsePriceRule.ts";
import { parsedBy } from "./parsedBy.ts";

const count = z.number().int().nonnegative();
const positive = z.number().int().positive();
const amount = z
  .union([z.string().regex(/^\d{1,38}$/, "a whole number"), z.number().int().nonnegative()])
  .transform(BigInt);
const url = z
  .string()
  .refine(
    (value) => value === "" || /^https?:$/.test(URL.parse(value)?.protocol ?? ""),
    "a URL of http, https",
  );
/** What is none is not repeated: it may be a key. */
const address = z
  .string()
  .regex(/^(?:0x[0-9a-fA-F]{40})?$/, "an address, 20 bytes in hex")
  .transform((value) => (value === "" ? undefined : parseAddress(value)));

/** A price in full; as a member of the file alone. */
const fullRule = z
  .strictObject({
    release: z.string().min(1).default("*"),
    policy: z.union([
      z.string().transform(parsedBy((value: string) => parsePolicy(value))),
      policySchema,
    ]),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9+._-]*$/, "a short name in lower case")
      .optional(),
    amount,
    settlement: z
      .array(z.enum(SETTLEMENT_MODES))
      .min(1)
      .default([...DEFAULT_SETTLEMENT]),
  })
  .readonly();
const priceRule = z.union([z.string().transform(parsedBy(parsePriceRule)), fullRule]);

/** `release=name`: what a server calls a release whose files are known. */
const servedModel = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}=.+$/, "release=name")
  .transform((text): readonly [string, string] => [
    text.slice(0, 66).toLowerCase(),
    text.slice(67),
  ]);

/**
 * What an operator that serves HTTP configures: the worker's sections, and those of HTTP, payments and texts. As there, each leaf is a
 * member of the file, a variable and a flag, and nothing in here is a secret.
 */
export const operatorConfigSchema = workerConfigSchema.extend({
  http: z
    .strictObject({
      host: z.string().default("127.0.0.1").describe("Address that HTTP is served on."),
      port: count.max(65_535).default(8_402).describe("Port that HTTP is served on; 0 for any."),
      publicUrl: url
        .default("")
        .describe("How clients reach it; http://host:port where empty. Payments name it."),
      corsOrigins: z
        .array(z.union([z.literal("*"), z.url()]))
        .default([])
        .describe("Origins whose pages may call; * for any."),
      rateMax: positive.default(600).describe("Requests of one address in the window."),
      rateWindowSeconds: positive.default(60).describe("Seconds of that window."),
      bodyLimit: positive.default(1 << 20).describe("Bytes of a body."),
      headersTimeoutMs: positive.default(10_000).describe("Milliseconds for a request's head."),
      requestTimeoutMs: positive.default(30_000).describe("Milliseconds for all of a request."),
      answerTimeoutMs: positive.default(60_000).describe("Milliseconds for an answer."),
      maxInFlight: positive.default(256).describe("Answers that are made at once."),
      proofs: positive.default(1).describe("Proofs that are made at once for who asks by HTTP."),
      proofsWaiting: count
        .default(8)
        .describe("Requests by HTTP that may wait for a proof; more are told to come again."),
      maxConnections: positive.default(4_096).describe("Connections that are open at once."),
      trustProxy: z
        .boolean()
        .default(false)
        .describe(
          "Whether a proxy is in front: the last address in X-Forwarded-For, which it added, counts.",
        ),
      signMs: count
        .default(4)
        .describe(
          "Milliseconds that the statement of a text, or of an answer with a proof, waits to be signed with others.",
        ),
      receiptDays: count.default(90).describe("Days that receipts are kept; 0 for ever."),
      freeReceiptsMb: count
        .default(1_024)
        .describe(
          "Megabytes of receipts that nobody paid for; the oldest are deleted beyond that. 0 for as long as others.",
        ),
    })
    .prefault({}),
  payments: z
    .strictObject({
      prices: z
        .array(priceRule)
        .default([])
        .describe(
          "What is sold, each as release:policy:amount or release:policy:amount:way/way; * for every release, 0 for free. Ways: payment, at once and on credit; batch, by vouchers on a deposit that the payer made in the ledger, claimed after two days; record, the same with input and output public for ever; individual, held by a contract until it is proven.",
        ),
      payTo: address.prefault("").describe("Who is paid; the operator where empty."),
      token: z
        .strictObject({
          address: address
            .prefault("")
            .describe("Token with EIP-3009 that is taken; none where empty."),
          name: z.string().default("").describe("Name of the token's EIP-712 domain."),
          version: z.string().default("").describe("Version of the token's EIP-712 domain."),
        })
        .prefault({}),
      validSeconds: z
        .number()
        .int()
        .min(30)
        .max(86_400)
        .default(300)
        .describe("Seconds that a payment can be taken from when it is signed."),
      confirmations: count
        .default(0)
        .describe("Blocks on top of a payment's before it counts as captured."),
      maxUnsettled: positive
        .default(64)
        .describe("Payments of one payer that may be owed at once."),
      settleAtOnce: positive.default(4).describe("Payments that are settled at once."),
      escrow: z
        .strictObject({
          lockSeconds: positive
            .default(120)
            .describe("Seconds in which an operator may take a request that holds its payment."),
          seconds: positive.default(900).describe("Seconds until such a request is refunded."),
          gasPrice: amount
            .prefault(0)
            .describe("Smallest units of the token that a unit of gas is reimbursed with."),
          stake: amount.prefault(0).describe("Wei of stake that such a request demands at least."),
          bond: amount.prefault(0).describe("Wei of bond that such a request demands at least."),
        })
        .prefault({}),
      voucher: z
        .strictObject({
          seconds: z
            .number()
            .int()
            .min(600)
            .max(864_000)
            .default(86_400)
            .describe(
              "Seconds from its signature in which a voucher may be posted; twice what an answer and batchSeconds take at least. Its payer needs a deposit for this operator in the ledger.",
            ),
          batchItems: positive
            .max(2 ** 14 - 1)
            .default(1_024)
            .describe("Receipts that are posted as soon as there are so many."),
          batchSeconds: count
            .max(43_200)
            .default(3_600)
            .describe(
              "Seconds that a receipt waits for others. Each batch takes a transaction, and a bond of the ledger's (0.01 ether as deployed) from the operator for two days.",
            ),
          claimItems: positive
            .max(200)
            .default(64)
            .describe("Receipts that one transaction claims."),
          withdrawFrom: amount
            .prefault(0)
            .describe(
              "Smallest units of the token that vouchers have paid into the ledger, from which they are moved to the payee, once a day at most; 0 for never.",
            ),
          pollMs: positive
            .default(15_000)
            .describe(
              "Milliseconds between looks at each open batch; a dispute is lost a day after it was raised.",
            ),
        })
        .prefault({}),
      facilitator: z
        .strictObject({
          url: url
            .default("")
            .describe("Facilitator elsewhere that settles; this process does where empty."),
          keyFile: z
            .string()
            .default("")
            .describe("Key that settlements are sent by; the operator's where empty."),
          passwordFile: z.string().default("").describe("File with that keystore's password."),
          passwordEnv: z
            .string()
            .default("VOUCH_FACILITATOR_PASSWORD")
            .describe("Variable with that keystore's password, where no file has it."),
          open: z
            .boolean()
            .default(false)
            .describe("Whether others may settle payments to the payee under /facilitator."),
        })
        .prefault({}),
    })
    .prefault({}),
  text: z
    .strictObject({
      maxTokens: positive.default(512).describe("Tokens of an answer at most."),
      cacheMb: positive.default(2_048).describe("Megabytes that loaded language models may take."),
      threads: positive.default(1).describe("Threads of one generation."),
      server: z
        .strictObject({
          url: url
            .default("")
            .describe(
              "Server with OpenAI's API that runs routed releases, as http://host:8000/v1.",
            ),
          keyEnv: z
            .string()
            .default("VOUCH_TEXT_SERVER_KEY")
            .describe("Variable with the server's bearer token; none is sent where it is unset."),
          models: z
            .array(servedModel)
            .default([])
            .transform((models) => new Map(models))
            .describe("Releases of files that the server runs, each as release=name."),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** How an operator's process works and what it sells; see the schema for units and defaults. */
export type OperatorConfig = z.output<typeof operatorConfigSchema>;
