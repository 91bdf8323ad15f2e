import type { TensorEncoding } from "@vouch/protocol";
import { ExecutionError } from "../errors.ts";
import type { ModelMetadata } from "./transport.ts";
import type { TensorMetadata, WireDatatype } from "./wireTensor.ts";
import { isWireDatatype } from "./wireTensor.ts";

/** A tensor of the server's model, for one request. */
export type Port = {
  readonly name: string;
  readonly datatype: WireDatatype;
  readonly shape: readonly number[];
};

export type Ports = { readonly input: Port; readonly output: Port };

/**
 * Returns the tensors of a server's model, and demands that they are a release's: one in and one out, of its number of elements where
 * open lengths are 1, of integers or of floats.
 *
 * @throws {ExecutionError} `MODEL_MISMATCH`, naming the first thing that differs.
 */
export function requirePorts(
  backend: string,
  release: {
    readonly model: string;
    readonly input: TensorEncoding;
    readonly output: TensorEncoding;
  },
  metadata: ModelMetadata,
  holds: "integers" | "floats",
): Ports {
  const require = (what: string, expected: string | number, found: string | number): void => {
    if (expected === found) return;
    const { model } = release;
    throw new ExecutionError({
      ...{ code: "MODEL_MISMATCH", backend, model, what },
      ...{ expected: String(expected), found: String(found) },
    });
  };
  const portOf = (side: "input" | "output", tensors: readonly TensorMetadata[]): Port => {
    require(`number of its ${side}s`, 1, tensors.length);
    const { name = "", datatype = "", shape = [] } = tensors[0] ?? {};
    const kind = isWireDatatype(datatype)
      ? datatype === "INT64"
        ? "integers"
        : "floats"
      : datatype;
    require(`datatype of ${side} ${name}`, holds, kind);
    const lengths = shape.map((it) => (it === -1 ? 1 : it));
    const elements = lengths.reduce((product, it) => product * it, 1);
    require(`length of ${side} ${name}`, release[side].elements, elements);
    return { name, datatype: datatype as WireDatatype, shape: lengths }; // required above
  };
  return {
    input: portOf("input", metadata.inputs),
    output: portOf("output", metadata.outputs),
  };
}
