/** What we use of ffjavascript 0.3.1. Points are affine, little-endian, in Montgomery form ("LEM"). */
// eslint-disable-next-line no-restricted-syntax -- types of a package that has none
declare module "ffjavascript" {
  export type Curve = {
    readonly G1: { readonly gAffine: Uint8Array };
    readonly G2: { readonly gAffine: Uint8Array };
    /** `w[k]` is a root of unity of order 2^k, in Montgomery form. */
    readonly Fr: { readonly w: readonly Uint8Array[] };
    /** `code` is kept by a single-threaded curve only. */
    readonly tm: { readonly code: Uint8Array<ArrayBuffer> };
    readonly terminate: () => Promise<void>;
  };

  /** One curve with worker threads is shared, through `globalThis.curve_bn128`; single-threaded ones are not. */
  export function buildBn128(singleThread?: boolean): Promise<Curve>;
}
