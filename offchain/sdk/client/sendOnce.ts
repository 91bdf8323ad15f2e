import type { Hex } from "@vouch/protocol";
import { abortable, pause, requireGoing } from "../abort.ts";
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
  readonly send: (overrides: SendOverrides) => Promise<{ readonly hash: string }>;
};

/** What a transaction is sent under: a wallet whose user has changed the chain since refuses it. */
export type SendOverrides = { readonly chainId: bigint; readonly nonce?: number };

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
 * `RPC_UNAVAILABLE` (nothing was sent), `ABORTED` (`sent` says whether something was).
 */
export function openSendOnce(
  access: ChainAccess,
  read: ReadChain,
  { chainId, pollIntervalMs }: { readonly chainId: bigint; readonly pollIntervalMs: number },
): SendOnce {
  let last: Promise<unknown> = Promise.resolve();
  return async (sending, signal) => {
    // Two at once would take the same nonce.
    const before = last;
    const submitting = abortable(before, signal, `sending ${sending.what}`).then(() =>
      submit(access, read, sending, chainId, signal),
    );
    last = Promise.allSettled([before, submitting]);
    const submitted = await submitting;
    if (submitted === null) return null;
    try {
      return await settle(access, read, sending, submitted, pollIntervalMs, signal);
    } catch (error) {
      throw afterSubmission(error, sending, submitted.nonce);
    }
  };
}

/** What becomes of an error once a transaction may have left: it never says that nothing was sent. */
function afterSubmission(
  error: unknown,
  { account, what }: Sending,
  accountNonce: number | undefined,
): unknown {
  if (!(error instanceof SdkError)) return error;
  const { data } = error;
  if (data.code === "ABORTED") return new SdkError({ ...data, sent: true }, { cause: error });
  if (data.code !== "RPC_UNAVAILABLE" && data.code !== "ENDPOINT_INVALID") return error;
  return new SdkError(
    { code: "TRANSACTION_UNCERTAIN", account, accountNonce, what },
    { cause: error },
  );
}

/** Returns null where the effect is there. */
async function submit(
  access: ChainAccess,
  read: ReadChain,
  sending: Sending,
  chainId: bigint,
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
    new SdkError({ code: "TRANSACTION_UNCERTAIN", account, accountNonce: nonce, what }, { cause });
  for (let attempt = 1; ; attempt++) {
    try {
      const { hash } = await sending.send(nonce === undefined ? { chainId } : { chainId, nonce });
      return { nonce, hash };
    } catch (error) {
      if (isKnown(error) && left) return { nonce, hash: undefined };
      const used = isNonceUsed(error);
      if (!used && !isTransient(error)) throw translateError(error, `send ${what}`);
      left ||= !used;
      try {
        if (await read(`looking for ${what}`, isThere)) return null;
        if (nonce === undefined || attempt >= ATTEMPTS) throw uncertain(error);
        const isFree = (await nonceAt("latest")) <= nonce;
        // Where ours may have used it up, its effect can still be on the way to this endpoint.
        if (!isFree && left) return { nonce, hash: undefined };
        if (!isFree) nonce = await nonceAt("pending");
      } catch (failure) {
        throw left ? afterSubmission(failure, sending, nonce) : failure;
      }
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
