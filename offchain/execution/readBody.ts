import { ExecutionError } from "./errors.ts";

/**
 * Reads an answer's body, at most so many bytes: what is asked bounds what is answered.
 *
 * @throws {ExecutionError} `BACKEND_ANSWER_INVALID` where there is more.
 */
export async function readBody(
  response: Response,
  limit: number,
  backend: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    if (length > limit) {
      const reason = `it is longer than ${limit} bytes`;
      throw new ExecutionError({ code: "BACKEND_ANSWER_INVALID", backend, reason });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
