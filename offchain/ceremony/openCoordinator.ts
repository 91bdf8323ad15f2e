import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getAddress } from "ethers";
import { lockFile } from "@vouch/queue";
import { ceremonyPaths } from "./ceremonyFacts.ts";
import { limitConnections } from "./connectionLimit.ts";
import { CeremonyError } from "./errors.ts";
import { openTurns } from "./openTurns.ts";
import { openVerifier } from "./openVerifier.ts";
import type { Verifier } from "./openVerifier.ts";
import { createRateLimit } from "./rateLimit.ts";
import { answerRequests } from "./routes.ts";

export type CoordinatorOptions = {
  /** Of `beginCeremony`. */
  readonly folder: string;
  /** 127.0.0.1 unless said; TLS is a reverse proxy's part. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** From the start of a turn to its last upload. */
  readonly turnMs?: number;
  /** A participant who does not ask for so long has left. */
  readonly patienceMs?: number;
  /** A connection on which nothing comes or goes for so long is ended. */
  readonly stallMs?: number;
  /** Within which a request's head, and a body other than a key, must have come. */
  readonly headersMs?: number;
  readonly verifyMs?: number;
  readonly maxQueue?: number;
  readonly maxConnections?: number;
  /** Of one address at once; behind a trusted proxy the connections are the proxy's, and this is its part. */
  readonly connectionsPerAddress?: number;
  /** Files that one address may fetch at once. */
  readonly transfersPerAddress?: number;
  /** Who fetches a file slower than this, on the whole, is cut off; the file's rest can be fetched then. */
  readonly minBytesPerSecond?: number;
  readonly requestsPerMinute?: number;
  /** How often one address may join in an hour. */
  readonly joinsPerHour?: number;
  /** Addresses that may contribute, once each; they sign their request to join. Everybody may where it is absent. */
  readonly allowed?: readonly string[];
  /** Whether the address that a proxy added to `x-forwarded-for` is that of the client. */
  readonly trustProxy?: boolean;
};

export type CoordinatorDeps = {
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly now?: () => number;
  /** By default a process of its own. */
  readonly verifier?: Verifier;
};

export type Coordinator = {
  /** Serves until it is closed, or the signal fires; resolves once it listens. */
  readonly start: (signal?: AbortSignal) => Promise<{ readonly url: string }>;
  /** Ends what is under way and gives the folder back. What was accepted is on disk before anybody hears of it. */
  readonly close: () => Promise<void>;
};

const ADVANCE_MS = 500;
const DEFAULTS = {
  host: "127.0.0.1",
  turnMs: 60 * 60_000,
  patienceMs: 60_000,
  stallMs: 30_000,
  headersMs: 10_000,
  verifyMs: 60 * 60_000,
  maxQueue: 200,
  maxConnections: 500,
  connectionsPerAddress: 24,
  transfersPerAddress: 8,
  minBytesPerSecond: 16_384,
  requestsPerMinute: 240,
  joinsPerHour: 20,
  trustProxy: false,
} as const;

/**
 * Opens a coordinator of a ceremony: an HTTP server that queues participants, gives each a turn with the current keys, takes
 * what they contribute, verifies it in another process, and publishes the transcript. It never learns a secret, and cannot
 * weaken a contribution: at worst it refuses some.
 *
 * @throws {CeremonyError} `FOLDER_INVALID`, `OPTIONS_INVALID`; {QueueError} `LOCK_HELD` where another serves the folder.
 */
export async function openCoordinator(
  given: CoordinatorOptions,
  { log, now = Date.now, verifier: givenVerifier }: CoordinatorDeps,
): Promise<Coordinator> {
  const options = { ...DEFAULTS, ...given };
  const allowed = checkAllowed(options.allowed);
  const release = lockFile(ceremonyPaths(options.folder).state);
  const verifier = givenVerifier ?? openVerifier(options.verifyMs);
  try {
    const { folder, turnMs, patienceMs, maxQueue } = options;
    const turns = await openTurns(
      {
        ...{ folder, turnMs, patienceMs, maxQueue },
        ...(allowed === undefined ? {} : { isAllowed: (address) => allowed.has(address) }),
      },
      { verifier, now, log },
    );
    const server = createServer(
      {
        headersTimeout: options.headersMs,
        requestTimeout: options.turnMs,
        connectionsCheckingInterval: Math.min(1000, options.headersMs),
        keepAliveTimeout: 5000,
      },
      answerRequests(turns, {
        folder,
        log,
        now,
        trustProxy: options.trustProxy,
        bodyMs: options.headersMs,
        mustSign: allowed !== undefined,
        pace: { graceMs: options.stallMs, bytesPerSecond: options.minBytesPerSecond },
        transfersPerAddress: options.transfersPerAddress,
        requests: createRateLimit(options.requestsPerMinute, options.requestsPerMinute),
        joins: createRateLimit(options.joinsPerHour, options.joinsPerHour / 60),
      }),
    );
    server.maxConnections = options.maxConnections;
    server.timeout = options.stallMs;
    if (!options.trustProxy) limitConnections(server, options.connectionsPerAddress);

    let timer: NodeJS.Timeout | undefined;
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      clearInterval(timer);
      const closed = new Promise<void>((resolve) => {
        if (server.listening)
          server.close(() => { resolve(); }); // prettier-ignore
        else resolve();
      });
      server.closeAllConnections();
      await turns.stop();
      await closed;
      release();
    };
    return {
      start: async (signal) => {
        await new Promise<void>((resolve, reject) => {
          server.once("error", reject).listen(options.port, options.host, resolve);
        });
        timer = setInterval(() => void turns.advance(), ADVANCE_MS);
        signal?.addEventListener("abort", () => void (closing ??= close()), { once: true });
        const { address, port } = server.address() as AddressInfo; // of a listening TCP server
        const url = `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
        log("listening", { url, ceremony: turns.id });
        return { url };
      },
      close: () => (closing ??= close()),
    };
  } catch (error) {
    verifier.close();
    release();
    throw error;
  }
}

function checkAllowed(addresses: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (addresses === undefined) return undefined;
  return new Set(
    addresses.map((it) => {
      try {
        return getAddress(it);
      } catch (cause) {
        const reason = `${JSON.stringify(it)} in the list of who may join is no address`;
        throw new CeremonyError({ code: "OPTIONS_INVALID", reason }, { cause });
      }
    }),
  );
}
