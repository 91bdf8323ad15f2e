/** Returns seconds since the epoch as `YYYY-MM-DDThh:mm:ssZ`. */
export function isoOf(seconds: number | bigint): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`;
}
