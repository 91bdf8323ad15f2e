import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";

/** How the network is used. */
export type Network = {
  /** How often a download is begun or gone on with. */
  readonly tries: number;
  /** Within so long an answer has to begin, and to bring at least `LEAST_BYTES`. */
  readonly stallMs: number;
  /** Before the second try; each further wait is twice as long. */
  readonly waitMs: number;
  /** All addresses of a name. */
  readonly lookup: (hostname: string) => Promise<readonly LookupAddress[]>;
};

/** What holds where nothing else is said. */
export const NETWORK: Network = {
  tries: 5,
  stallMs: 30_000,
  waitMs: 500,
  lookup: (hostname) => lookup(hostname, { all: true }),
};

/** Of an answer within `stallMs`; what brings less is as good as silent. */
export const LEAST_BYTES = 1024;
