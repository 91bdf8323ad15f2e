// No import of ffjavascript here: loading it in a worker thread starts the worker of its own thread package.

/** BN254 in WebAssembly (wasmcurves), as plain data that a worker thread can be given. */
export type CurveCode = {
  readonly code: Uint8Array<ArrayBuffer>;
  /** Generators, affine, in Montgomery form. */
  readonly generators: { readonly g1m: Uint8Array; readonly g2m: Uint8Array };
  /** `roots[k]` is a root of unity of order 2^k in the scalar field, in Montgomery form. */
  readonly roots: readonly Uint8Array[];
};

/** A group of the curve, by the prefix of its functions. */
export type Group = "g1m" | "g2m";

/** Bytes of a point: `[affine, Jacobian]`; G2's coordinates are pairs. */
export const POINT_BYTES: Readonly<Record<Group, readonly [affine: number, jacobian: number]>> = {
  g1m: [64, 96],
  g2m: [128, 192],
};

export const SCALAR_BYTES = 32;

/** Offset in the instance's memory. */
export type Pointer = number;

/** An instance of the module. Functions take pointers and lengths, the result's pointer last. */
export type CurveInstance = {
  readonly call: (name: string) => (...args: number[]) => number;
  /** Memory as it is now; taken anew after every `alloc`, which may move it. */
  readonly bytes: () => Uint8Array;
  /**
   * Takes memory off the free end, zeroed (scratch may have been there), and keeps as much again free behind it: batch functions put their scratch there and
   * do not grow the memory themselves.
   */
  readonly alloc: (length: number) => Pointer;
  /** Runs `work` and gives back all that it allocated, overwritten with zeros. */
  readonly scoped: <T>(work: () => T) => T;
};

const PAGE = 0x10000;
const INITIAL_PAGES = 25; // what the module's own data needs

/** Instantiates the module with a memory of its own. */
export function instantiateCurve({ code }: Pick<CurveCode, "code">): CurveInstance {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: PAGE });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  const functions = instance.exports as Readonly<Record<string, (...args: number[]) => number>>;

  // Word 0 of the memory points to its free end, by convention of the module.
  const free = (): number => new Uint32Array(memory.buffer, 0, 1)[0] ?? 0;
  const setFree = (end: number): void => {
    new Uint32Array(memory.buffer, 0, 1)[0] = end;
  };
  let view = new Uint8Array(memory.buffer);
  const bytes = (): Uint8Array => {
    if (view.buffer !== memory.buffer) view = new Uint8Array(memory.buffer);
    return view;
  };
  const alloc = (length: number): Pointer => {
    const start = Math.ceil(free() / 8) * 8;
    const missing = start + 2 * length + PAGE - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    setFree(start + length);
    bytes().fill(0, start, start + length);
    return start;
  };
  return {
    call: (name) => {
      const found = functions[name];
      if (found === undefined) throw new Error(`the curve module exports no ${name}`);
      return found;
    },
    bytes,
    alloc,
    scoped: (work) => {
      const start = free();
      try {
        return work();
      } finally {
        bytes().fill(0, start);
        setFree(start);
      }
    },
  };
}
