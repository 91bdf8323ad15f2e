import { isIPv6 } from "node:net";

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

/** What limits count an address as: of IPv6 its /64, since every host has that many addresses for itself. */
export function limitedAs(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address; // also IPv4 in the form of IPv6
  const [head = "", tail] = address.split("::");
  const groups = (part: string): readonly string[] => (part === "" ? [] : part.split(":"));
  const behind = groups(tail ?? "").length;
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - behind;
  const all = [...groups(head), ...Array.from({ length: zeros }, () => "0"), ...groups(tail ?? "")];
  const network = all.slice(0, 4).map((it) => Number.parseInt(it, 16).toString(16));
  return `${network.join(":")}::/64`;
}
