import { parseDeployment, parseReceipt } from "@vouch/protocol";
import { parse } from "yaml";
import { drawMermaid } from "../site/drawMermaid.ts";
import type { Block, Finding } from "./readBlocks.ts";
import { placeOf } from "./readBlocks.ts";

const SCHEMAS: Readonly<Record<string, (json: unknown) => unknown>> = {
  deployment: parseDeployment,
  receipt: parseReceipt,
};

/** Returns what is wrong with blocks of JSON, YAML and Mermaid: they do not parse, or not as the schema that they name. */
export function checkData(blocks: readonly Block[]): readonly Finding[] {
  return blocks.flatMap((block) => {
    try {
      read(block);
      return [];
    } catch (cause) {
      return [{ at: placeOf(block), what: cause instanceof Error ? cause.message : String(cause) }];
    }
  });
}

function read({ language, words, code }: Block): void {
  if (language === "mermaid") return void drawMermaid(code, "checked");
  if (language === "yaml") return void parse(code);
  const json: unknown = JSON.parse(code);
  const name = words.get("schema");
  if (name === undefined) return;
  const schema = SCHEMAS[name];
  if (schema === undefined) throw new Error(`there is no schema ${name}`);
  schema(json);
}
