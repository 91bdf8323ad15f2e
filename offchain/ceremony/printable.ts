/** Text of another's program as a terminal may show it: it obeys some characters. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "\ufffd");
}
