/** Lets each address do so much at once and so much a second. */
export type RateLimit = {
  /** Returns 0 where it may, else the seconds until it may. */
  readonly take: (address: string, now: number) => number;
};

const MAX_ADDRESSES = 10_000;

/** A bucket of `burst` tokens for each address, filled by `perMinute`. */
export function createRateLimit(burst: number, perMinute: number): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const perMillisecond = perMinute / 60_000;
  return {
    take: (address, now) => {
      const bucket = buckets.get(address) ?? { tokens: burst, at: now };
      const passed = Math.max(0, now - bucket.at); // a clock may be set back
      const tokens = Math.min(burst, bucket.tokens + passed * perMillisecond);
      buckets.delete(address); // the one asked last is the last to go
      buckets.set(address, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
      if (buckets.size > MAX_ADDRESSES) {
        const [oldest] = buckets.keys();
        if (oldest !== undefined) buckets.delete(oldest);
      }
      return tokens < 1 ? Math.ceil((1 - tokens) / perMillisecond / 1000) : 0;
    },
  };
}
