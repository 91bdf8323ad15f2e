import type { Hex } from "@vouch/protocol";
import type { Asker } from "./asker.ts";
import { ChainError } from "./errors.ts";
import { refusalText } from "./refusal.ts";

/**
 * What became of a signed transaction that was handed to the nodes. `early` is a nonce that the node does not keep until those
 * before it are there; `hopeless` is refused by every node whatever is paid and however long one waits.
 */
export type BroadcastReply = {
  readonly status:
    "taken" | "nonce-used" | "underpriced" | "early" | "put-off" | "hopeless" | "unanswered";
  /** In the words of a node. */
  readonly reason: string;
};

/** In the words of geth, Erigon, Nethermind, reth, Hardhat and anvil. */
const WORDS: readonly (readonly [BroadcastReply["status"], RegExp])[] = [
  ["taken", /already known|known transaction|already imported|alreadyknown/i],
  ["nonce-used", /nonce (?:is )?too low|nonce has already been used|old ?nonce|invalid nonce/i],
  ["early", /nonce (?:is )?too high|nonce gap|future nonce/i],
  [
    "underpriced",
    /underpriced|fee too low|feecap|fee cap|less than (?:the )?block base ?fee|below (?:the )?base ?fee|gas price too low|maxfeepergas/i,
  ],
  [
    "hopeless",
    /intrinsic gas|requires at least \d+ gas|exceeds? (?:the )?(?:block|transaction) gas limit|gas limit (?:is )?(?:too high|exceed|reached)|max initcode|code size|oversized|size limit|invalid (?:sender|signature|chain)|chain id|transaction type|tx type|rlp/i,
  ],
];

/** Hands a signed transaction to the chain and reads what is said of it. */
export async function broadcast(chain: Asker, raw: Hex): Promise<BroadcastReply> {
  try {
    await chain.send("eth_sendRawTransaction", [raw]);
    return { status: "taken", reason: "" };
  } catch (error) {
    if (error instanceof ChainError) return { status: "unanswered", reason: error.message };
    const reason = refusalText(error);
    const found = WORDS.find(([, words]) => words.test(reason));
    if (found !== undefined) return { status: found[0], reason };
    // Hardhat says so of a transaction that it has mined.
    if (/revert/i.test(reason)) return { status: "taken", reason };
    return { status: "put-off", reason };
  }
}
