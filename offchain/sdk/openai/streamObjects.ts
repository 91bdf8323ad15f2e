import type { AnswerObjects } from "@vouch/protocol";
import type { TextEvent } from "../http/streamText.ts";
import { vouchIn } from "./vouchOf.ts";

/**
 * Returns a text as server-sent events of OpenAI's objects. Pieces leave as they come; the one that says why the text ended, and the
 * counts of tokens, only when the receipt was verified. A stream of which that fails, fails.
 *
 * @param leave has `events` wait for nothing more: their reader has gone
 */
export function streamObjects(
  objects: AnswerObjects,
  events: AsyncGenerator<TextEvent>,
  withUsage: boolean,
  leave: () => void,
): ReadableStream<Uint8Array> {
  const written = write(objects, events, withUsage);
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await written.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      } catch (error) {
        controller.error(error);
      }
    },
    async cancel() {
      leave(); // what is being waited for would keep the generator from its end
      await written.return(undefined);
    },
  });
}

async function* write(
  objects: AnswerObjects,
  events: AsyncGenerator<TextEvent>,
  withUsage: boolean,
): AsyncGenerator<string, undefined> {
  const usage = withUsage ? { usage: null } : {};
  const created = Math.floor(Date.now() / 1000);
  let isOpen = false;
  for await (const event of events) {
    const head =
      event.kind === "piece"
        ? { requestId: event.id, model: event.release, created }
        : { ...event.head, model: event.receipt.statement.release, created };
    const opening = isOpen ? null : objects.opening(head);
    isOpen = true;
    if (opening !== null) yield said({ ...opening, ...usage });
    if (event.kind === "piece") {
      yield said({ ...objects.piece(head, event.text), ...usage });
      continue;
    }
    const vouch = vouchIn(event);
    yield said({ ...objects.ending(head, event.generation, event), ...usage, vouch });
    if (withUsage) yield said({ ...objects.usage(head, event.generation, event), vouch });
  }
  yield "data: [DONE]\n\n";
  return undefined;
}

function said(object: object): string {
  return `data: ${JSON.stringify(object)}\n\n`;
}
