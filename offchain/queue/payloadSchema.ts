import { QueueError } from "./errors.ts";
import type { QueueName } from "./queues.ts";

/** What a payload has to be: a schema of zod's, of whatever version its owner has. */
export type PayloadSchema = {
  readonly parse: (value: unknown) => unknown;
  readonly _input: unknown;
  readonly _output: unknown;
};

const MAX_REASON = 500;

/** @throws {QueueError} `PAYLOAD_INVALID`, which names what is wrong and not the value. */
export function parsePayload<Schema extends PayloadSchema>(
  queue: QueueName,
  schema: Schema,
  payload: unknown,
): Schema["_output"] {
  try {
    return schema.parse(payload);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, MAX_REASON) : "it is refused";
    throw new QueueError({ code: "PAYLOAD_INVALID", queue, reason }, { cause });
  }
}
