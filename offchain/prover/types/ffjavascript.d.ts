/**
 * What we use of ffjavascript 0.3.1. Points are affine or Jacobian by their length, little-endian, in Montgomery form
 * ("LEM"), as are field elements; scalars of a sum are plain, 32 bytes each, little-endian.
 */
// eslint-disable-next-line no-restricted-syntax -- types of a package that has none
declare module "ffjavascript" {
  export type CurveGroup = {
    readonly gAffine: Uint8Array;
    /** A point of the group's order whose logarithm nobody knows; affine or Jacobian. */
    readonly fromRng: (random: ChaCha) => Uint8Array;
    readonly zero: Uint8Array;
    readonly neg: (point: Uint8Array) => Uint8Array;
    readonly add: (a: Uint8Array, b: Uint8Array) => Uint8Array;
    readonly toAffine: (point: Uint8Array) => Uint8Array;
    readonly timesFr: (point: Uint8Array, scalar: Uint8Array) => Uint8Array;
    /** Whether it is on the curve; of the subgroup it says nothing. */
    readonly isValid: (point: Uint8Array) => boolean;
    readonly toJacobian: (point: Uint8Array) => Uint8Array;
    readonly isZero: (point: Uint8Array) => boolean;
    /** `Σ scalar_i · point_i` over affine points, in the threads. */
    readonly multiExpAffine: (points: Uint8Array, scalars: Uint8Array) => Promise<Uint8Array>;
    /** `first · inc^i · point_i` over affine points, in the threads. */
    readonly batchApplyKey: (
      points: Uint8Array,
      first: Uint8Array,
      inc: Uint8Array,
      from: "affine",
      to: "affine" | "jacobian",
    ) => Promise<Uint8Array<ArrayBuffer>>;
    readonly batchToAffine: (points: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>;
  };

  export type CurveField = {
    readonly one: Uint8Array;
    /** In Montgomery form. */
    readonly fromRng: (random: ChaCha) => Uint8Array;
    readonly fromMontgomery: (element: Uint8Array) => Uint8Array;
    /** `w[k]` is a root of unity of order 2^k, in Montgomery form. */
    readonly w: readonly Uint8Array[];
    readonly mul: (a: Uint8Array, b: Uint8Array) => Uint8Array;
    readonly neg: (a: Uint8Array) => Uint8Array;
    readonly inv: (a: Uint8Array) => Uint8Array;
    /** To Montgomery form from 32 bytes, little-endian. */
    readonly fromRprLE: (bytes: Uint8Array, offset: number) => Uint8Array;
    readonly fft: (values: Uint8Array) => Promise<Uint8Array>;
    readonly ifft: (values: Uint8Array) => Promise<Uint8Array>;
    /** `first · inc^i · value_i`, in the threads. */
    readonly batchApplyKey: (
      values: Uint8Array,
      first: Uint8Array,
      inc: Uint8Array,
    ) => Promise<Uint8Array>;
  };

  export type Curve = {
    readonly G1: CurveGroup;
    readonly G2: CurveGroup;
    readonly Fr: CurveField;
    /** `code` is kept by a single-threaded curve only. */
    readonly tm: { readonly code: Uint8Array<ArrayBuffer> };
    /** Whether the product of the pairings of points of G1 and G2, in turn, is one; none at infinity. */
    readonly pairingEq: (...points: readonly Uint8Array[]) => Promise<boolean>;
    readonly terminate: () => Promise<void>;
  };

  /** A stream cipher as a source of numbers; `seed` is eight words of 32 bits. */
  export class ChaCha {
    constructor(seed: readonly number[]);
    nextU32(): number;
  }

  /** One curve with worker threads is shared, through `globalThis.curve_bn128`; single-threaded ones are not. */
  export function buildBn128(singleThread?: boolean): Promise<Curve>;
}
