import type { Span } from "@opentelemetry/api";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { messageOf } from "../messageOf.ts";

/** What of a step goes into a trace: ids and codes, never inputs or outputs. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

const TRACER = "vouch";

/**
 * Exports spans by OTLP over HTTP where `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` says where to;
 * else none are made and the libraries are not loaded. The exporter reads its other variables (headers, timeouts) itself.
 * Returns how to send what is left and stop.
 */
export async function startTracing(
  env: Readonly<Record<string, string | undefined>>,
): Promise<() => Promise<void>> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = env;
  if ((all ?? "") === "" && (traces ?? "") === "") return () => Promise.resolve();
  const { BatchSpanProcessor, NodeTracerProvider } = await import("@opentelemetry/sdk-trace-node");
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const provider = new NodeTracerProvider({
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return () => provider.shutdown();
}

/** Runs `work` within a span of this name, below the one that it was called in; an error marks it and goes on. */
export function traced<T>(
  name: string,
  facts: SpanFacts,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return trace.getTracer(TRACER).startActiveSpan(name, { attributes: facts }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
