import { CompilerError } from "../errors.ts";
import { INFINITE } from "./infinities.ts";
import type { AttributeProto } from "./modelProto.ts";
import { ATTRIBUTE_TYPES } from "./modelProto.ts";
import type { OnnxNode } from "./opReader.ts";
import type { OnnxTensor } from "./readTensor.ts";
import { MAX_ELEMENTS, readTensor } from "./readTensor.ts";

/**
 * Value of a float attribute, `fallback` where it is absent.
 *
 * @throws {CompilerError} `ATTRIBUTE_INVALID`, as all functions here.
 */
export function floatAttribute(node: OnnxNode, name: string, fallback: number): number {
  const attribute = find(node, name, "float");
  if (attribute === undefined) return fallback;
  return finite(node, name, attribute.f ?? 0);
}

/** Value of an integer attribute, `fallback` where it is absent; its size is at most that of any tensor. */
export function intAttribute(node: OnnxNode, name: string, fallback: number): number {
  const attribute = find(node, name, "int");
  if (attribute === undefined) return fallback;
  const value = Number(attribute.i ?? 0n);
  if (Math.abs(value) > MAX_ELEMENTS) invalidAttribute(node, name, `${value} is out of range`);
  return value;
}

/** Value of an integer attribute that stands for a truth value. */
export function flagAttribute(node: OnnxNode, name: string, fallback = false): boolean {
  const value = intAttribute(node, name, Number(fallback));
  if (value !== 0 && value !== 1) invalidAttribute(node, name, `${value} is neither 0 nor 1`);
  return value === 1;
}

/** Value of an attribute of integers, of any size, or `undefined` where it is absent. */
export function intsAttribute(node: OnnxNode, name: string): readonly number[] | undefined {
  const attribute = find(node, name, "ints");
  return attribute && (attribute.ints ?? []).map(Number);
}

export function floatsAttribute(node: OnnxNode, name: string): readonly number[] | undefined {
  const attribute = find(node, name, "floats");
  return attribute && (attribute.floats ?? []).map((it) => finite(node, name, it));
}

/** Value of a string attribute, one of `allowed` where that is given. */
export function stringAttribute<Value extends string>(
  node: OnnxNode,
  name: string,
  fallback: Value,
  allowed: readonly Value[],
): Value {
  const attribute = find(node, name, "string");
  if (attribute === undefined) return fallback;
  const text = decode(attribute.s);
  const value = allowed.find((it) => it === text);
  return value ?? invalidAttribute(node, name, `${text} is none of ${allowed.join(", ")}`);
}

export function stringsAttribute(node: OnnxNode, name: string): readonly string[] | undefined {
  const attribute = find(node, name, "strings");
  return attribute && (attribute.strings ?? []).map(decode);
}

/** Value of a tensor attribute; what is infinite in it is `INFINITE`. */
export function tensorAttribute(node: OnnxNode, name: string): OnnxTensor | undefined {
  const attribute = find(node, name, "tensor");
  return attribute && readTensor(attribute.t ?? {}, `${name} of ${node.name}`);
}

/** Values of a tensor attribute that are calculated with. */
export function numbersAttribute(node: OnnxNode, name: string): OnnxTensor | undefined {
  const tensor = tensorAttribute(node, name);
  const index = tensor?.values.findIndex((it) => Math.abs(it) >= INFINITE) ?? -1;
  if (index === -1) return tensor;
  throw new CompilerError({
    code: "VALUE_NOT_FINITE",
    tensor: `${name} of ${node.name}`,
    index,
  });
}

/** The attribute, checked to be of the kind, or `undefined` where it is absent. */
export function find(
  node: OnnxNode,
  name: string,
  kind: keyof typeof ATTRIBUTE_TYPES,
): AttributeProto | undefined {
  const attribute = node.attributes.get(name);
  if (attribute !== undefined && attribute.type !== ATTRIBUTE_TYPES[kind]) {
    invalidAttribute(node, name, `it is not of kind ${kind}`);
  }
  return attribute;
}

/** Refuses the value of an attribute. */
export function invalidAttribute(node: OnnxNode, attribute: string, reason: string): never {
  throw new CompilerError({ code: "ATTRIBUTE_INVALID", node: node.name, attribute, reason });
}

function finite(node: OnnxNode, name: string, value: number): number {
  if (!Number.isFinite(value)) invalidAttribute(node, name, "it is not a finite number");
  return value;
}

function decode(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}
