import cors from "@fastify/cors";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import type { FastifyBaseLogger, FastifyError, FastifySchemaValidationError } from "fastify";
import { LogController, fastify } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { GatewayError } from "./errors.ts";
import { errorBody, retryAfter, statusOf } from "./httpErrors.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { CheckedOptions } from "./options.ts";
import type { Routes } from "./routes/routes.ts";

const EXPOSED = ["PAYMENT-REQUIRED", "PAYMENT-RESPONSE", "x-vouch-receipt", "x-request-id"];

/** A Fastify server with the gateway's limits, errors, log lines and OpenAPI document, and the routes of `register`. */
export async function createHttpServer(
  options: CheckedOptions,
  { log, metrics }: { readonly log: Logger; readonly metrics: GatewayMetrics },
  register: (routes: Routes) => void,
): Promise<Routes> {
  const logger: FastifyBaseLogger = log; // else every type of Fastify's takes on pino's
  const app = fastify({
    loggerInstance: logger,
    // Fastify's own lines carry URLs and addresses; ours, below, carry neither bodies nor queries.
    // A child for each request costs more than the two lines that there may be: they name the request themselves.
    childLoggerFactory: (shared) => shared,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    bodyLimit: options.bodyLimit,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    // Nothing comes or goes for so long only where a reader does not read.
    connectionTimeout: options.answerTimeoutMs + options.requestTimeoutMs,
    // The peer alone: what stands before the address that it added is the client's to choose.
    trustProxy: options.trustProxy ? (_address, hop) => hop === 0 : false,
    http: {
      headersTimeout: options.headersTimeoutMs,
      connectionsCheckingInterval: options.timeoutCheckMs,
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = options.maxConnections;
  app.removeContentTypeParser("text/plain"); // JSON alone is taken
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = asGatewayError(error, options);
    if (statusOf(known) >= 500)
      request.log.error({ reqId: request.id, err: error, code: known.code }, "request failed");
    // OpenAI's clients try 409 again, each time with another payment.
    if (statusOf(known) === 409) reply.header("x-should-retry", "false");
    const seconds = retryAfter(known);
    if (seconds !== undefined) reply.header("retry-after", String(seconds));
    return reply.code(statusOf(known)).send(errorBody(known));
  });
  app.setNotFoundHandler((request, reply) => {
    const route = `${request.method} ${request.url.split("?")[0] ?? ""}`;
    return reply.code(404).send(errorBody(new GatewayError({ code: "ROUTE_UNKNOWN", route })));
  });
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method, routeOptions } = request;
    const { statusCode: status, elapsedTime } = reply;
    const route = routeOptions.url ?? "unknown";
    metrics.requests.observe({ route, method, status }, elapsedTime / 1000);
    const milliseconds = Math.round(elapsedTime);
    request.log.info({ reqId: request.id, route, method, status, milliseconds }, "request");
    done();
  });

  if (options.corsOrigins.length > 0)
    await app.register(cors, {
      origin: options.corsOrigins.includes("*") ? "*" : [...options.corsOrigins],
      exposedHeaders: EXPOSED,
    });
  await app.register(rateLimit, {
    max: options.rateLimit.max,
    timeWindow: options.rateLimit.windowMs,
    errorResponseBuilder: (_, { max, ttl }) =>
      new GatewayError({ code: "RATE_LIMITED", limit: max, seconds: Math.ceil(ttl / 1000) }),
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Vouch gateway",
        description: "AI inference with a receipt: paid by x402, OpenAI-compatible for text",
        version: "1",
      },
      servers: [{ url: options.publicUrl }],
    },
    transform: jsonSchemaTransform,
  });
  register(app);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  return app;
}

function asGatewayError(error: FastifyError, { bodyLimit }: CheckedOptions): GatewayError {
  if (error instanceof GatewayError) return error;
  const [fault] = hasZodFastifySchemaValidationErrors(error) ? error.validation : [];
  if (fault !== undefined) return invalid(error, fault);
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new GatewayError({ code: "BODY_TOO_LARGE", limit: bodyLimit }, { cause: error });
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_EMPTY_TYPE":
      return new GatewayError(
        { code: "MEDIA_TYPE", reason: "it is of another type" },
        { cause: error },
      );
    default:
  }
  const isClients = error.statusCode !== undefined && error.statusCode < 500;
  return new GatewayError(
    isClients
      ? { code: "REQUEST_INVALID", parameter: "", reason: "it is not a JSON document" }
      : { code: "ANSWER_FAILED" },
    { cause: error },
  );
}

/** A parameter that no schema knows is one that would be ignored: it is named, as OpenAI's servers name it. */
function invalid(
  cause: Error,
  { instancePath, keyword, message, params }: FastifySchemaValidationError,
): GatewayError {
  const path = instancePath
    .split("/")
    .filter((it) => it !== "")
    .join(".");
  const { keys } = params;
  const [key] = Array.isArray(keys) ? (keys as readonly unknown[]) : [];
  if (keyword === "unrecognized_keys" && typeof key === "string") {
    const parameter = path === "" ? key : `${path}.${key}`;
    const reason = "nothing here honours it";
    return new GatewayError({ code: "UNSUPPORTED_PARAMETER", parameter, reason }, { cause });
  }
  const reason = message ?? "not what the resource takes";
  return new GatewayError({ code: "REQUEST_INVALID", parameter: path, reason }, { cause });
}
