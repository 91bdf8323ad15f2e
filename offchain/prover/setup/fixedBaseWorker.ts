// Entry of a worker thread; see fixedBase.ts.
import { parentPort, workerData } from "node:worker_threads";
import { windowCount } from "./fixedBase.ts";
import type { FixedBaseData, FixedBaseTask } from "./fixedBase.ts";
import { instantiateCurve, POINT_BYTES, SCALAR_BYTES } from "./wasmCurve.ts";
import type { Group, Pointer } from "./wasmCurve.ts";

const data = workerData as FixedBaseData;
const curve = instantiateCurve(data);
const tables = new Map<Group, Pointer>();

parentPort?.on("message", ({ group, scalars }: FixedBaseTask) => {
  const points = multiply(group, scalars);
  scalars.fill(0);
  parentPort?.postMessage(points, [points.buffer]);
});

/** Table of `digit · 2^(bits · window) · generator` for digits 1 to 2^(bits - 1), affine, window by window. */
function buildTable(group: Group): Pointer {
  const [affine, jacobian] = POINT_BYTES[group];
  const bits = data.windowBits[group];
  const half = 2 ** (bits - 1);
  const table = curve.alloc(windowCount(bits) * half * affine);
  const base = curve.alloc(affine);
  const row = curve.alloc(half * jacobian);
  const toJacobian = curve.call(`${group}_toJacobian`);
  const toAffine = curve.call(`${group}_toAffine`);
  const double = curve.call(`${group}_double`);
  const addMixed = curve.call(`${group}_addMixed`);
  const batchToAffine = curve.call(`${group}_batchToAffine`);

  curve.bytes().set(data.generators[group], base);
  for (let window = 0; window < windowCount(bits); window++) {
    toJacobian(base, row);
    for (let i = 1; i < half; i++) addMixed(row + (i - 1) * jacobian, base, row + i * jacobian);
    batchToAffine(row, half, table + window * half * affine);
    // The next base is twice the last entry.
    const last = row + (half - 1) * jacobian;
    double(last, last);
    toAffine(last, base);
  }
  return table;
}

function multiply(group: Group, scalars: Uint8Array): Uint8Array<ArrayBuffer> {
  let table = tables.get(group);
  if (table === undefined) {
    table = buildTable(group);
    tables.set(group, table);
  }
  const start = table;
  return curve.scoped(() => sumWindows(group, start, scalars));
}

function sumWindows(group: Group, table: Pointer, scalars: Uint8Array): Uint8Array<ArrayBuffer> {
  const [affine, jacobian] = POINT_BYTES[group];
  const bits = data.windowBits[group];
  const half = 2 ** (bits - 1);
  const windows = windowCount(bits);
  const count = scalars.length / SCALAR_BYTES;
  const sums = curve.alloc(count * jacobian);
  const zero = curve.call(`${group}_zero`);
  const addMixed = curve.call(`${group}_addMixed`);
  const subMixed = curve.call(`${group}_subMixed`);

  const padded = new Uint8Array(SCALAR_BYTES + 4); // a window may read beyond the scalar
  const view = new DataView(padded.buffer);
  for (let i = 0; i < count; i++) {
    padded.set(scalars.subarray(i * SCALAR_BYTES, (i + 1) * SCALAR_BYTES));
    const sum = sums + i * jacobian;
    zero(sum);
    let carry = 0;
    for (let window = 0; window < windows; window++) {
      const at = window * bits;
      const unsigned = (view.getUint32(at >> 3, true) >>> (at & 7)) & (2 ** bits - 1);
      // From -2^(bits - 1) + 1 to 2^(bits - 1); entry i of a row of the table belongs to digit i + 1.
      const positive = unsigned + carry;
      carry = positive > half ? 1 : 0;
      const digit = positive - carry * 2 ** bits;
      const row = table + (window * half - 1) * affine;
      if (digit > 0) addMixed(sum, row + digit * affine, sum);
      else if (digit < 0) subMixed(sum, row - digit * affine, sum);
    }
  }
  padded.fill(0);
  curve.call(`${group}_batchToAffine`)(sums, count, sums);
  return curve.bytes().slice(sums, sums + count * affine);
}
