import type { Hex } from "@vouch/protocol";
import { parseAddress } from "@vouch/protocol";
import { z } from "zod";
import type { TokenTerms } from "../refusalOf.ts";
import { dutiesSchema } from "./dutiesConfig.ts";

const DAY = 86_400;
/** How long an answer may be told to wait for company, and then for gas. */
export const MAX_GATHER_SECONDS = 3_600;
export const MAX_WAIT_SECONDS = 43_200;

const url = (...protocols: readonly string[]) =>
  z.string().refine(
    (value) => {
      const parsed = URL.parse(value);
      return parsed !== null && protocols.includes(parsed.protocol.slice(0, -1));
    },
    `a URL of ${protocols.join(", ")}`,
  );

const count = z.number().int().nonnegative();
const wei = z
  .union([z.string().regex(/^\d{1,30}$/), z.number().int().nonnegative()])
  .transform(BigInt);

/** `address:fee` or `address:fee:gas`: least fee and least price of a unit of gas, in the token's smallest unit. */
const tokenTerms = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}:\d{1,30}(?::\d{1,30})?$/, "address:fee or address:fee:gas")
  .transform((value): readonly [Hex, TokenTerms] => {
    const [address = "", minFee = "0", minGasPrice = "0"] = value.split(":");
    const terms = { minFee: BigInt(minFee), minGasPrice: BigInt(minGasPrice) };
    return [parseAddress(address), terms];
  });

/**
 * What an operator configures, section by section; `describe` texts are the help of `vouch-worker`. Each leaf is a member of the
 * configuration file, an environment variable and a flag (`readWorkerConfig`). Nothing in here is a secret: keys and passwords are
 * named by file or by the variable that holds them.
 */
export const workerConfigSchema = z.strictObject({
  home: z
    .string()
    .default(".vouch")
    .describe("Folder of releases, proving keys, receipts and the embedded database."),
  deployment: z
    .string()
    .default("")
    .describe("File with the contracts' addresses; deployments/<chainId>.json where empty."),
  chain: z
    .strictObject({
      rpc: z
        .array(url("http", "https", "ws", "wss"))
        .min(1)
        .default(["http://127.0.0.1:8545"])
        .describe("Endpoints of the chain, the preferred first; any that fails is passed over."),
      confirmations: count
        .default(0)
        .describe("Blocks that must lie on top of a request before it is served."),
      pollMs: count.min(10).default(2_000).describe("Milliseconds between looks at the chain."),
      blockRange: count.min(1).default(2_000).describe("Blocks asked of an endpoint at once."),
      reorgDepth: count.min(1).default(64).describe("Blocks that a reorganisation may take back."),
    })
    .prefault({}),
  key: z
    .strictObject({
      file: z
        .string()
        .default("")
        .describe("File with the operator's key: a keystore in JSON, or 32 bytes in hex."),
      passwordFile: z.string().default("").describe("File with the keystore's password."),
      passwordEnv: z
        .string()
        .default("VOUCH_KEY_PASSWORD")
        .describe("Variable with the keystore's password, where no file has it."),
    })
    .prefault({}),
  database: z
    .strictObject({
      url: z
        .union([z.literal(""), url("postgres", "postgresql")])
        .default("")
        .describe(
          "PostgreSQL that a fleet shares; an embedded database in `home` where empty. With a password: in a variable.",
        ),
    })
    .prefault({}),
  accept: z
    .strictObject({
      minFee: wei.prefault(0).describe("Wei below which no request is locked."),
      tokens: z
        .array(tokenTerms)
        .default([])
        .transform((terms) => new Map(terms))
        .describe(
          "Tokens that requests may be paid in, each as address:fee or address:fee:gas with the least of both.",
        ),
      minVerificationGas: count
        .default(200_000)
        .describe("Gas of verification that a request must reimburse; more for segments."),
      minServeSeconds: count
        .default(30)
        .describe("Seconds that must be left until a request's deadline for it to be locked."),
      maxHorizonSeconds: count
        .min(1)
        .default(7 * DAY)
        .describe("Seconds ahead that a request's lock deadline may lie."),
      maxExposure: wei
        .optional()
        .describe("Wei of stake that requests may expose together; all of it where absent."),
    })
    .prefault({}),
  work: z
    .strictObject({
      infer: count.default(4).describe("Requests that are run at once; 0 leaves it to others."),
      prove: count.default(1).describe("Proofs at once; 0 leaves them to others."),
      settle: count.default(1).describe("Transactions settled at once; 0 leaves them to others."),
      watch: count.default(1).describe("Followers of the chain; 0 leaves it to others."),
      backlog: count
        .min(1)
        .default(1_000)
        .describe("Requests waiting in a queue beyond which none is locked."),
      failures: count
        .min(1)
        .default(5)
        .describe("Failures in a row after which none is locked until one succeeds."),
      stopSeconds: count
        .default(5)
        .describe(
          "Seconds that what is under way has to end after SIGINT or SIGTERM, none after a second; queues and journal keep the rest.",
        ),
    })
    .prefault({}),
  settle: z
    .strictObject({
      batch: count
        .min(1)
        .default(64)
        .describe(
          "Answers settled in one transaction, at most; fewer where more would cost each more gas.",
        ),
      gatherSeconds: count
        .max(MAX_GATHER_SECONDS)
        .default(0)
        .describe("Seconds that an answer may wait for others to share its transaction."),
      waitSeconds: count
        .max(MAX_WAIT_SECONDS)
        .default(0)
        .describe(
          "Seconds that it may then wait for cheaper gas: at first as cheap as in the last 300 blocks, in the end at any price.",
        ),
      bumpBlocks: count
        .min(1)
        .default(3)
        .describe("Blocks after which a transaction that is not mined is paid more."),
      maxFeeGwei: count
        .min(1)
        .default(500)
        .describe("Gwei a unit of gas beyond which no transaction is paid."),
    })
    .prefault({}),
  duties: dutiesSchema.prefault({}),
  execution: z
    .strictObject({
      budgetMb: count
        .min(1)
        .default(1_024)
        .describe("Megabytes that loaded models may take; the least used are unloaded first."),
      compiledMb: count
        .min(1)
        .default(256)
        .describe(
          "Megabytes that verified releases may take beside that; the least used are verified anew when they are asked for.",
        ),
      threads: count.min(1).default(1).describe("Threads within one run of a model."),
    })
    .prefault({}),
  observe: z
    .strictObject({
      host: z.string().default("127.0.0.1").describe("Address of /healthz, /readyz, /metrics."),
      port: count
        .max(65_535)
        .default(9_464)
        .describe("Port of /healthz, /readyz and /metrics; 0 for none."),
      log: z
        .enum(["silent", "error", "warn", "info", "debug"])
        .default("info")
        .describe("Least severity that is logged, as JSON on standard error."),
    })
    .prefault({}),
});

/** How a worker is run; see the schema for units and defaults. */
export type WorkerConfig = z.output<typeof workerConfigSchema>;
