import type { Manifest, TensorEncoding, TextManifest } from "@vouch/protocol";
import { elementRange } from "@vouch/protocol";

/** One number of an input: a slider and a field. */
export type NumberField = {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
};

/** How a release's input is asked for. */
export type FormModel =
  | { readonly kind: "numbers"; readonly fields: readonly NumberField[] }
  /** Ink on a dark ground, rows from above; an element's greatest value is the brightest. */
  | {
      readonly kind: "image";
      readonly width: number;
      readonly height: number;
      readonly range: NumberField;
    }
  /** Too many to have a field each. */
  | { readonly kind: "list"; readonly elements: number; readonly range: NumberField }
  | { readonly kind: "text"; readonly chat: boolean }
  | { readonly kind: "impossible"; readonly reason: string };

/** Of a release what its form follows from. */
export type FormSource = {
  /** Null where the release has no circuit: it is a language model. */
  readonly encoding: TensorEncoding | null;
  readonly manifest: Manifest | null;
  readonly text: TextManifest | null;
};

/** More fields than anybody fills in one by one. */
const MAX_FIELDS = 64;
/** More numbers than a request on the chain takes. */
const MAX_ELEMENTS = 100_000;
/** The smallest picture that something can be drawn on. */
const LEAST_SIDE = 8;
const MAX_SIDE = 64;
const MAX_NAME = 80;

/** Returns the form of a release's input: by its manifest where there is one, by the chain's encoding anyhow. */
export function formModel({ encoding, manifest, text }: FormSource): FormModel {
  if (encoding === null) {
    const source = text?.source;
    return { kind: "text", chat: source?.kind === "routed" || source?.chatTemplate != null };
  }
  if (encoding.mode === "committed")
    return {
      kind: "impossible",
      reason:
        "This release takes its input by commitment: somebody has to bring what opens it to the operators, which a page cannot. Ask by the SDK, with deliverOpening.",
    };
  const { elements } = encoding;
  if (elements > MAX_ELEMENTS)
    return { kind: "impossible", reason: `An input has ${elements} numbers: ask by the SDK.` };
  const range = rangeOf("value", encoding);
  const sides = imageSides(encoding, manifest);
  if (sides !== undefined) return { kind: "image", ...sides, range };
  if (elements > MAX_FIELDS) return { kind: "list", elements, range };
  const names = namesOf(elements, manifest);
  return { kind: "numbers", fields: names.map((name) => ({ ...range, name })) };
}

function rangeOf(name: string, encoding: TensorEncoding): NumberField {
  const step = 2 ** -encoding.fractionBits;
  const [min, max] = elementRange(encoding);
  return { name, min: Number(min) * step, max: Number(max) * step, step };
}

/** A picture is grey, so that its numbers have no sign; a manifest says its shape, or a square of numbers gives it away. */
function imageSides(
  { elements, signed }: TensorEncoding,
  manifest: Manifest | null,
): { readonly width: number; readonly height: number } | undefined {
  if (signed) return undefined;
  const shape = (manifest?.ports?.inputs[0]?.shape ?? manifest?.input.shape ?? []).filter(
    (it) => it !== 1,
  );
  const side = Math.sqrt(elements);
  const [height, width] =
    shape.length === 2 && (shape[0] ?? 0) * (shape[1] ?? 0) === elements ? shape : [side, side];
  const isSide = (it: number | undefined): it is number =>
    it !== undefined && Number.isInteger(it) && it >= LEAST_SIDE && it <= MAX_SIDE;
  return isSide(width) && isSide(height) ? { width, height } : undefined;
}

/** Names that the publisher gave, if it gave one to each; otherwise the port's with a number. */
function namesOf(elements: number, manifest: Manifest | null): readonly string[] {
  const named = findNames(manifest?.preprocessing, elements, 3);
  if (named !== undefined) return named;
  const ports = manifest?.ports?.inputs ?? [{ name: "input", shape: [elements] }];
  const names = ports.flatMap(({ name, shape }) => {
    const count = shape.reduce((product, it) => product * it, 1);
    return Array.from({ length: count }, (_, i) => (count === 1 ? name : `${name}[${i}]`));
  });
  return Array.from({ length: elements }, (_, i) => names[i] ?? `input[${i}]`);
}

/** The first list of so many distinct names in what a publisher wrote, whatever it calls that. */
function findNames(value: unknown, count: number, depth: number): readonly string[] | undefined {
  if (depth === 0 || typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    const names = value.filter(
      (it): it is string => typeof it === "string" && it !== "" && it.length <= MAX_NAME,
    );
    const isWhole = value.length === count && new Set(names).size === count;
    return isWhole ? names : undefined;
  }
  for (const member of Object.values(value)) {
    const names = findNames(member, count, depth - 1);
    if (names !== undefined) return names;
  }
  return undefined;
}
