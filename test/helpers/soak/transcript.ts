import type { Hex, RequestId } from "@vouch/protocol";
import { REQUESTS_ABI } from "@vouch/protocol";
import { Interface, keccak256, Transaction } from "ethers";
import type { Upstream } from "../faultyRpc.ts";

/** What was said to the chain through endpoints, whether a block took it or not. */
export type Transcript = {
  /** Puts itself between an endpoint and its node. */
  readonly over: (upstream: Upstream) => Upstream;
  /** Answers that were sent for a request, each once, by output and signature. */
  readonly answers: ReadonlyMap<RequestId, ReadonlySet<string>>;
  /** Requests that somebody tried to lock. */
  readonly locks: ReadonlySet<RequestId>;
  /** Of all transactions. */
  readonly hashes: ReadonlySet<Hex>;
};

type Fulfilled = {
  readonly id: string;
  readonly output: readonly bigint[];
  readonly evidence: readonly { readonly data: string }[];
};

const CONTRACT = new Interface(REQUESTS_ABI);

/** Opens an empty transcript. */
export function openTranscript(): Transcript {
  const answers = new Map<RequestId, Set<string>>();
  const locks = new Set<RequestId>();
  const hashes = new Set<Hex>();

  function noteAnswer({ id, output, evidence }: Fulfilled): void {
    const said = [...output.map(String), ...evidence.map(({ data }) => keccak256(data))].join();
    const known = answers.get(id as RequestId) ?? new Set<string>();
    answers.set(id as RequestId, known.add(said));
  }

  function note(raw: string): void {
    const hash = keccak256(raw) as Hex;
    if (hashes.has(hash)) return;
    hashes.add(hash);
    const { data } = Transaction.from(raw);
    const call = CONTRACT.parseTransaction({ data });
    const args = call?.args as unknown as Fulfilled & {
      readonly fulfilments: readonly Fulfilled[];
    };
    if (call?.name === "lock") locks.add(args.id as RequestId);
    else if (call?.name === "fulfil") noteAnswer(args);
    else if (call?.name === "fulfilMany") for (const it of args.fulfilments) noteAnswer(it);
  }

  return {
    over: (upstream) => (method, params) => {
      if (method === "eth_sendRawTransaction") note(params[0] as Hex);
      return upstream(method, params);
    },
    answers,
    locks,
    hashes,
  };
}
