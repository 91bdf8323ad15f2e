/** Numbers of any nesting, in row-major order. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** Numbers end to end, in row-major order. */
export type FlatNumbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** `T` so many times; from 100 on, where the compiler would labour, a list of any length. */
type Repeat<T, N extends number, Done extends readonly T[] = readonly []> = number extends N
  ? readonly T[]
  : `${N}` extends `${number}${number}${number}`
    ? readonly T[]
    : Done["length"] extends N
      ? Done
      : Repeat<T, N, readonly [...Done, T]>;

/** Nested lists of a shape, `readonly [readonly [number, number]]` for `[1, 2]`; a number for `[]`. */
export type TensorOf<Shape extends readonly number[]> = number[] extends Shape
  ? NestedNumbers
  : Shape extends readonly [infer N extends number, ...infer Rest extends readonly number[]]
    ? Repeat<TensorOf<Rest>, N>
    : Shape extends readonly []
      ? number
      : NestedNumbers;

/** What a tensor of a shape may be given as: nested, without leading dimensions of 1, or end to end in a typed array. */
export type TensorInput<Shape extends readonly number[]> = FlatNumbers | WithoutOnes<Shape>;

type WithoutOnes<Shape extends readonly number[]> = number[] extends Shape
  ? NestedNumbers
  : Shape extends readonly [1, ...infer Rest extends readonly number[]]
    ? TensorOf<Shape> | WithoutOnes<Rest>
    : TensorOf<Shape>;
