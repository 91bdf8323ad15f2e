import type { Hex, TensorEncoding } from "@vouch/protocol";
import {
  bytesToHex,
  elementRange,
  inputCommitment,
  inputSalt,
  packWords,
  ProtocolError,
  quantizeTensor,
  wordToHex,
} from "@vouch/protocol";
import { randomBytes } from "ethers";
import { SdkError } from "../errors.ts";
import type { FetchedRelease } from "../fetchRelease.ts";
import type { ReleasePort, ReleaseRef } from "../typed/releaseDescription.ts";
import { elementsOf, flatten, indicesOf } from "../typed/shapes.ts";
import type { InputOpening } from "./ask.ts";

/** An input as the chain takes it, and what opens it where it is committed. */
export type EncodedInput = {
  readonly words: readonly bigint[];
  readonly opening: InputOpening | null;
};

/** What the whole input is called where its ports are not known. */
const WHOLE = "input";

/**
 * Returns plain numbers in a release's fixed-point form: packed words, or their commitment.
 *
 * @param secret 32 bytes that salt a commitment; drawn where absent
 * @throws {SdkError} `INPUT_SHAPE` naming the port, `INPUT_RANGE` naming the element, `RELEASE_WITHOUT_CIRCUIT`.
 */
export function encodeInput(
  release: FetchedRelease,
  ref: ReleaseRef,
  input: unknown,
  secret?: Hex,
): EncodedInput {
  const encoding = encodingOf(release, "input");
  const ports =
    typeof ref === "string" ? [{ name: WHOLE, shape: [encoding.elements] }] : ref.inputs;
  const values =
    typeof ref === "string" ? flattenWhole(input, encoding.elements) : flattenPorts(input, ports);
  const elements = quantize(values, encoding, ports);
  if (encoding.mode === "public") return { words: packWords(elements, encoding), opening: null };
  const salt = secret ?? bytesToHex(randomBytes(32));
  const commitment = inputCommitment(inputSalt(salt), elements, encoding);
  return {
    words: [commitment],
    opening: { commitment: wordToHex(commitment), secret: salt, input: elements },
  };
}

/**
 * Returns how a release's input or output meets the chain.
 *
 * @throws {SdkError} `RELEASE_WITHOUT_CIRCUIT`.
 */
export function encodingOf(
  { id, release, circuit }: FetchedRelease,
  side: "input" | "output",
): TensorEncoding {
  if (circuit === null) throw new SdkError({ code: "RELEASE_WITHOUT_CIRCUIT", release: id });
  const { inputFractionBits, outputFractionBits } = release;
  return {
    ...circuit[side],
    fractionBits: side === "input" ? inputFractionBits : outputFractionBits,
  };
}

function flattenWhole(input: unknown, elements: number): number[] {
  const values = flatten(input);
  if (values === undefined) throw shapeError("", `${elements} numbers`, "no list of numbers");
  if (values.length !== elements)
    throw shapeError("", `${elements} numbers`, `${values.length} numbers`);
  return values;
}

function flattenPorts(input: unknown, ports: readonly ReleasePort[]): number[] {
  const names = ports.map(({ name }) => name).join(", ");
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw shapeError("", `an object with ${names}`, "none");
  const given = input as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((key) => !ports.some(({ name }) => name === key));
  if (unknown !== undefined) throw shapeError(unknown, names, "no input of it");
  return ports.flatMap(({ name, shape }) => {
    const expected = `[${shape.join(", ")}]`;
    if (!Object.hasOwn(given, name)) throw shapeError(name, expected, "missing");
    const values = flatten(given[name], shape);
    if (values === undefined) throw shapeError(name, expected, "of another shape");
    return values;
  });
}

function shapeError(port: string, expected: string, found: string): SdkError {
  return new SdkError({ code: "INPUT_SHAPE", port, expected, found });
}

function quantize(
  values: readonly number[],
  encoding: TensorEncoding,
  ports: readonly ReleasePort[],
): bigint[] {
  try {
    return quantizeTensor(values, encoding);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { data } = error;
    if (data.code !== "VALUE_OUT_OF_RANGE" && data.code !== "VALUE_NOT_FINITE") throw error;
    const [min, max] = elementRange(encoding).map((it) => Number(it) / 2 ** encoding.fractionBits);
    const element = elementName(ports, data.index);
    throw new SdkError(
      { code: "INPUT_RANGE", element, value: data.value, min: min ?? 0, max: max ?? 0 },
      { cause: error },
    );
  }
}

/** `pixels[0][3]` of the index in all ports end to end. */
function elementName(ports: readonly ReleasePort[], index: number): string {
  let rest = index;
  for (const { name, shape } of ports) {
    const count = elementsOf(shape);
    if (rest < count)
      return `${name}${indicesOf(rest, shape)
        .map((it) => `[${it}]`)
        .join("")}`;
    rest -= count;
  }
  return `${WHOLE}[${index}]`;
}
