/** What ends a stream of OpenAI's. */
const DONE = "[DONE]";

/** Returns the data of server-sent events, from text in pieces of any length, until `[DONE]`; what is cut off in the middle is none. */
export async function* eventData(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  let data: string[] = [];
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line.startsWith("data:")) data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
      if (line !== "" || data.length === 0) continue;
      const event = data.join("\n");
      data = [];
      if (event === DONE) return;
      yield event;
    }
  }
}
