import type { TensorEncoding } from "@vouch/protocol";
import type { FlatNumbers, NestedNumbers, TensorInput, TensorOf } from "./tensorTypes.ts";

/** An input or an output of a model's file; its shape is empty where it is one number. */
export type ReleasePort = { readonly name: string; readonly shape: readonly number[] };

/** What a generated file says of a release, so that the compiler knows what goes in and what comes out. */
export type ReleaseDescription = {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  /** In the order in which they lie end to end in the release's input. */
  readonly inputs: readonly ReleasePort[];
  readonly outputs: readonly ReleasePort[];
  readonly input: TensorEncoding["mode"];
  readonly output: TensorEncoding["mode"];
};

/** How an application names a release: its id, `model`, `model@version`, or a typed release. */
export type ReleaseRef = string | ReleaseDescription;

/** Each port's tensor by its name. */
type InputsOf<Ports extends readonly ReleasePort[]> = {
  readonly [P in Ports[number] as P["name"]]: TensorInput<P["shape"]>;
};

type OutputsOf<Ports extends readonly ReleasePort[]> = {
  readonly [P in Ports[number] as P["name"]]: TensorOf<P["shape"]>;
};

/** What `Ask.input` takes: by port for a typed release, otherwise all elements in the order of the file's inputs. */
export type InputOf<R extends ReleaseRef> = R extends ReleaseDescription
  ? InputsOf<R["inputs"]>
  : FlatNumbers | NestedNumbers;

/** What `InferenceResult.output` is: by port for a typed release, otherwise all elements; null where the chain has a commitment only. */
export type OutputOf<R extends ReleaseRef> = R extends ReleaseDescription
  ? R["output"] extends "committed"
    ? null
    : "committed" extends R["output"]
      ? OutputsOf<R["outputs"]> | null
      : OutputsOf<R["outputs"]>
  : readonly number[] | null;
