const SECRET = /^\s*(?:(?:0x)?[0-9a-f]{64}\s*$|\{|[^/\\]*\s\S)/i;

/** Whether a text is a key in hex, a keystore or a phrase of words, as is given by mistake where the name of something is expected. */
export function looksSecret(text: string): boolean {
  return SECRET.test(text);
}

/** Returns a file's name as an error may repeat it. */
export function shownFile(path: string): string {
  return looksSecret(path) ? "a file whose name looks like a secret" : path;
}
