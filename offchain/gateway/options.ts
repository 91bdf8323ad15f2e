import { FUNDING_WAYS, parseAddress } from "@vouch/protocol";
import { z } from "zod";
import { GatewayError } from "./errors.ts";

const address = z.string().transform((value) => parseAddress(value));
const milliseconds = z.number().int().positive();

const escrowSchema = z.strictObject({
  /** `InferenceRequests`, which holds the money, and `RequestFunding`, which brings it there. */
  requests: address,
  funding: address,
  /** Ways to pay that are taken, the preferred first; Permit2 and permit where the token has none of EIP-3009. */
  ways: z.tuple([z.enum(FUNDING_WAYS)], z.enum(FUNDING_WAYS)).default(["authorization"]),
  /** Seconds from the signature in which an operator may lock a request, and until it is refunded. */
  lockSeconds: z.number().int().positive().default(120),
  seconds: z.number().int().positive().default(900),
  /** What a unit of gas is reimbursed with, in the token's smallest unit: 0 where the fee is to cover it. */
  gasPrice: z.bigint().nonnegative().default(0n),
  /** What an operator puts at risk for a request at least, and its bond of it, in the vault's units. */
  stake: z.bigint().nonnegative().default(0n),
  bond: z.bigint().nonnegative().default(0n),
  /** Milliseconds between looks at a request. */
  pollMs: milliseconds.default(1_000),
});

/** Posting, answers to disputes and objections fit between serving and a withdrawal (docs/ledger.md, Time). */
const MAX_BATCH_SECONDS = 43_200;

const voucherSchema = z.strictObject({
  /** `ReceiptLedger`, where the deposits are. */
  ledger: address,
  /** Whom deposits are reserved for: it signs the receipts and posts the batches. */
  operator: address,
  /** Seconds from the signature until the last one at which a voucher's batch may be posted. */
  seconds: z.number().int().min(600).max(864_000).default(86_400),
  /** A batch is posted when it has so many receipts, or the oldest is so many seconds old. */
  batchItems: z
    .number()
    .int()
    .positive()
    .max(2 ** 16)
    .default(1_024),
  batchSeconds: z.number().int().nonnegative().max(MAX_BATCH_SECONDS).default(600),
  /** Earnings, in the token's smallest unit, from which they are moved from the ledger to the payee, once a day at most; 0 for never. */
  withdrawFrom: z.bigint().nonnegative().default(0n),
  /** Receipts that are claimed by one transaction. */
  claimItems: z.number().int().positive().max(200).default(64),
  /** Milliseconds between looks at the batches: disputes are answered at the first behind them. */
  pollMs: milliseconds.default(15_000),
});

const paymentsSchema = z.strictObject({
  /** Who is paid. */
  payTo: address,
  /** A token with EIP-3009; name and version are those of its EIP-712 domain. */
  token: z.strictObject({ asset: address, name: z.string().min(1), version: z.string().min(1) }),
  /** Seconds that a payment can be taken from when it is signed; time to answer and to settle must fit. */
  maxTimeoutSeconds: z.number().int().min(30).max(86_400).default(300),
  /** How payments are held on the chain until they are proven; without it no price is settled individually. */
  escrow: escrowSchema.optional(),
  /** How receipts are settled in batches; without it no price is. */
  voucher: voucherSchema.optional(),
  /** Blocks on top of a payment's before it counts as captured. */
  confirmations: z.number().int().nonnegative().default(0),
  /** Most payments of one payer that are not settled: what the gateway may lose to it. */
  maxUnsettledPerPayer: z.number().int().positive().default(64),
  /** Payments that are settled at once. */
  settleConcurrency: z.number().int().positive().default(4),
  /** Milliseconds until a payment that did not settle is looked at again; doubled for each failure. */
  settleRetryMs: milliseconds.default(1_000),
  /** Milliseconds for one try to settle a payment. */
  settleTimeoutMs: milliseconds.default(60_000),
  /** Milliseconds between looks for payments that expired without an answer. */
  sweepMs: milliseconds.default(30_000),
  /** Seconds kept, behind the longest answer, for taking its payment. */
  settleMarginSeconds: z.number().int().positive().default(30),
});

const optionsSchema = z.strictObject({
  /** Where the contracts are: statements and request ids bind it. */
  domain: z.strictObject({ chainId: z.bigint().positive(), router: address }),
  /** How clients reach this gateway, without a slash at the end: resources are named under it. */
  publicUrl: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/$/, "")),
  /** What is taken for payment; without it only what is free is served. */
  payments: paymentsSchema.optional(),
  /** Bytes of a body. */
  bodyLimit: z
    .number()
    .int()
    .positive()
    .default(1 << 20),
  /** Milliseconds in which a request's head, and in which all of it, must have come. */
  headersTimeoutMs: milliseconds.default(10_000),
  requestTimeoutMs: milliseconds.default(30_000),
  /** Milliseconds between looks for connections that are too slow. */
  timeoutCheckMs: milliseconds.default(5_000),
  keepAliveTimeoutMs: milliseconds.default(72_000),
  /** Milliseconds for one answer. */
  answerTimeoutMs: milliseconds.default(60_000),
  /** Answers that are computed at once; more are refused. */
  maxInFlight: z.number().int().positive().default(256),
  /** Open connections; more are closed at once. */
  maxConnections: z.number().int().positive().default(4_096),
  /** Requests of one address. */
  rateLimit: z
    .strictObject({ max: z.number().int().positive(), windowMs: milliseconds })
    .default({ max: 600, windowMs: 60_000 }),
  /** Origins whose pages may call; none by default. */
  corsOrigins: z.array(z.union([z.literal("*"), z.url()])).default([]),
  /** Whether to believe the last address in `X-Forwarded-For`, which the proxy in front added: for rate limits. */
  trustProxy: z.boolean().default(false),
});

/** How a gateway behaves; see the schema for units and defaults. */
export type GatewayOptions = z.input<typeof optionsSchema>;

/** Options with every default in its place. */
export type CheckedOptions = z.output<typeof optionsSchema>;

/** @throws {GatewayError} `OPTIONS_INVALID`, naming the first that is wrong. */
export function parseOptions(options: GatewayOptions): CheckedOptions {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
    throw new GatewayError({ code: "OPTIONS_INVALID", reason }, { cause: parsed.error });
  }
  const { payments } = parsed.data;
  if (payments !== undefined && minValiditySeconds(parsed.data) > payments.maxTimeoutSeconds) {
    const reason =
      "payments.maxTimeoutSeconds leaves no time for an answer of answerTimeoutMs and settleMarginSeconds behind it";
    throw new GatewayError({ code: "OPTIONS_INVALID", reason });
  }
  const escrow = payments?.escrow;
  if (escrow !== undefined && escrow.seconds <= escrow.lockSeconds) {
    const reason = "payments.escrow.seconds leaves no time for an answer behind lockSeconds";
    throw new GatewayError({ code: "OPTIONS_INVALID", reason });
  }
  const voucher = payments?.voucher;
  if (
    voucher !== undefined &&
    voucher.seconds < 2 * (voucher.batchSeconds + minValiditySeconds(parsed.data))
  ) {
    const reason =
      "payments.voucher.seconds is less than twice what an answer, batchSeconds and settleMarginSeconds take";
    throw new GatewayError({ code: "OPTIONS_INVALID", reason });
  }
  return parsed.data;
}

/** Returns the seconds that a payment must still be valid for when it comes. */
export function minValiditySeconds({ payments, answerTimeoutMs }: CheckedOptions): number {
  return Math.ceil(answerTimeoutMs / 1000) + (payments?.settleMarginSeconds ?? 0);
}
