import { parseDeployment } from "@vouch/protocol";
import * as z from "zod";
import { ServerError } from "./errors.ts";

/** A host that stands in a header: what a URL allows beside these would end the directive, or begin another. */
const PLAIN_ORIGIN = /^(?:https?|wss?):\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d+)?$/;

const endpoint = z
  .url()
  .refine(
    (value) => originOf(value) !== undefined,
    "a URL of http, https, ws or wss, of a plain host",
  );

const settingsSchema = z.strictObject({
  deployment: z.unknown().transform(parseDeployment),
  chain: z.string().min(1).max(100),
  rpc: endpoint,
  gateway: endpoint.optional(),
  isLocal: z.boolean(),
});

/** What the page is told of its surroundings. */
export type ExplorerSettings = z.output<typeof settingsSchema>;

/**
 * Reads what the page is told, of which addresses go into headers, too.
 *
 * @throws {ServerError} `SETTING_INVALID`, naming the first one that is refused.
 */
export function parseExplorerSettings(settings: unknown): ExplorerSettings {
  try {
    return settingsSchema.parse(settings);
  } catch (cause) {
    const [issue] = cause instanceof z.ZodError ? cause.issues : [];
    const setting = issue?.path.join(".") ?? "deployment";
    const reason = issue?.message ?? (cause instanceof Error ? cause.message : "invalid");
    throw new ServerError({ code: "SETTING_INVALID", setting, reason }, { cause });
  }
}

/** Returns what a policy names an endpoint by; undefined of one that no policy should name. */
export function originOf(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.username !== "" || parsed.password !== "") return undefined;
  const origin = `${parsed.protocol}//${parsed.host}`;
  return PLAIN_ORIGIN.test(origin) ? origin : undefined;
}
