import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { ceremonyPaths } from "./ceremonyFacts.ts";
import { countByAddress } from "./connectionLimit.ts";
import { recordBytes } from "./contributeToPart.ts";
import { CeremonyError } from "./errors.ts";
import type { CeremonyProblem } from "./errors.ts";
import { recoverJoiner } from "./joinMessage.ts";
import { lastReceipt } from "./openTurns.ts";
import type { Turns } from "./openTurns.ts";
import { partsOf } from "./parts.ts";
import type { CeremonyPart } from "./parts.ts";
import { limitedAs } from "./rateLimit.ts";
import type { RateLimit } from "./rateLimit.ts";
import { receiptHash } from "./receipt.ts";
import { sendFile } from "./sendFile.ts";
import type { TransferPace } from "./sendFile.ts";
import { statusPage } from "./statusPage.ts";
import { receiveKey } from "./receiveKey.ts";

export type RoutesOptions = {
  readonly folder: string;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly now: () => number;
  readonly trustProxy: boolean;
  /** Within which a body other than a key must have come. */
  readonly bodyMs: number;
  readonly mustSign: boolean;
  readonly pace: TransferPace;
  /** Files that one address may fetch at once. */
  readonly transfersPerAddress: number;
  readonly requests: RateLimit;
  readonly joins: RateLimit;
};

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };
type Route = {
  readonly method: "GET" | "POST" | "PUT";
  readonly pattern: RegExp;
  /** `numbers` are those in the path. */
  readonly answer: (exchange: Exchange, numbers: readonly number[]) => Promise<void> | void;
};

const MAX_BODY = 8192;
const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
} as const;
const STATUS: Readonly<Partial<Record<CeremonyProblem["code"], number>>> = {
  CEREMONY_OVER: 410,
  LENGTH_REQUIRED: 411,
  METHOD_UNKNOWN: 405,
  NAME_TAKEN: 409,
  NOT_ALLOWED: 403,
  NOT_YOUR_TURN: 409,
  QUEUE_FULL: 503,
  RANGE_UNSATISFIABLE: 416,
  RATE_LIMITED: 429,
  REQUEST_INVALID: 400,
  ROUTE_UNKNOWN: 404,
  TOKEN_UNKNOWN: 401,
  TRANSFERS_FULL: 429,
  UPLOAD_LENGTH: 413,
  UPLOAD_RUNNING: 409,
  UPLOAD_TRUNCATED: 400,
};

const joinSchema = z.strictObject({
  name: z.string().max(256),
  issuedAt: z.iso.datetime().optional(),
  signature: z
    .string()
    .regex(/^0x[0-9a-fA-F]{130}$/)
    .optional(),
});

/** Answers the requests of participants and onlookers; every answer that is no file is JSON, or the one page. */
export function answerRequests(
  turns: Turns,
  options: RoutesOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const routes = routesOf(turns, options);
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    answer(routes, { request, response }, options).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy(); // what was begun cannot be taken back; a cut connection says so
        return;
      }
      const known = error instanceof CeremonyError ? STATUS[error.code] : undefined;
      if (known === undefined) options.log("request failed", { reason: String(error) });
      const { code, message } =
        error instanceof CeremonyError && known !== undefined
          ? error
          : { code: "INTERNAL", message: "The coordinator failed; try again." };
      if (error instanceof CeremonyError && error.problem.code === "RATE_LIMITED") {
        response.setHeader("retry-after", String(error.problem.seconds));
      }
      // A body that nobody reads any more would keep the connection busy.
      if (!request.complete) response.setHeader("connection", "close");
      sendJson(response, { error: { code, message } }, known ?? 500);
    });
  };
}

async function answer(
  routes: readonly Route[],
  exchange: Exchange,
  { requests, now, trustProxy }: RoutesOptions,
): Promise<void> {
  const { request } = exchange;
  const seconds = requests.take(addressOf(request, trustProxy), now());
  if (seconds > 0) throw new CeremonyError({ code: "RATE_LIMITED", seconds });
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const method = request.method === "HEAD" ? "GET" : (request.method ?? "");
  const found = routes.filter((it) => it.pattern.test(path));
  const route = found.find((it) => it.method === method);
  if (route === undefined) {
    throw new CeremonyError(
      found.length === 0 ? { code: "ROUTE_UNKNOWN" } : { code: "METHOD_UNKNOWN", method },
    );
  }
  await route.answer(exchange, (route.pattern.exec(path)?.slice(1) ?? []).map(Number));
}

/** No part of a path is ever used as one: numbers are matched, and files are named from them. */
function routesOf(turns: Turns, options: RoutesOptions): readonly Route[] {
  const paths = ceremonyPaths(options.folder);
  const { facts, id } = turns;
  const parts = partsOf(facts);
  const transfers = countByAddress();
  const send = async (exchange: Exchange, path: string, tag: string): Promise<void> => {
    const address = addressOf(exchange.request, options.trustProxy);
    const limit = options.transfersPerAddress;
    if (!transfers.take(address, limit)) throw new CeremonyError({ code: "TRANSFERS_FULL", limit });
    try {
      await sendFile(exchange, path, tag, options.pace);
    } finally {
      transfers.give(address);
    }
  };
  const partAt = (index: number): CeremonyPart => {
    const part = parts[index];
    if (part === undefined) throw new CeremonyError({ code: "ROUTE_UNKNOWN" });
    return part;
  };
  const ticketOf = ({ headers }: IncomingMessage): string => {
    const ticket = /^Bearer ([0-9a-f]{64})$/.exec(headers.authorization ?? "")?.[1];
    if (ticket === undefined) throw new CeremonyError({ code: "TOKEN_UNKNOWN" });
    return ticket;
  };
  return [
    {
      method: "GET",
      pattern: /^\/$/,
      answer: ({ response }) => {
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.end(statusPage(facts, id, turns.state()));
      },
    },
    {
      method: "GET",
      pattern: /^\/ceremony$/,
      answer: ({ response }) => {
        sendJson(response, { id, facts, signed: options.mustSign });
      },
    },
    {
      method: "GET",
      pattern: /^\/transcript$/,
      answer: ({ response }) => {
        const state = turns.state();
        const rounds = state.rounds.map((receipt) => ({ hash: receiptHash(receipt), receipt }));
        const waiting = state.queue.map(({ name }) => name);
        sendJson(response, {
          id,
          facts,
          rounds,
          head: lastReceipt(state),
          waiting,
          ended: state.ended,
        });
      },
    },
    {
      method: "GET",
      pattern: /^\/circuits\/(\d{1,2})\/r1cs$/,
      answer: async (exchange, [circuit = 0]) => {
        const { r1cs } = facts.circuits[circuit] ?? {};
        if (r1cs === undefined) throw new CeremonyError({ code: "ROUTE_UNKNOWN" });
        await send(exchange, paths.r1cs(circuit), r1cs);
      },
    },
    {
      method: "GET",
      pattern: /^\/powers$/,
      answer: async (exchange) => {
        if (facts.powers.origin === "public") throw new CeremonyError({ code: "ROUTE_UNKNOWN" });
        await send(exchange, paths.powers, facts.powers.blake2b);
      },
    },
    {
      method: "GET",
      pattern: /^\/keys\/(\d{1,6})\/(\d{1,2})$/,
      answer: async (exchange, [round = 0, index = 0]) => {
        const { initial } = partAt(index);
        const { rounds } = turns.state();
        if (round > rounds.length) throw new CeremonyError({ code: "ROUTE_UNKNOWN" });
        const key = rounds[round - 1]?.circuits[index]?.key ?? initial;
        await send(exchange, paths.key(round, index), key);
      },
    },
    {
      method: "POST",
      pattern: /^\/queue$/,
      answer: async ({ request, response }) => {
        const seconds = options.joins.take(addressOf(request, options.trustProxy), options.now());
        if (seconds > 0) throw new CeremonyError({ code: "RATE_LIMITED", seconds });
        const { name, issuedAt = "", signature } = await readJoin(request, options.bodyMs);
        const address =
          signature === undefined
            ? null
            : recoverJoiner({ ceremony: id, name, issuedAt }, signature, options.now());
        sendJson(response, await turns.join(name, address), 201);
      },
    },
    {
      method: "GET",
      pattern: /^\/turn$/,
      answer: ({ request, response }) => {
        response.setHeader("cache-control", "no-store");
        sendJson(response, turns.standingOf(ticketOf(request)));
      },
    },
    {
      method: "PUT",
      pattern: /^\/contributions\/(\d{1,2})$/,
      answer: async ({ request, response }, [index = 0]) => {
        const ticket = ticketOf(request);
        const record = recordBytes(partAt(index));
        const current = paths.key(turns.state().rounds.length, index);
        await receiveKey(request, () => turns.beginUpload(ticket, index), current, record);
        sendJson(response, turns.standingOf(ticket), 202);
      },
    },
  ];
}

async function readJoin(
  request: IncomingMessage,
  limitMs: number,
): Promise<z.infer<typeof joinSchema>> {
  const invalid = (reason: string, cause?: unknown): CeremonyError =>
    new CeremonyError({ code: "REQUEST_INVALID", reason }, { cause });
  const timer = setTimeout(() => request.destroy(), limitMs);
  try {
    const parts: Buffer[] = [];
    let length = 0;
    for await (const chunk of request) {
      const part = chunk as Buffer; // no encoding is set
      length += part.length;
      if (length > MAX_BODY) throw invalid(`its body has more than ${MAX_BODY} bytes`);
      parts.push(part);
    }
    return joinSchema.parse(JSON.parse(Buffer.concat(parts).toString("utf8")));
  } catch (cause) {
    if (cause instanceof CeremonyError) throw cause;
    throw invalid("its body is not {name}, with {issuedAt, signature} where a list is kept", cause);
  } finally {
    clearTimeout(timer);
  }
}

function addressOf({ socket, headers }: IncomingMessage, trustProxy: boolean): string {
  // The peer alone: what stands before the address that it added is the client's to choose.
  const forwarded = trustProxy
    ? String(headers["x-forwarded-for"] ?? "")
        .split(",")
        .at(-1)
    : "";
  return limitedAs(forwarded?.trim() || (socket.remoteAddress ?? ""));
}

function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}
