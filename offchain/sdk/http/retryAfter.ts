/**
 * Returns the milliseconds that a header Retry-After asks to wait: seconds, or a date, as proxies write it (RFC 9110,
 * 10.2.3); 0 for what is neither.
 *
 * @param now milliseconds since 1970
 */
export function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
