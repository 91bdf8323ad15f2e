import { BASE_FIELD, SCALAR_FIELD } from "@vouch/protocol";
import { isCanonical } from "./isCanonical.ts";
import { instantiateCurve, POINT_BYTES, SCALAR_BYTES } from "../setup/wasmCurve.ts";
import type { CurveCode, CurveInstance, Group, Pointer } from "../setup/wasmCurve.ts";

/** Single operations on affine points in Montgomery form, as a zkey has them; infinity is all zeros. */
export type CurvePoints = {
  /** Whether it is a point of the group's order other than infinity, in its one encoding. */
  readonly isElement: (group: Group, point: Uint8Array) => boolean;
  /** `scalar · point`; the scalar is plain, little-endian, and wiped from the instance's memory. */
  readonly multiply: (group: Group, point: Uint8Array, scalar: Uint8Array) => Uint8Array;
  /** Whether `b = x·a` and `d = x·c` for one x: e(a, d) = e(b, c). All must be elements of their groups. */
  readonly haveSameRatio: (a: Uint8Array, b: Uint8Array, c: Uint8Array, d: Uint8Array) => boolean;
  /** Sum of Jacobian points of G1, affine. */
  readonly sum: (points: readonly Uint8Array[]) => Uint8Array;
  /** Sum of two affine points, affine. */
  readonly add: (group: Group, a: Uint8Array, b: Uint8Array) => Uint8Array;
  /** Coordinates big-endian, in plain form, as snarkjs hashes them. */
  readonly uncompressed: (group: Group, point: Uint8Array) => Uint8Array;
  /** Inverse of a plain scalar other than 0, little-endian. */
  readonly invert: (scalar: Uint8Array) => Uint8Array;
  /** `a·b + c` of plain scalars below the order, little-endian. */
  readonly multiplyAdd: (a: Uint8Array, b: Uint8Array, c: Uint8Array) => Uint8Array;
};

const GT_BYTES = 384;

/** Opens an instance of the curve for single operations. */
export function openCurvePoints(curve: CurveCode): CurvePoints {
  const wasm = instantiateCurve(curve);
  const order = littleEndian(SCALAR_FIELD);
  const put = (bytes: Uint8Array): Pointer => {
    const at = wasm.alloc(bytes.length);
    wasm.bytes().set(bytes, at);
    return at;
  };
  const take = (at: Pointer, length: number): Uint8Array => wasm.bytes().slice(at, at + length);
  const jacobian = (group: Group, point: Uint8Array): Pointer => {
    const at = wasm.alloc(POINT_BYTES[group][1]);
    wasm.call(`${group}_toJacobian`)(put(point), at);
    return at;
  };
  const multiplied = (group: Group, point: Uint8Array, scalar: Uint8Array): Pointer => {
    const result = wasm.alloc(POINT_BYTES[group][1]);
    const times = wasm.call(`${group}_timesScalarAffine`);
    times(put(point), put(scalar), SCALAR_BYTES, result);
    return result;
  };
  const affine = (group: Group, point: Pointer): Uint8Array => {
    const result = wasm.alloc(POINT_BYTES[group][0]);
    wasm.call(`${group}_toAffine`)(point, result);
    return take(result, POINT_BYTES[group][0]);
  };

  return {
    isElement: (group, point) =>
      wasm.scoped(() => {
        if (point.length !== POINT_BYTES[group][0] || !isCanonical(point, FIELD_ORDER))
          return false;
        if (point.every((it) => it === 0)) return false;
        if (wasm.call(`${group}_inCurveAffine`)(put(point)) !== 1) return false;
        if (group === "g1m") return true; // its cofactor is 1
        return wasm.call("g2m_isZero")(multiplied("g2m", point, order)) === 1;
      }),
    multiply: (group, point, scalar) =>
      wasm.scoped(() => affine(group, multiplied(group, point, scalar))),
    haveSameRatio: (a, b, c, d) =>
      wasm.scoped(() => {
        const negated = jacobian("g1m", b);
        wasm.call("g1m_neg")(negated, negated);
        const one = wasm.alloc(GT_BYTES);
        wasm.call("ftm_one")(one);
        const isOne = wasm.call("bn128_pairingEq2");
        return (
          isOne(jacobian("g1m", a), jacobian("g2m", d), negated, jacobian("g2m", c), one) === 1
        );
      }),
    sum: (points) =>
      wasm.scoped(() => {
        const total = wasm.alloc(POINT_BYTES.g1m[1]);
        wasm.call("g1m_zero")(total);
        for (const it of points) wasm.call("g1m_add")(total, put(it), total);
        return affine("g1m", total);
      }),
    add: (group, a, b) =>
      wasm.scoped(() => {
        const total = jacobian(group, a);
        wasm.call(`${group}_addMixed`)(total, put(b), total);
        return affine(group, total);
      }),
    uncompressed: (group, point) =>
      wasm.scoped(() => {
        const at = put(point);
        wasm.call(`${group}_LEMtoU`)(at, at);
        return take(at, point.length);
      }),
    invert: (scalar) => wasm.scoped(() => invert(wasm, put(scalar))),
    multiplyAdd: (a, b, c) =>
      wasm.scoped(() => {
        const [left, right, last] = [put(a), put(b), put(c)];
        wasm.call("frm_toMontgomery")(left, left); // one of the two: the product is plain
        wasm.call("frm_mul")(left, right, left);
        wasm.call("frm_add")(left, last, left);
        return take(left, SCALAR_BYTES);
      }),
  };
}

function invert(wasm: CurveInstance, at: Pointer): Uint8Array {
  for (const step of ["frm_toMontgomery", "frm_inverse", "frm_fromMontgomery"]) {
    wasm.call(step)(at, at);
  }
  return wasm.bytes().slice(at, at + SCALAR_BYTES);
}

/** The base field's order, little-endian. */
export const FIELD_ORDER: Uint8Array = littleEndian(BASE_FIELD);

export function littleEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
}
