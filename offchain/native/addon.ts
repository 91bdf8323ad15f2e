import { createRequire } from "node:module";
import { NativeError } from "./errors.ts";

/**
 * What `addon/src/exports.rs` exports. Keys, tapes and tasks are named by numbers; values of wires are 32 bytes each,
 * little-endian; points and signals are big-endian words.
 */
export type Addon = {
  readonly version: () => string;
  readonly openKey: (path: string) => Promise<AddonKey>;
  readonly closeKey: (key: number) => void;
  readonly peakMemory: (key: number, threads: number) => number;
  readonly openTask: () => number;
  readonly cancelTask: (task: number) => void;
  readonly closeTask: (task: number) => void;
  readonly prove: (
    key: number,
    task: number,
    witness: Uint8Array,
    blinds: Uint8Array,
    threads: number,
  ) => Promise<Uint8Array>;
  readonly commit: Commit;
  readonly commitWeights: Commit;
  readonly writeDevelopmentKey: (
    r1cs: Uint8Array,
    task: number,
    path: string,
    secrets: Uint8Array,
    firstCommitted: number,
    weights: number,
    advice: number,
    threads: number,
  ) => Promise<void>;
  readonly openTape: (path: string, eliminated: Uint8Array) => Promise<AddonTape>;
  readonly closeTape: (tape: number) => void;
  readonly runTape: (tape: number, inputs: Uint8Array) => Promise<Uint8Array>;
  readonly verify: (
    key: Uint8Array,
    proof: Uint8Array,
    publicSignals: Uint8Array,
  ) => Promise<boolean>;
  readonly verifyCommitted: (
    key: Uint8Array,
    proof: Uint8Array,
    weights: Uint8Array,
    publicSignals: Uint8Array,
  ) => Promise<boolean>;
};

type Commit = (
  key: number,
  task: number,
  values: Uint8Array,
  threads: number,
) => Promise<Uint8Array>;

/** Facts of an open key; truth values are 0 or 1. */
export type AddonKey = {
  readonly id: number;
  readonly bytes: number;
  readonly isMapped: number;
  readonly wires: number;
  readonly publicSignals: number;
  readonly domainSize: number;
  readonly weights: number;
  readonly advice: number;
};

/** Facts of an open tape. */
export type AddonTape = {
  readonly id: number;
  readonly bytes: number;
  readonly wires: number;
  readonly inputs: number;
};

/** All of them, in the order of the type; a binary of another version may lack some. */
const FUNCTIONS: Readonly<Record<keyof Addon, true>> = {
  version: true,
  openKey: true,
  closeKey: true,
  peakMemory: true,
  openTask: true,
  cancelTask: true,
  closeTask: true,
  prove: true,
  commit: true,
  commitWeights: true,
  writeDevelopmentKey: true,
  openTape: true,
  closeTape: true,
  runTape: true,
  verify: true,
  verifyCommitted: true,
};

/** @throws {NativeError} `BINARY_UNUSABLE`, with what the system says as its cause */
export function loadAddon(path: string): Addon {
  try {
    const addon = createRequire(import.meta.url)(path) as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(FUNCTIONS)) {
      if (typeof addon[name] !== "function") throw new TypeError(`it exports no ${name}`);
    }
    return addon as Addon; // built from the sources beside this file, or of this package's version
  } catch (cause) {
    throw new NativeError({ code: "BINARY_UNUSABLE", path }, { cause });
  }
}
