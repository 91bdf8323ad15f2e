/** What ends a stream of OpenAI's. */
const DONE = "[DONE]";

/** Returns the data of server-sent events, from text in pieces of any length, until `[DONE]`; what is cut off in the middle is none. */
export async function* eventData(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let data: string[] = [];
  for await (const line of linesOf(chunks)) {
    if (line.startsWith("data:")) data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
    if (line !== "" || data.length === 0) continue;
    const event = data.join("\n");
    data = [];
    if (event === DONE) return;
    yield event;
  }
}

/** Looks at each character once: a line that never ends comes in as many pieces as its sender likes. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let begun: string[] = [];
  for await (const chunk of chunks) {
    const [first = "", ...others] = chunk.split("\n");
    begun.push(first);
    for (const next of others) {
      yield begun.join("").replace(/\r$/, "");
      begun = [next];
    }
  }
}
