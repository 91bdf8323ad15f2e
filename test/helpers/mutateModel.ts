import type { ModelProto } from "../../offchain/compiler/onnx/modelProto.ts";
import { findDomain } from "../../offchain/compiler/onnx/ops.ts";
import { randomNumbers } from "./onnxModel.ts";

const OPS = ["", "ai.onnx.ml"].flatMap((name) => [...(findDomain(name)?.ops.keys() ?? [])]);
const LENGTHS = [0n, 1n, -1n, 2n, 2n ** 12n, 2n ** 20n, 2n ** 24n, 2n ** 40n, -(2n ** 63n)];
const NUMBERS = [0, 1, 2, 7, 0.5, 1e30, -1e30];

/** One of: flip a bit, set a byte, cut, repeat, insert, truncate; mostly near the headers, where structure is. */
export function mutateBytes(file: Uint8Array, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  const upTo = (limit: number): number => Math.floor(((random() + 1) / 2) * limit);
  const at = upTo(2) === 0 ? upTo(file.length) : upTo(Math.min(file.length, 600));
  const length = 1 + upTo(12);
  const [before, after] = [file.subarray(0, at), file.subarray(at)];
  switch (upTo(6)) {
    case 0: {
      const copy = Uint8Array.from(file);
      copy[at] = (copy[at] ?? 0) ^ (1 << upTo(8));
      return copy;
    }
    case 1: {
      const copy = Uint8Array.from(file);
      copy[at] = [0, 0x7f, 0x80, 0xff, upTo(256)][upTo(5)] ?? 0;
      return copy;
    }
    case 2:
      return joined(before, after.subarray(length));
    case 3:
      return joined(before, after.subarray(0, length), after);
    case 4:
      return joined(
        before,
        Uint8Array.from({ length }, () => upTo(256)),
        after,
      );
    default:
      return upTo(4) === 0 ? before : joined(file, file.subarray(at));
  }
}

/** Replaces one number, name, list or message somewhere in the model by another value of its kind. */
export function mutateFields(model: ModelProto, seed: number): ModelProto {
  const random = randomNumbers(seed);
  const upTo = (limit: number): number => Math.floor(((random() + 1) / 2) * limit);
  const pick = <Value>(values: readonly Value[]): Value => values[upTo(values.length)]!;
  const names = (model.graph?.node ?? []).flatMap((it) => [
    ...(it.input ?? []),
    ...(it.output ?? []),
  ]);
  const texts = [...names, "", "axis", "transB", "ai.onnx"];
  const change = (value: unknown): unknown => {
    if (typeof value === "string") return pick(upTo(2) === 0 ? texts : OPS);
    if (typeof value === "bigint") return pick([...LENGTHS, value + 1n, value * 1000n]);
    if (typeof value === "number") return pick([...NUMBERS, value + 1]) % 2 ** 31;
    if (value instanceof Uint8Array) {
      return pick([
        value.slice(4),
        Uint8Array.from(value, () => upTo(256)),
        new Uint8Array(value.length),
      ]);
    }
    if (isList(value)) {
      if (value.length > 0 && upTo(4) > 0) {
        const at = upTo(value.length);
        return value.map((it, i) => (i === at ? change(it) : it));
      }
      return pick<readonly unknown[]>([
        [],
        value.slice(1),
        [...value, ...value.slice(0, 1)],
        value.toReversed(),
      ]);
    }
    const entries = Object.entries(value as object);
    const at = upTo(entries.length);
    return Object.fromEntries(entries.map(([key, it], i) => [key, i === at ? change(it) : it]));
  };
  const { graph } = model;
  if (graph === undefined) return change(model) as ModelProto;
  const { node = [], initializer = [], input = [] } = graph;
  const changeOne = <Value>(list: readonly Value[], to: (it: Value) => Value): readonly Value[] => {
    const at = upTo(list.length);
    return list.map((it, i) => (i === at ? to(it) : it));
  };
  // Mostly the numbers that shapes and indices come from, so that readers see files that are nearly right.
  switch (upTo(8)) {
    case 0:
      return change(model) as ModelProto;
    case 1:
      return {
        ...model,
        graph: { ...graph, node: changeOne(node, (it) => change(it) as typeof it) },
      };
    case 2: {
      const changed = changeOne(input, (it) => change(it) as typeof it);
      return { ...model, graph: { ...graph, input: changed } };
    }
    case 3:
    case 4: {
      const inAttributes = changeOne(node, ({ attribute = [], ...rest }) => ({
        ...rest,
        attribute: changeOne(attribute, ({ name, type, ...value }) => ({
          ...(change(value) as typeof value),
          ...(name !== undefined && { name }),
          ...(type !== undefined && { type }),
        })),
      }));
      return { ...model, graph: { ...graph, node: inAttributes } };
    }
    default: {
      const changed = changeOne(initializer, ({ name, dataType, ...value }) => ({
        ...(change(value) as typeof value),
        ...(name !== undefined && { name }),
        ...(dataType !== undefined && { dataType }),
      }));
      return { ...model, graph: { ...graph, initializer: changed } };
    }
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
