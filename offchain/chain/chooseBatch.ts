/** A settlement that waits for its transaction. */
export type PendingSettlement = {
  readonly key: string;
  /** Chain time in seconds by which it must be in a block. */
  readonly deadline: number;
  /** Gas that it takes in a transaction of its own, and beside others. */
  readonly singleGas: bigint;
  readonly batchedGas: bigint;
  /** Gas that all of one key in a batch take once, beside each one's own: the pairings of a circuit's key. */
  readonly shared?: { readonly key: string; readonly gas: bigint };
  /** Bytes of calldata that it takes in a batch. */
  readonly bytes: number;
};

/** Wei per gas: now, and the least and most of the recent past. */
export type GasMarket = { readonly now: bigint; readonly low: bigint; readonly high: bigint };

export type BatchLimits = {
  readonly maxItems: number;
  /** Gas of one transaction; chains refuse more than 16,777,216 (EIP-7825). */
  readonly maxGas: bigint;
  readonly maxBytes: number;
  /** Gas that a batch takes whatever it holds. */
  readonly baseGas: bigint;
  /** Memory takes gas by the square of what is in it: `bytes^2 / bytesSquaredPerGas` of a batch; none is counted where absent. */
  readonly bytesSquaredPerGas?: bigint;
  /** Seconds before a deadline in which the price no longer counts. */
  readonly marginSeconds: number;
  /** Seconds before a deadline from which on the price that is taken rises, from the recent least to any. */
  readonly patienceSeconds: number;
};

/** What to settle now, one transaction each; `wait` says until when at the most, in chain time. */
export type BatchChoice =
  | { readonly action: "wait"; readonly until: number | undefined }
  | { readonly action: "single"; readonly key: string }
  | { readonly action: "batch"; readonly keys: readonly string[] };

/**
 * Chooses the next transaction. The nearest deadline decides whether there is one now: within the margin always, else where gas
 * costs no more than that deadline has patience for. What then goes is filled up with the others, nearest first, as long as
 * they fit and one more makes it cheaper for each; whether together or alone is what costs less gas an item.
 *
 * @param now chain time in seconds.
 */
export function chooseBatch(
  pending: readonly PendingSettlement[],
  market: GasMarket,
  limits: BatchLimits,
  now: number,
): BatchChoice {
  const byDeadline = pending.toSorted(
    (a, b) => a.deadline - b.deadline || (a.key < b.key ? -1 : 1),
  );
  const [first] = byDeadline;
  if (first === undefined) return { action: "wait", until: undefined };
  if (market.now > acceptablePrice(first.deadline, market, limits, now))
    return { action: "wait", until: Math.max(first.deadline - limits.marginSeconds, now) };
  const batch = fill(byDeadline, limits);
  return batch.length > 1 && isCheaper(batch, limits)
    ? { action: "batch", keys: batch.map(({ key }) => key) }
    : { action: "single", key: first.key };
}

/**
 * Wei per gas that are taken for a deadline: the recent least while it is far, any within the margin, and between them in
 * proportion to the time that has passed, of the way to the recent most. Rounded up, so that the least itself is taken.
 */
export function acceptablePrice(
  deadline: number,
  { now: price, low, high }: GasMarket,
  { marginSeconds, patienceSeconds }: BatchLimits,
  now: number,
): bigint {
  const left = deadline - now;
  if (left <= marginSeconds) return price;
  const patience = Math.max(patienceSeconds, marginSeconds);
  if (left >= patience || high <= low) return low;
  const span = BigInt(Math.ceil(patience - marginSeconds));
  const spent = BigInt(Math.floor(patience - left));
  return low + ((high - low) * spent + span - 1n) / span;
}

/** Whether a batch holds all that it is to hold: waiting for more to come would gain nothing. */
export function isFull(pending: readonly PendingSettlement[], limits: BatchLimits): boolean {
  return pending.length >= limits.maxItems || fill(pending, limits).length < pending.length;
}

/** As many as fit, nearest deadline first; one that does not fit leaves room for a smaller one behind it. */
function fill(
  byDeadline: readonly PendingSettlement[],
  limits: BatchLimits,
): readonly PendingSettlement[] {
  const batch: PendingSettlement[] = [];
  let bytes = 0;
  for (const it of byDeadline) {
    if (batch.length >= limits.maxItems || !isWorthOneMore(batch, it, limits)) break;
    const isTooLong = bytes + it.bytes > limits.maxBytes;
    if (isTooLong || gasOf([...batch, it], limits) > limits.maxGas) {
      if (batch.length === 0) return []; // the nearest goes first, alone
      continue;
    }
    batch.push(it);
    bytes += it.bytes;
  }
  return batch;
}

/**
 * Whether each of `batch` takes less gas with `next` than without. More share what is paid once, and memory grows by the square: for
 * equal items the least is at `sqrt(fixed / square)`. Whatever `next` brings for itself it pays in any batch.
 */
function isWorthOneMore(
  batch: readonly PendingSettlement[],
  next: PendingSettlement,
  limits: BatchLimits,
): boolean {
  const without = memoryGas(batch, limits);
  const more = memoryGas([...batch, next], limits) - without;
  const fixed = limits.baseGas + sharedGas(batch);
  return batch.length === 0 || BigInt(batch.length) * more - without <= fixed;
}

function isCheaper(batch: readonly PendingSettlement[], limits: BatchLimits): boolean {
  return gasOf(batch, limits) < batch.reduce((sum, it) => sum + it.singleGas, 0n);
}

/** Gas of one transaction that settles them all. */
function gasOf(batch: readonly PendingSettlement[], limits: BatchLimits): bigint {
  const own = batch.reduce((sum, it) => sum + it.batchedGas, 0n);
  return limits.baseGas + own + sharedGas(batch) + memoryGas(batch, limits);
}

function sharedGas(batch: readonly PendingSettlement[]): bigint {
  const shares = new Map(batch.flatMap(({ shared }) => (shared ? [[shared.key, shared.gas]] : [])));
  return [...shares.values()].reduce((sum, gas) => sum + gas, 0n);
}

function memoryGas(
  batch: readonly PendingSettlement[],
  { bytesSquaredPerGas }: Pick<BatchLimits, "bytesSquaredPerGas">,
): bigint {
  if (bytesSquaredPerGas === undefined) return 0n;
  const bytes = BigInt(batch.reduce((sum, it) => sum + it.bytes, 0));
  return bytes ** 2n / bytesSquaredPerGas;
}
