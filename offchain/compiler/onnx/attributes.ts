import { CompilerError } from "../errors.ts";
import type { AttributeProto } from "./modelProto.ts";
import { ATTRIBUTE_TYPES } from "./modelProto.ts";
import type { OnnxNode } from "./opReader.ts";
import { MAX_ELEMENTS } from "./readTensor.ts";

/**
 * Value of a float attribute, `fallback` where it is absent.
 *
 * @throws {CompilerError} `ATTRIBUTE_INVALID`, as all functions here.
 */
export function floatAttribute(node: OnnxNode, name: string, fallback: number): number {
  const attribute = find(node, name, "float");
  if (attribute === undefined) return fallback;
  const value = attribute.f ?? 0;
  if (!Number.isFinite(value)) invalid(node, name, "it is not a finite number");
  return value;
}

/** Value of an integer attribute, `fallback` where it is absent; its size is at most that of any tensor. */
export function intAttribute(node: OnnxNode, name: string, fallback: number): number {
  const attribute = find(node, name, "int");
  if (attribute === undefined) return fallback;
  const value = Number(attribute.i ?? 0n);
  if (Math.abs(value) > MAX_ELEMENTS) invalid(node, name, `${value} is out of range`);
  return value;
}

/** Value of an integer attribute that stands for a truth value. */
export function flagAttribute(node: OnnxNode, name: string): boolean {
  const value = intAttribute(node, name, 0);
  if (value !== 0 && value !== 1) invalid(node, name, `${value} is neither 0 nor 1`);
  return value === 1;
}

/** The attribute, checked to be of the kind, or `undefined` where it is absent. */
export function find(
  node: OnnxNode,
  name: string,
  kind: keyof typeof ATTRIBUTE_TYPES,
): AttributeProto | undefined {
  const attribute = node.attributes.get(name);
  if (attribute !== undefined && attribute.type !== ATTRIBUTE_TYPES[kind]) {
    invalid(node, name, `it is not of kind ${kind}`);
  }
  return attribute;
}

function invalid(node: OnnxNode, attribute: string, reason: string): never {
  throw new CompilerError({ code: "ATTRIBUTE_INVALID", node: node.name, attribute, reason });
}
