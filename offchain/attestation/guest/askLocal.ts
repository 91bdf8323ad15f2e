import { Buffer } from "node:buffer";
import { request } from "node:http";

/** A server inside the enclave: a unix socket, or a port of this machine. */
export type LocalServer =
  { readonly socketPath: string } | { readonly host: string; readonly port: number };

export type LocalRequest = {
  readonly path: string;
  /** Sent by POST as JSON; GET where there is none. */
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
};

/** A quote takes seconds where the host's quoting service is slow. */
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1 << 20;

/** Asks a server and returns the body of its answer; anything but a status of 200 is an error that quotes it. */
export function askLocal(
  server: LocalServer,
  { path, body, signal }: LocalRequest,
): Promise<Uint8Array> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...server,
        path,
        method: text === undefined ? "GET" : "POST",
        headers:
          text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let length = 0;
        answer.on("error", reject);
        answer.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > MAX_BYTES) asked.destroy(new RangeError(`${path} gives more than 1 MiB`));
        });
        answer.on("end", () => {
          const whole = Buffer.concat(chunks);
          if (answer.statusCode === 200) resolve(new Uint8Array(whole));
          else reject(new RangeError(refusal(path, answer.statusCode, whole)));
        });
      },
    );
    asked.on("error", reject);
    asked.end(text);
  });
}

function refusal(path: string, status: number | undefined, body: Buffer): string {
  return `${path} was answered with status ${status ?? "none"}: ${body.toString("utf8").slice(0, 200)}`;
}
