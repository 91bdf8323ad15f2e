import type { Hex } from "@vouch/protocol";
import {
  CIRCUIT_REGISTRY_ABI,
  DISPUTES_ABI,
  ENCLAVE_REGISTRY_ABI,
  INFERENCE_REQUESTS_ABI,
  MODEL_FEED_ABI,
  MODEL_REGISTRY_ABI,
  QUORUM_ABI,
  RECEIPT_LEDGER_ABI,
  SCHEDULER_ABI,
  STAKE_VAULT_ABI,
} from "@vouch/protocol/eventAbis";
import type { EventFragment } from "ethers";
import { AbiCoder, Interface } from "ethers";
import { DEPLOYMENT, DISPUTES, QUORUM, SCHEDULER } from "./addresses.ts";

/** A log, without its place in a block. */
export type EventLog = {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly name: string;
};

/** An element of an event: what is not a word yet is a number or an address. */
export type Word = Hex | number | bigint | boolean;

const ABIS = {
  circuits: CIRCUIT_REGISTRY_ABI,
  disputes: DISPUTES_ABI,
  enclaves: ENCLAVE_REGISTRY_ABI,
  requests: INFERENCE_REQUESTS_ABI,
  feed: MODEL_FEED_ABI,
  models: MODEL_REGISTRY_ABI,
  quorum: QUORUM_ABI,
  ledger: RECEIPT_LEDGER_ABI,
  scheduler: SCHEDULER_ABI,
  vault: STAKE_VAULT_ABI,
} as const;
type Source = keyof typeof ABIS;

const ADDRESSES: Readonly<Record<Exclude<Source, "feed">, Hex>> = {
  circuits: DEPLOYMENT.circuitRegistry,
  disputes: DISPUTES,
  enclaves: DEPLOYMENT.enclaveRegistry,
  requests: DEPLOYMENT.inferenceRequests,
  models: DEPLOYMENT.modelRegistry,
  quorum: QUORUM,
  ledger: DEPLOYMENT.receiptLedger,
  scheduler: SCHEDULER,
  vault: DEPLOYMENT.stakeVault,
};

/** The hash of a fragment is made anew each time that it is read. */
type Known = { readonly inputs: EventFragment["inputs"]; readonly topicHash: Hex };
const known = new Map<string, Known>();
for (const [source, abi] of Object.entries(ABIS))
  new Interface(abi).forEachEvent(({ name, inputs, topicHash }) =>
    known.set(`${source}.${name}`, { inputs, topicHash: topicHash as Hex }),
  );

/** Returns the data of an event as its ABI has it, for shapes that are more than words. */
export function encodedData(source: Source, name: string, values: readonly unknown[]): Hex {
  const types = eventOf(source, name).inputs.filter((input) => input.indexed !== true);
  return AbiCoder.defaultAbiCoder().encode(types, values) as Hex;
}

/** Returns an event of a contract: the words of its topics, and its data, as words where these are all that it has. */
export function eventLog(
  source: Exclude<Source, "feed"> | { readonly feed: Hex },
  name: string,
  topics: readonly Word[],
  data: readonly Word[] | Hex = [],
): EventLog {
  const { topicHash } = eventOf(typeof source === "object" ? "feed" : source, name);
  return {
    address: typeof source === "object" ? source.feed : ADDRESSES[source],
    topics: [topicHash, ...topics.map((topic) => `0x${wordOf(topic)}` as const)],
    data: typeof data === "string" ? data : `0x${data.map(wordOf).join("")}`,
    name,
  };
}

/** Returns 32 bytes without a prefix. */
export function wordOf(value: Word): string {
  if (typeof value === "string") return value.slice(2).padStart(64, "0");
  const number = BigInt(value);
  return (number < 0n ? (1n << 256n) + number : number).toString(16).padStart(64, "0");
}

function eventOf(source: Source, name: string): Known {
  const found = known.get(`${source}.${name}`);
  if (found === undefined) throw new Error(`No event ${name} of ${source}`);
  return found;
}
