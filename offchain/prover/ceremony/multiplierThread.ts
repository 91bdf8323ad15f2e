// Entry of a worker thread; see pointThreads.ts.
import { parentPort, workerData } from "node:worker_threads";
import { instantiateCurve, POINT_BYTES, SCALAR_BYTES } from "../setup/wasmCurve.ts";
import type { Pointer } from "../setup/wasmCurve.ts";
import { isCanonical } from "./isCanonical.ts";
import type { MultiplierAnswer, MultiplierData } from "./pointThreads.ts";

const { code, scalar, cubeRoot, fieldOrder } = workerData as MultiplierData;
const { plain, turned } = scalar;
const curve = instantiateCurve({ code });
const [AFFINE, JACOBIAN] = POINT_BYTES.g1m;
/** Multiples 1, 3, 5, 7 of a point: digit d is at place (d - 1) / 2. */
const MULTIPLES = 4;
const root = curve.alloc(SCALAR_BYTES);
curve.bytes().set(cubeRoot, root);
curve.call("f1m_toMontgomery")(root, root);
const double = curve.call("g1m_double");
const addMixed = curve.call("g1m_addMixed");
const subMixed = curve.call("g1m_subMixed");

parentPort?.on("message", (points: Uint8Array) => {
  const invalid = curve.scoped(() => firstInvalid(points));
  if (invalid !== undefined) {
    parentPort?.postMessage({ invalid } satisfies MultiplierAnswer);
    return;
  }
  const products = curve.scoped(() => multiply(points));
  parentPort?.postMessage({ products } satisfies MultiplierAnswer, [products.buffer]);
});

/**
 * The place of the first point that is none. The formulas do not read the curve's constant: a point of another curve, on
 * which logarithms are easy, would tell the scalar.
 */
function firstInvalid(points: Uint8Array): number | undefined {
  const input = curve.alloc(points.length);
  curve.bytes().set(points, input);
  const isZero = curve.call("g1m_isZeroAffine");
  const isOnCurve = curve.call("g1m_inCurveAffine");
  for (let at = 0; at < points.length; at += AFFINE) {
    const isPoint = isZero(input + at) === 1 || isOnCurve(input + at) === 1;
    if (!isPoint || !isCanonical(points.subarray(at, at + AFFINE), fieldOrder)) return at / AFFINE;
  }
  return undefined;
}

function multiply(points: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = points.length / AFFINE;
  const { direct, image } = multiplesOf(points, count);
  const sums = curve.alloc(count * JACOBIAN);
  const zero = curve.call("g1m_zero");
  const top = Math.max(lastDigit(plain), lastDigit(turned));
  const add = (sum: Pointer, digit: number, table: Pointer): void => {
    if (digit > 0) addMixed(sum, table + ((digit - 1) / 2) * AFFINE, sum);
    else if (digit < 0) subMixed(sum, table + ((-digit - 1) / 2) * AFFINE, sum);
  };
  for (let i = 0; i < count; i++) {
    const sum = sums + i * JACOBIAN;
    const [own, its] = [direct + i * MULTIPLES * AFFINE, image + i * MULTIPLES * AFFINE];
    zero(sum);
    for (let place = top; place >= 0; place--) {
      if (place < top) double(sum, sum);
      add(sum, plain[place] ?? 0, own);
      add(sum, turned[place] ?? 0, its);
    }
  }
  curve.call("g1m_batchToAffine")(sums, count, sums);
  return curve.bytes().slice(sums, sums + count * AFFINE);
}

/** The odd multiples of each point, and of its image under the endomorphism, affine. */
function multiplesOf(points: Uint8Array, count: number): { direct: Pointer; image: Pointer } {
  const input = curve.alloc(points.length);
  curve.bytes().set(points, input);
  const multiples = curve.alloc(count * MULTIPLES * JACOBIAN);
  const twice = curve.alloc(JACOBIAN);
  const toJacobian = curve.call("g1m_toJacobian");
  const add = curve.call("g1m_add");
  for (let i = 0; i < count; i++) {
    const first = multiples + i * MULTIPLES * JACOBIAN;
    toJacobian(input + i * AFFINE, first);
    double(first, twice);
    for (let k = 1; k < MULTIPLES; k++) {
      add(first + (k - 1) * JACOBIAN, twice, first + k * JACOBIAN);
    }
  }
  const direct = curve.alloc(count * MULTIPLES * AFFINE);
  curve.call("g1m_batchToAffine")(multiples, count * MULTIPLES, direct);
  const image = curve.alloc(count * MULTIPLES * AFFINE);
  curve.bytes().copyWithin(image, direct, direct + count * MULTIPLES * AFFINE);
  const times = curve.call("f1m_mul");
  for (let i = 0; i < count * MULTIPLES; i++) times(image + i * AFFINE, root, image + i * AFFINE);
  return { direct, image };
}

function lastDigit(digits: Int8Array): number {
  return digits.findLastIndex((it) => it !== 0);
}
