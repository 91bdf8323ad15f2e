import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Deployment } from "@vouch/protocol";
import { parseAddress, parseDeployment } from "@vouch/protocol";
import * as z from "zod";
import { IndexerError } from "./errors.ts";

const environmentSchema = z.object({
  VOUCH_DEPLOYMENT: z
    .string({ error: "is not set: name the record of the deployment, deployments/<chainId>.json" })
    .min(1, "is empty: name the record of the deployment, deployments/<chainId>.json"),
  VOUCH_RPC_URL: z.url({
    protocol: /^https?$/,
    error: "is not set or no URL: name an HTTP endpoint of the chain, as http://127.0.0.1:8545",
  }),
  VOUCH_INDEXER_HOME: z.string().min(1, "is empty: name a folder, or unset it").optional(),
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error:
        "is not postgresql://user:password@host/database: correct it, or unset it to embed one",
    })
    .optional(),
  VOUCH_SCHEDULER: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, "is no address: give the Scheduler's, or unset it")
    .transform(parseAddress)
    .optional(),
  VOUCH_INDEXER_POLL_MS: z.coerce
    .number({ error: "is no number: give milliseconds between 50 and 60000, or unset it" })
    .int()
    .min(50, "is below 50: a chain is asked for its head so often for nothing")
    .max(60_000, "is above 60000: a minute behind is no index")
    .default(1000),
  VOUCH_RPC_RATE: z.coerce
    .number({ error: "is no number: give requests in a second, or unset it" })
    .int("is no whole number: give requests in a second, or unset it")
    .min(1, "is below 1: give requests in a second, or unset it")
    .max(1000, "is above 1000: more is not asked in a second")
    .optional(),
  VOUCH_RPC_LOG_RANGE: z.coerce
    .number({ error: "is no number: give blocks, or unset it" })
    .int("is no whole number: give blocks, or unset it")
    .min(1, "is below 1: give blocks, or unset it")
    .optional(),
});

/** What an endpoint of this machine is asked, unless a variable says otherwise: it is nobody else's, and limits nothing. */
const OWN = { rate: 1000, logRange: 10_000 } as const;

/** Where the embedded database is unless a variable says otherwise. */
export const DEFAULT_HOME = ".vouch/indexer";

/** What an indexer is told by its environment. */
export type Settings = {
  readonly deployment: Deployment;
  /** JSON-RPC endpoint of the chain. */
  readonly rpc: string;
  /** Folder of the embedded database. */
  readonly home: string;
  /** PostgreSQL instead of the embedded database. */
  readonly database: string | undefined;
  /** What creates feeds; none are indexed without. */
  readonly scheduler: string | undefined;
  /** How often the chain is asked for its head, in milliseconds. */
  readonly pollMs: number;
  /** Requests that the endpoint is asked in a second at first; undefined for as few as Ponder begins with, 20. */
  readonly rate: number | undefined;
  /** Blocks whose logs are asked for at once; undefined for as many as Ponder finds out, from 500 on. */
  readonly logRange: number | undefined;
};

/**
 * Reads the settings out of environment variables.
 *
 * @throws {IndexerError} `SETTINGS_INVALID`, naming the variable and the remedy.
 * @throws {ProtocolError} `DEPLOYMENT_MALFORMED`.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const reason = `${String(issue?.path[0])} ${issue?.message ?? "is invalid"}`;
    throw new IndexerError({ code: "SETTINGS_INVALID", reason }, { cause: parsed.error });
  }
  const variables = parsed.data;
  const deployment = parseDeployment(readRecord(variables.VOUCH_DEPLOYMENT));
  const usual = isOwn(variables.VOUCH_RPC_URL) ? OWN : undefined;
  return {
    deployment,
    rpc: variables.VOUCH_RPC_URL,
    // A chain that was started afresh has another anchor, and nothing of the one before it.
    home: resolve(
      variables.VOUCH_INDEXER_HOME ?? DEFAULT_HOME,
      `${deployment.chainId}-${deployment.anchor.slice(2, 10)}`,
    ),
    database: variables.DATABASE_URL,
    scheduler: variables.VOUCH_SCHEDULER ?? deployment.scheduler,
    pollMs: variables.VOUCH_INDEXER_POLL_MS,
    rate: variables.VOUCH_RPC_RATE ?? usual?.rate,
    logRange: variables.VOUCH_RPC_LOG_RANGE ?? usual?.logRange,
  };
}

/** Whether an endpoint is of this machine. */
function isOwn(rpc: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(rpc).hostname);
}

function readRecord(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const reason = `VOUCH_DEPLOYMENT names ${file}, which cannot be read as JSON: run \`npx hardhat deploy --network <name>\`, or name the record that it wrote`;
    throw new IndexerError({ code: "SETTINGS_INVALID", reason }, { cause });
  }
}
