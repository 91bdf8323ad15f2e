import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/** One WebSocket of a client. */
export type WsPeer = {
  readonly send: (text: string) => void;
  /** Ends the connection without a word. */
  readonly drop: () => void;
};

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Lets a server speak as much of RFC 6455 as a JSON-RPC client needs: text in one frame, no extensions. */
export function serveWebSockets(
  server: Server,
  onText: (peer: WsPeer, text: string) => void,
): ReadonlySet<WsPeer> {
  const peers = new Set<WsPeer>();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    const key = request.headers["sec-websocket-key"] ?? "";
    const accept = createHash("sha1").update(`${key}${MAGIC}`).digest("base64");
    const head = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    const peer: WsPeer = {
      send: (text) => socket.write(frameOf(text)),
      drop: () => socket.destroy(),
    };
    peers.add(peer);
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let frame = readFrame(received); frame !== undefined; frame = readFrame(received)) {
        received = received.subarray(frame.length);
        if (frame.opcode === 1) onText(peer, frame.text);
        if (frame.opcode === 8) socket.end();
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => peers.delete(peer));
  });
  return peers;
}

function frameOf(text: string): Buffer {
  const body = Buffer.from(text);
  if (body.length < 126) return Buffer.concat([Buffer.from([0x81, body.length]), body]);
  const head = Buffer.alloc(10);
  head.set([0x81, 127]);
  head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
}

/** A client's frame, which is masked; undefined until it is whole. */
function readFrame(
  bytes: Buffer,
): { readonly opcode: number; readonly text: string; readonly length: number } | undefined {
  if (bytes.length < 6) return undefined;
  const short = bytes.readUInt8(1) & 127;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extra + 4;
  if (bytes.length < start) return undefined;
  const size =
    extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + size) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const body = bytes.subarray(start, start + size).map((it, index) => it ^ (mask[index % 4] ?? 0));
  const opcode = bytes.readUInt8(0) & 15;
  return { opcode, text: Buffer.from(body).toString("utf8"), length: start + size };
}
