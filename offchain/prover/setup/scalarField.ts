import { randomBytes } from "node:crypto";
import { SCALAR_FIELD } from "@vouch/protocol";
import { SCALAR_BYTES } from "./wasmCurve.ts";
import type { CurveInstance, Pointer } from "./wasmCurve.ts";

/**
 * Arithmetic modulo the order of the curve on elements in the instance's memory: arguments first, the result's place
 * last, which may be one of them. `mul` divides by the Montgomery radix: plain times Montgomery is plain.
 */
export type ScalarField = {
  /** Takes memory for so many elements in a row. */
  readonly alloc: (count: number) => Pointer;
  readonly write: (at: Pointer, element: Uint8Array) => void;
  readonly read: (at: Pointer, count: number) => Uint8Array<ArrayBuffer>;
  readonly add: (a: Pointer, b: Pointer, sum: Pointer) => void;
  readonly mul: (a: Pointer, b: Pointer, product: Pointer) => void;
  readonly inverse: (a: Pointer, inverse: Pointer) => void;
  readonly fromMontgomery: (a: Pointer, plain: Pointer) => void;
  readonly toMontgomery: (a: Pointer, montgomery: Pointer) => void;
  /** Puts a uniform element other than zero, in Montgomery form. */
  readonly draw: (at: Pointer) => void;
  /**
   * Puts the Lagrange basis of the subgroup of order 2^power at `x`, from `first` on by `step`:
   * `L_i(x) = (x^n - 1) / n · w^i / (x - w^i)`. All in Montgomery form.
   *
   * @returns false, with nothing put, where `x` is in the subgroup
   */
  readonly lagrange: (
    x: Pointer,
    root: Uint8Array,
    power: number,
    at: Pointer,
    indices: { readonly first: number; readonly step: number },
  ) => boolean;
};

/** The scalar field over an instance's memory. */
export function scalarField(wasm: CurveInstance): ScalarField {
  const alloc = (count: number): Pointer => wasm.alloc(count * SCALAR_BYTES);
  const write = (at: Pointer, element: Uint8Array): void => {
    wasm.bytes().set(element, at);
  };
  const add = wasm.call("frm_add");
  const sub = wasm.call("frm_sub");
  const mul = wasm.call("frm_mul");
  const square = wasm.call("frm_square");
  const inverse = wasm.call("frm_inverse");
  const one = wasm.call("frm_one");
  const isOne = wasm.call("frm_isOne");
  const toMontgomery = wasm.call("frm_toMontgomery");
  const batchInverse = wasm.call("frm_batchInverse");

  return {
    alloc,
    write,
    read: (at, count) => wasm.bytes().slice(at, at + count * SCALAR_BYTES),
    add,
    mul,
    inverse,
    fromMontgomery: wasm.call("frm_fromMontgomery"),
    toMontgomery,
    draw: (at) => {
      write(at, randomElement());
      toMontgomery(at, at);
    },
    lagrange: (x, root, power, at, { first, step }) => {
      const count = 2 ** power / step;
      const factor = alloc(1);
      const size = alloc(1);
      const current = alloc(1);
      const increment = alloc(1);
      const differences = alloc(count);
      const unit = alloc(1);
      one(unit);

      wasm.bytes().copyWithin(factor, x, x + SCALAR_BYTES);
      for (let i = 0; i < power; i++) square(factor, factor);
      if (isOne(factor) === 1) return false;
      sub(factor, unit, factor);
      one(size);
      for (let i = 0; i < power; i++) add(size, size, size);
      inverse(size, size);
      mul(factor, size, factor);

      one(current);
      one(increment);
      write(size, root);
      for (let i = 0; i < first; i++) mul(current, size, current);
      for (let i = 0; i < step; i++) mul(increment, size, increment);
      for (let i = 0; i < count; i++) {
        sub(x, current, differences + i * SCALAR_BYTES);
        mul(current, factor, at + i * SCALAR_BYTES);
        mul(current, increment, current);
      }
      batchInverse(differences, SCALAR_BYTES, count, differences, SCALAR_BYTES);
      for (let i = 0; i < count; i++) {
        const place = at + i * SCALAR_BYTES;
        mul(place, differences + i * SCALAR_BYTES, place);
      }
      return true;
    },
  };
}

/** Uniform in [1, p), little-endian, by rejection. */
export function randomElement(): Uint8Array {
  const order = Buffer.from(SCALAR_FIELD.toString(16), "hex");
  for (;;) {
    const element = randomBytes(SCALAR_BYTES);
    element.writeUInt8(element.readUInt8(0) & 0x3f, 0); // p has 254 bits
    if (element.compare(order) < 0 && element.some((it) => it !== 0)) return element.reverse();
  }
}
