import type { ForeignFormat } from "./foreignFormats.ts";

/** How much of a file `sniffFormat` looks at. */
export const HEAD_BYTES = 4096;

type Magic = readonly [format: ForeignFormat, at: number, bytes: string];

/** Bytes as Latin-1 text. */
const MAGICS: readonly Magic[] = [
  ["hdf5", 0, "\x89HDF\r\n\x1a\n"],
  ["tflite", 4, "TFL3"],
  ["ort", 4, "ORTM"],
  ["gguf", 0, "GGUF"],
  ["numpy", 0, "\x93NUMPY"],
  ["gzip", 0, "\x1f\x8b"],
  ["zstd", 0, "\x28\xb5\x2f\xfd"],
  ["bzip2", 0, "BZh"],
  ["xz", 0, "\xfd7zXZ\0"],
  ["sevenZip", 0, "7z\xbc\xaf\x27\x1c"],
  ["tar", 257, "ustar"],
  ["gitLfs", 0, "version https://git-lfs"],
];

const PICKLE = 0x80;
const PICKLE_PROTOCOLS: readonly number[] = [2, 3, 4, 5];
const ZIP_ENTRY = "PK\x03\x04";
const ZIP_NAME_LENGTH_AT = 26;
const ZIP_NAME_AT = 30;
const SAFETENSORS_HEADER_AT = 8;
/** What the format's own readers take. */
const MAX_SAFETENSORS_HEADER = 100_000_000n;

/**
 * Recognises by its first bytes (`HEAD_BYTES`, or all of a shorter file) what is no ONNX; undefined for whatever else there
 * is. Names and types that somebody declared do not count. Nothing is decompressed: of a ZIP archive only names are read.
 */
export function sniffFormat(head: Uint8Array): ForeignFormat | undefined {
  if (head.length === 0) return "empty";
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1");
  const magic = MAGICS.find(([, at, bytes]) => text.startsWith(bytes, at));
  if (magic !== undefined) return magic[0];
  if (text.startsWith("PK")) return sniffZip(text);
  // Protocol 2 on: an opcode, and the protocol that it names.
  if (head[0] === PICKLE && PICKLE_PROTOCOLS.includes(head[1] ?? 0)) return "pytorch";
  if (isSafetensors(head)) return "safetensors";
  const words = text.replace(/^(\xef\xbb\xbf)?\s*/, "").toLowerCase();
  if (/^<(!doctype|html|head|body|!--)/.test(words)) return "html";
  if (words.startsWith("<?xml")) return "xml";
  if (/^(\{\s*["}]|\[\s*["{[\d\]])/.test(words)) return "json";
  return undefined;
}

function sniffZip(text: string): ForeignFormat {
  const names: string[] = [];
  for (let at = text.indexOf(ZIP_ENTRY); at !== -1; at = text.indexOf(ZIP_ENTRY, at + 1)) {
    const length =
      text.charCodeAt(at + ZIP_NAME_LENGTH_AT) + 256 * text.charCodeAt(at + ZIP_NAME_LENGTH_AT + 1);
    names.push(text.slice(at + ZIP_NAME_AT, at + ZIP_NAME_AT + length));
  }
  const has = (pattern: RegExp): boolean => names.some((it) => pattern.test(it));
  if (has(/(^|\/)constants\.pkl$|\/code\//)) return "torchscript";
  if (has(/(^|\/)data\.pkl$/)) return "pytorch";
  if (has(/\.weights\.h5$/) || names[0] === "metadata.json") return "keras";
  if (has(/\.npy$/)) return "numpy";
  return "zip";
}

/** The length of a JSON header, then the header. */
function isSafetensors(head: Uint8Array): boolean {
  if (head[SAFETENSORS_HEADER_AT] !== 0x7b) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length >= 2n && length <= MAX_SAFETENSORS_HEADER;
}
