import type { Hex } from "@vouch/protocol";
import type { PublicClient } from "viem";
import { isAddressEqual, parseAbi, parseEventLogs } from "viem";
import type { PaymentBinding } from "./paymentStore.ts";

/** What became of a payment on the chain. */
export type PaymentOnChain =
  | { readonly kind: "open" }
  | { readonly kind: "paid"; readonly transaction: Hex; readonly block: number }
  /** Its nonce was cancelled, or moved something else: nothing came, and nothing will. */
  | { readonly kind: "spent" }
  /** Its nonce is used, and by what is not to be seen yet: a node answered that lags behind another. */
  | { readonly kind: "unclear" };

/** Height and time (seconds since 1970) of the newest block. */
export type ChainHead = { readonly block: number; readonly time: number };

/** What a gateway asks of the chain about a token with EIP-3009. */
export type TokenReader = {
  readonly head: () => Promise<ChainHead>;
  readonly balanceOf: (asset: Hex, owner: Hex) => Promise<bigint>;
  readonly find: (binding: PaymentBinding) => Promise<PaymentOnChain>;
};

const TOKEN = parseAbi([
  "function balanceOf(address owner) view returns (uint256)",
  "function authorizationState(address authorizer, bytes32 nonce) view returns (bool)",
  "event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)",
  "event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce)",
  "event Transfer(address indexed from, address indexed to, uint256 value)",
]);

/** Reads through `client`; errors of the node are the client's own. */
export function createTokenReader(client: PublicClient): TokenReader {
  return {
    async head() {
      const { number, timestamp } = await client.getBlock({ blockTag: "latest" });
      return { block: Number(number), time: Number(timestamp) };
    },
    balanceOf: (address, owner) =>
      client.readContract({ address, abi: TOKEN, functionName: "balanceOf", args: [owner] }),
    async find(binding) {
      const { asset: address, payer, nonce } = binding;
      const isUsed = await client.readContract({
        address,
        abi: TOKEN,
        functionName: "authorizationState",
        args: [payer, nonce],
      });
      return isUsed ? findTransfer(client, binding) : { kind: "open" };
    },
  };
}

/**
 * A used nonce says only that something was done with it. The transfer is the token's next event behind the use of the nonce:
 * any other of the same transaction may belong to another payment.
 */
async function findTransfer(
  client: PublicClient,
  { asset, payer, payTo, nonce, amount, fromBlock }: PaymentBinding,
): Promise<PaymentOnChain> {
  const asked = {
    ...{ address: asset, abi: TOKEN, args: { authorizer: payer, nonce } },
    ...{ fromBlock: BigInt(fromBlock), strict: true },
  } as const;
  const [used] = await client.getContractEvents({ ...asked, eventName: "AuthorizationUsed" });
  if (used === undefined) {
    const eventName = "AuthorizationCanceled";
    const cancelled = await client.getContractEvents({ ...asked, eventName });
    return { kind: cancelled.length > 0 ? "spent" : "unclear" };
  }
  const { logs } = await client.getTransactionReceipt({ hash: used.transactionHash });
  const events = parseEventLogs({
    abi: TOKEN,
    logs: logs.filter(({ address }) => isAddressEqual(address, asset)),
  });
  const next = events[events.findIndex(({ logIndex }) => logIndex === used.logIndex) + 1];
  const isPaid =
    next?.eventName === "Transfer" &&
    isAddressEqual(next.args.from, payer) &&
    isAddressEqual(next.args.to, payTo) &&
    next.args.value === amount;
  return isPaid
    ? { kind: "paid", transaction: used.transactionHash, block: Number(used.blockNumber) }
    : { kind: "spent" };
}
