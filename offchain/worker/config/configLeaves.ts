import { z } from "zod";

/** One setting: where it is in the configuration, and what it is called elsewhere. */
export type ConfigLeaf = {
  readonly path: readonly string[];
  /** `--chain-rpc`. */
  readonly flag: string;
  /** `VOUCH_CHAIN_RPC`. */
  readonly variable: string;
  readonly isList: boolean;
  readonly isNumber: boolean;
  readonly isSwitch: boolean;
  readonly description: string;
  readonly default: unknown;
};

type JsonSchema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly description?: string;
  readonly default?: unknown;
};

/** Returns every setting of a configuration of nested objects, in the schema's order. */
export function configLeaves(schema: z.ZodType): readonly ConfigLeaf[] {
  return leavesOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
}

function leavesOf(schema: JsonSchema, path: readonly string[] = []): readonly ConfigLeaf[] {
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, it]) => leavesOf(it, [...path, name]));
  }
  const words = path.flatMap((name) => name.split(/(?=[A-Z])/)).map((it) => it.toLowerCase());
  return [
    {
      path,
      flag: `--${words.join("-")}`,
      variable: `VOUCH_${words.join("_").toUpperCase()}`,
      isList: schema.type === "array",
      isNumber: schema.type === "integer" || schema.type === "number",
      isSwitch: schema.type === "boolean",
      description: schema.description ?? "",
      default: schema.default,
    },
  ];
}
