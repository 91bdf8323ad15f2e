import type { Hex } from "@vouch/protocol";
import { pause, requireGoing } from "../abort.ts";
import { SdkError } from "../errors.ts";
import type { ChainAccess } from "./chainAccess.ts";
import type { MinedTransaction } from "./chainReader.ts";
import type { ReadChain } from "./readChain.ts";
import { isKnown, isNonceUsed, isTransient, translateError } from "./translateError.ts";

/** A transaction whose effect can be seen on the chain, so that it is never sent for what is there already. */
export type Sending = {
  /** `request 0x…`, in errors. */
  readonly what: string;
  readonly account: Hex;
  readonly isThere: () => Promise<boolean>;
  readonly send: (overrides: { readonly nonce?: number }) => Promise<{ readonly hash: string }>;
};

/** How a sending ended: with its transaction's receipt, or null where another transaction had that effect. */
export type SendOnce = (sending: Sending, signal?: AbortSignal) => Promise<MinedTransaction | null>;

/** A transaction that may be on its way. */
type Submitted = {
  readonly nonce: number | undefined;
  readonly hash: string | undefined;
};

const ATTEMPTS = 4;
/** Looks at a chain that has used the nonce before the effect counts as lost: endpoints of one host lag behind each other. */
const PATIENCE = 5;

/**
 * Returns what sends transactions one after another. Where the endpoint fails in between, one is sent again only under the same
 * account nonce, so that at most one of them is mined; wallets choose nonces themselves, so for them nothing is sent again.
 *
 * @throws {SdkError} `TRANSACTION_UNCERTAIN`, `TRANSACTION_REVERTED`, `TRANSACTION_REFUSED`, `TRANSACTION_LOST`, `CONTRACT_REFUSED`, `USER_REJECTED`, `ACCOUNT_MISSING`,
 * `RPC_UNAVAILABLE` (nothing was sent), `ABORTED` (what was sent stays so).
 */
export function openSendOnce(
  access: ChainAccess,
  read: ReadChain,
  pollIntervalMs: number,
): SendOnce {
  let last: Promise<unknown> = Promise.resolve();
  return async (sending, signal) => {
    // Two at once would take the same nonce.
    const submitting = last.then(() => submit(access, read, sending, signal));
    last = submitting.catch(() => undefined);
    const submitted = await submitting;
    return submitted === null
      ? null
      : settle(access, read, sending, submitted, pollIntervalMs, signal);
  };
}

/** Returns null where the effect is there. */
async function submit(
  access: ChainAccess,
  read: ReadChain,
  sending: Sending,
  signal: AbortSignal | undefined,
): Promise<Submitted | null> {
  const { what, account, isThere } = sending;
  requireGoing(signal, `sending ${what}`);
  const nonceAt = (tag: "latest" | "pending"): Promise<number> =>
    read("reading the account's nonce", () => access.reader.getTransactionCount(account, tag));
  let nonce = access.keepsNonce ? await nonceAt("pending") : undefined;
  /** Whether one may have left under this nonce. */
  let left = false;
  const uncertain = (cause: unknown): SdkError =>
    new SdkError(
      { code: "TRANSACTION_UNCERTAIN", account, accountNonce: nonce ?? -1, what },
      { cause },
    );
  for (let attempt = 1; ; attempt++) {
    try {
      const { hash } = await sending.send(nonce === undefined ? {} : { nonce });
      return { nonce, hash };
    } catch (error) {
      if (isKnown(error) && left) return { nonce, hash: undefined };
      const used = isNonceUsed(error);
      if (!used && !isTransient(error)) throw translateError(error, `send ${what}`);
      left ||= !used;
      if (await read(`looking for ${what}`, isThere)) return null;
      if (nonce === undefined || attempt >= ATTEMPTS) throw uncertain(error);
      const isFree = (await nonceAt("latest")) <= nonce;
      // Where ours may have used it up, its effect can still be on the way to this endpoint.
      if (!isFree && left) return { nonce, hash: undefined };
      if (!isFree) nonce = await nonceAt("pending");
    }
  }
}

async function settle(
  { reader }: ChainAccess,
  read: ReadChain,
  { what, account, isThere }: Sending,
  { nonce, hash }: Submitted,
  pollIntervalMs: number,
  signal: AbortSignal | undefined,
): Promise<MinedTransaction | null> {
  const waiting = `waiting for ${what}`;
  let looks = 0;
  for (;;) {
    const receipt =
      hash === undefined
        ? null
        : await read(waiting, () => reader.getTransactionReceipt(hash), signal);
    if (receipt?.status === 1) return receipt;
    // A wallet may have sent it again with a higher fee: what counts is its effect.
    if (await read(waiting, isThere, signal)) return null;
    if (receipt?.status === 0)
      throw new SdkError({ code: "TRANSACTION_REVERTED", txHash: receipt.hash });
    const count = await read(waiting, () => reader.getTransactionCount(account, "latest"), signal);
    if (nonce !== undefined && count > nonce && ++looks >= PATIENCE) {
      throw hash === undefined
        ? new SdkError({ code: "TRANSACTION_UNCERTAIN", account, accountNonce: nonce, what })
        : new SdkError({ code: "TRANSACTION_LOST", txHash: hash });
    }
    await pause(pollIntervalMs, signal);
  }
}
