import { join, resolve } from "node:path";
import type { Hex } from "@vouch/protocol";
import type { Imported } from "@vouch/publisher";
import { DEFAULT_MAX_BYTES, importModel } from "@vouch/publisher";
import { progressLine } from "../progressLine.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly source: string;
  readonly name: string;
  readonly folder: string;
  readonly licence: string;
  readonly revision: string;
  readonly digest: string;
  readonly maxBytes: string;
  readonly json: boolean;
};

const HUB = "https://huggingface.co";
const SHOWN_OPS = 8;

/** Brings an ONNX model and what it names into a folder of its own, and says what it is. */
export async function run(args: Args): Promise<void> {
  const orNone = (text: string): string | undefined => (text === "" ? undefined : text);
  const options = {
    into: resolve(args.folder),
    name: orNone(args.name),
    licence: orNone(args.licence),
    revision: orNone(args.revision),
    sha256: parseDigest(args.digest),
    maxBytes: parseBytes(args.maxBytes),
    hub: { endpoint: process.env["HF_ENDPOINT"] ?? HUB, token: process.env["HF_TOKEN"] },
  };
  const { onProgress, done } = progressLine(args.json);
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
  };
  process.once("SIGINT", abort);
  let imported: Imported;
  try {
    imported = await importModel(args.source, { ...options, onProgress, signal: stop.signal });
  } finally {
    process.off("SIGINT", abort);
    done();
  }
  const { name, folder, record, summary, refusal, wasThere } = imported;
  if (args.json) {
    const why = refusal === undefined ? null : { code: refusal.code, message: refusal.message };
    const { opsets, ops, producer } = summary;
    const circuit = { refusal: why };
    console.log(JSON.stringify({ name, wasThere, record, producer, opsets, ops, circuit }));
    return;
  }
  console.log(wasThere ? `${folder} has it already, byte for byte.` : `Imported into ${folder}`);
  console.log();
  for (const [label, value] of rowsOf(imported)) console.log(`${label.padEnd(10)}${value}`);
  console.log();
  if (record.licence === null)
    console.log(
      "No licence was found. Ask its maker, and name it with --licence or in release.json.",
    );
  if (refusal !== undefined)
    console.log(`No circuit can be made of it as it is, so no proof. ${refusal.message}`);
  else
    console.log(
      `Next: npx hardhat model:estimate ${join(args.folder, name)}/model.onnx, then samples.json and release.json beside it.`,
    );
}

function rowsOf({ record, summary }: Imported): readonly (readonly [string, string])[] {
  const { source, revision, licence, files } = record;
  const ops = [...summary.ops].sort((a, b) => b.count - a.count);
  const more = ops.length > SHOWN_OPS ? `, ${ops.length - SHOWN_OPS} more` : "";
  const from = licence?.from === "option" ? "as given" : `by its ${licence?.from ?? ""}`;
  return [
    ["Source", revision === null ? source : `${source} at ${revision}`],
    ["Licence", licence === null ? "not known" : `${licence.text} (${from})`],
    ...files.map(
      ({ path, bytes, sha256 }) =>
        ["File", `${path}, ${bytes} bytes, SHA-256 ${sha256.slice(2)}`] as const,
    ),
    ["Opset", summary.opsets.map(({ domain, version }) => `${domain} ${version}`).join(", ")],
    [
      "Ops",
      ops
        .slice(0, SHOWN_OPS)
        .map(({ op, count }) => `${op} ×${count}`)
        .join(", ") + more,
    ],
  ];
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `text` is empty or 32 bytes in hex, with 0x or without. */
function parseDigest(text: string): Hex | undefined {
  if (text === "") return undefined;
  const digits = text.toLowerCase().replace(/^0x/, "");
  if (/^[0-9a-f]{64}$/.test(digits)) return `0x${digits}`;
  const message = `--digest is "${text}"; it takes the 64 hex digits of the file's SHA-256.`;
  throw new TaskError("ARGUMENT_INVALID", message);
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `text` is empty or a positive whole number. */
function parseBytes(text: string): number {
  if (text === "") return DEFAULT_MAX_BYTES;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  const message = `--max-bytes is "${text}"; it takes a whole number of bytes.`;
  throw new TaskError("ARGUMENT_INVALID", message);
}
