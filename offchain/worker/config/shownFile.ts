/** A key in hex, a keystore, a phrase of words: what is given by mistake where the name of a file that holds it is expected. */
const SECRET = /^\s*(?:(?:0x)?[0-9a-f]{64}\s*$|\{|[^/\\]*\s\S)/i;

/** Returns a file's name as an error may repeat it: not what looks like the secret itself. */
export function shownFile(path: string): string {
  return SECRET.test(path) ? "a file whose name looks like a secret" : path;
}
