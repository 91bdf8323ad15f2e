/** Test only: an ONNX file with its weights beside it, as large models have them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TensorProto } from "../../offchain/compiler/onnx/modelProto.ts";
import { decodeModel, encodeModel } from "../../offchain/compiler/onnx/modelProto.ts";

const EXTERNAL = 1;

/** Moves the weights of `model.onnx` in a folder into `model.onnx_data`. */
export function moveWeightsOut(folder: string): void {
  const path = join(folder, "model.onnx");
  const model = decodeModel(readFileSync(path));
  const parts: Uint8Array[] = [];
  let offset = 0;
  const initializer = (model.graph?.initializer ?? []).map((tensor): TensorProto => {
    const { rawData, ...rest } = tensor;
    if (rawData === undefined || rawData.byteLength < 1024) return tensor;
    const place = { location: "model.onnx_data", offset, length: rawData.byteLength };
    parts.push(rawData);
    offset += rawData.byteLength;
    const externalData = Object.entries(place).map(([key, it]) => externalEntry(key, String(it)));
    return { ...rest, dataLocation: EXTERNAL, externalData };
  });
  writeFileSync(path, encodeModel({ ...model, graph: { ...model.graph, initializer } }));
  writeFileSync(`${path}_data`, Buffer.concat(parts));
}

/** A `StringStringEntryProto`: where the data of a tensor are, as ONNX says it. */
export function externalEntry(key: string, value: string): Uint8Array {
  const field = (tag: number, text: string): readonly Uint8Array[] => {
    const bytes = Buffer.from(text);
    const length = [(bytes.length & 127) | 128, bytes.length >> 7];
    return [Uint8Array.from([tag, ...(bytes.length < 128 ? [bytes.length] : length)]), bytes];
  };
  return Buffer.concat([...field(0x0a, key), ...field(0x12, value)]);
}
