import { BlockList, isIP } from "node:net";

/** Whom an address belongs to. `special`: nobody that a model could come from, such as what tells a cloud's machines their secrets. */
export type Reach = "public" | "private" | "loopback" | "special";

type Range = readonly [address: string, prefix: number, family: "ipv4" | "ipv6"];

const RANGES: Readonly<Record<Exclude<Reach, "public">, readonly Range[]>> = {
  loopback: [
    ["127.0.0.0", 8, "ipv4"],
    ["::1", 128, "ipv6"],
  ],
  private: [
    ["10.0.0.0", 8, "ipv4"],
    ["100.64.0.0", 10, "ipv4"],
    ["172.16.0.0", 12, "ipv4"],
    ["192.168.0.0", 16, "ipv4"],
    ["198.18.0.0", 15, "ipv4"],
    ["fc00::", 7, "ipv6"],
    ["fec0::", 10, "ipv6"],
  ],
  special: [
    ["0.0.0.0", 8, "ipv4"],
    ["169.254.0.0", 16, "ipv4"],
    ["192.0.0.0", 24, "ipv4"],
    ["224.0.0.0", 3, "ipv4"],
    ["::", 128, "ipv6"],
    ["fe80::", 10, "ipv6"],
    ["ff00::", 8, "ipv6"],
    // Tunnels to an IPv4 address.
    ["2001::", 32, "ipv6"],
    ["2002::", 16, "ipv6"],
  ],
};

const LISTS: readonly (readonly [Reach, BlockList])[] = Object.entries(RANGES).map(
  ([reach, ranges]) => {
    const list = new BlockList();
    for (const range of ranges) list.addSubnet(...range);
    return [reach as Reach, list];
  },
);

/** NAT64: the IPv4 address that networks of IPv6 alone reach. */
const TRANSLATED = /^64:ff9b::([\da-f]{1,4}):([\da-f]{1,4})$/i;

/** Returns whom an IP address belongs to; of an IPv6 address that stands for one of IPv4, that one's owner. */
export function reachOf(address: string): Reach {
  const family = isIP(address);
  if (family === 0) return "special";
  const [, high, low] = TRANSLATED.exec(address) ?? [];
  if (high !== undefined && low !== undefined) return reachOf(ipv4Of(high, low));
  if (family === 6 && address.toLowerCase().startsWith("64:ff9b:")) return "special";
  const type = family === 4 ? "ipv4" : "ipv6";
  return LISTS.find(([, list]) => list.check(address, type))?.[0] ?? "public";
}

function ipv4Of(high: string, low: string): string {
  const groups = [high, low].map((it) => parseInt(it, 16));
  return groups.flatMap((it) => [it >> 8, it & 0xff]).join(".");
}
