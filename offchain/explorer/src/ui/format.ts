// How numbers, ids and times are written. Everything here is exact or says that it is not: a rounded amount begins with ≈.
const ETHER = 10n ** 18n;

/** Returns an amount in ether, with up to five significant decimals. */
export function formatEther(wei: bigint): string {
  const sign = wei < 0n ? "-" : "";
  const magnitude = wei < 0n ? -wei : wei;
  const [whole, rest] = [magnitude / ETHER, magnitude % ETHER];
  if (rest === 0n) return `${sign}${grouped(whole)}`;
  const digits = rest.toString().padStart(18, "0");
  const first = digits.search(/[1-9]/);
  const kept = whole > 0n ? 4 : first + 4;
  const decimals = digits.slice(0, kept).replace(/0+$/, "");
  const isExact = /^0*$/.test(digits.slice(kept));
  const text = decimals === "" ? grouped(whole) : `${grouped(whole)}.${decimals}`;
  return `${isExact ? "" : "≈"}${sign}${text}`;
}

/** Returns a whole number with its thousands apart. */
export function formatCount(count: number | bigint): string {
  return grouped(BigInt(count));
}

/** Returns the two ends of an id or an address, which tell it apart; the whole is beside it wherever this is used. */
export function shortHash(value: string, chars = 6): string {
  return value.length <= 2 * chars + 3
    ? value
    : `${value.slice(0, chars + 2)}…${value.slice(-chars)}`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** Returns a span of seconds in its two largest units, such as `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0) return `-${formatSeconds(-seconds)}`;
  if (seconds < 1) return seconds === 0 ? "0 s" : `${Math.round(seconds * 1_000)} ms`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    rest -= count * size;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** Returns how long ago a second of the clock was, or how far ahead it is. */
export function formatAgo(at: number, now: number): string {
  const apart = now - at;
  if (Math.abs(apart) < 1) return "now";
  const [span = ""] = formatSeconds(Math.abs(apart)).split(/(?<=[a-z]) (?=\d)/);
  return apart > 0 ? `${span} ago` : `in ${span}`;
}

/** Returns a second of the clock as date and time of UTC. */
export function formatUtc(at: number): string {
  return `${new Date(at * 1_000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function grouped(whole: bigint): string {
  return whole.toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
