/** A receipt that a link carries, or why none does. */
export type SharedReceipt =
  | { readonly status: "none" }
  | { readonly status: "receipt"; readonly text: string }
  | { readonly status: "broken" };

/** Bytes of a receipt's text that the page reads: 65,536 words on either side, and a large circuit's keys, stay below. */
export const MAX_RECEIPT_BYTES = 16 * 2 ** 20;
/** Characters that every browser in use and most messengers leave whole in a link. */
export const MAX_LINK_CHARACTERS = 32_000;

const PREFIX = "#r=";

/**
 * Returns the fragment that carries a receipt: no server is sent it. Undefined where the link would be too long to survive.
 */
export async function encodeShare(text: string): Promise<string | undefined> {
  const compressed = await pump(
    new TextEncoder().encode(compact(text)),
    new CompressionStream("deflate-raw"),
    MAX_RECEIPT_BYTES,
  );
  if (compressed === undefined) return undefined;
  const fragment = `${PREFIX}${toBase64Url(compressed)}`;
  return fragment.length > MAX_LINK_CHARACTERS ? undefined : fragment;
}

/** Reads a link's fragment. Whoever made it is a stranger: what it unpacks to is bounded, and is text alone. */
export async function decodeShare(fragment: string): Promise<SharedReceipt> {
  if (!fragment.startsWith(PREFIX)) return { status: "none" };
  const body = fragment.slice(PREFIX.length);
  if (body.length > MAX_RECEIPT_BYTES || !/^[A-Za-z0-9_-]+$/.test(body))
    return { status: "broken" };
  try {
    const bytes = await pump(
      fromBase64Url(body),
      new DecompressionStream("deflate-raw"),
      MAX_RECEIPT_BYTES,
    );
    if (bytes === undefined) return { status: "broken" };
    return { status: "receipt", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { status: "broken" }; // no deflate, or no UTF-8: cut on its way, or never one
  }
}

/** White space carries nothing; what is no JSON stays as it is. */
function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Returns what comes out of a stream; undefined once that is more than `limit` bytes, however little went in. */
async function pump(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
  limit: number,
): Promise<Uint8Array | undefined> {
  const reader = new Blob([bytes]).stream().pipeThrough(through).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) break;
    length += value.byteLength;
    if (length > limit) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (it) => it.charCodeAt(0));
}
