import type { Policy, ReleaseId } from "@vouch/protocol";
import {
  ProtocolError,
  parseReleaseId,
  policyHash,
  policySchema,
  releaseCircuitId,
  releaseCircuitSchema,
  releaseId,
  releaseSchema,
} from "@vouch/protocol";
import * as z from "zod";
import { SdkError } from "../errors.ts";
import type { FetchedRelease } from "../fetchRelease.ts";
import { nearNames } from "../nearNames.ts";
import type { ReleaseRef } from "../typed/releaseDescription.ts";
import type { GatewayCallOptions } from "./gatewayOptions.ts";
import type { HttpReply } from "./httpClient.ts";
import { readJson } from "./readJson.ts";
import { refusalOf } from "./refusal.ts";
import { retried } from "./retry.ts";
import type { GatewaySession } from "./session.ts";

const MAX_MODELS = 4_096;
const releaseIdSchema = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((value) => value as ReleaseId);

const modelsSchema = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        vouch: z.object({
          release: releaseIdSchema,
          kind: z.enum(["tensor", "text"]),
          parameters: z.array(z.string()),
          prices: z.array(
            z.object({
              policy: z.string(),
              policyHash: z.string(),
              demands: z.string(),
              terms: policySchema,
              amount: z
                .string()
                .regex(/^\d{1,78}$/)
                .transform(BigInt),
            }),
          ),
        }),
      }),
    )
    .max(MAX_MODELS),
});

const descriptionSchema = z.object({
  release: releaseSchema,
  circuit: releaseCircuitSchema.nullable(),
});

/** A release as a gateway says that it sells it: its word, until an answer's receipt has been verified. */
export type GatewayModel = {
  readonly name: string;
  readonly release: ReleaseId;
  readonly kind: "tensor" | "text";
  /** OpenAI's names of what a text's back end honours. */
  readonly parameters: readonly string[];
  readonly prices: readonly GatewayPrice[];
};

/** What an answer under a policy costs, in the token's smallest unit. */
export type GatewayPrice = {
  /** What the gateway calls it, for people. */
  readonly policy: string;
  readonly policyHash: string;
  /** The policy in words. */
  readonly demands: string;
  /** The policy itself, to be named where this is bought; it has the hash. */
  readonly terms: Policy;
  readonly amount: bigint;
};

/**
 * Lists what a gateway says that it sells.
 *
 * @throws {SdkError} `GATEWAY_LIED` where a price's policy has not the hash that stands beside it.
 */
export async function listModels(
  session: GatewaySession,
  options: GatewayCallOptions = {},
): Promise<readonly GatewayModel[]> {
  const resource = "/v1/models";
  const { data } = await get(session, resource, options, (it) =>
    readJson(resource, it, modelsSchema),
  );
  for (const { terms, policyHash: claimed } of data.flatMap(({ vouch }) => vouch.prices))
    requireHash("policyHash", policyHash(terms), claimed.toLowerCase());
  return data.map(({ id: name, vouch }) => ({ name, ...vouch }));
}

/**
 * Returns a release's description: taken from the gateway, and not believed, for it has to hash to the id.
 *
 * @throws {SdkError} `GATEWAY_LIED`.
 */
export async function describeRelease(
  session: GatewaySession,
  id: ReleaseId,
  options: GatewayCallOptions = {},
): Promise<FetchedRelease> {
  const before = session.known.get(id);
  if (before !== undefined) return before;
  const resource = `/v1/releases/${id}`;
  const { release, circuit } = await get(session, resource, options, (it) =>
    readJson(resource, it, descriptionSchema),
  );
  requireHash("release", releaseId(release), id);
  const circuitId = circuit === null ? 0n : BigInt(circuitIdOf(circuit));
  requireHash("circuit", circuitId.toString(16), BigInt(release.circuit).toString(16));
  const described: FetchedRelease = { id, release, circuit, uri: "" };
  session.known.set(id, described);
  return described;
}

/**
 * Returns the id that a request names its release by: an id, a typed release's, or that of a name in `GatewayOptions.releases`.
 *
 * @throws {SdkError} `RELEASE_NOT_FOUND`, with near names.
 */
export function idOf({ releases }: GatewaySession, ref: ReleaseRef): ReleaseId {
  const name = typeof ref === "string" ? ref : ref.id;
  if (/^0x[0-9a-fA-F]{64}$/.test(name)) return parseReleaseId(name);
  const id = releases.get(name);
  if (id !== undefined) return id;
  const near = nearNames(name, [...releases.keys()]);
  throw new SdkError({ code: "RELEASE_NOT_FOUND", release: name, near });
}

/** Asks for what costs nothing. */
export function get<T>(
  { http, attempts }: GatewaySession,
  resource: string,
  { signal, onProgress }: GatewayCallOptions,
  read: (reply: HttpReply) => Promise<T>,
): Promise<T> {
  const onRetry = (attempt: number, reason: string): void =>
    onProgress?.({ status: "retrying", attempt, reason });
  return retried(
    { resource, attempts, signal, onRetry },
    () => http(resource, { method: "GET" }, signal),
    async (reply) => {
      if (reply.status !== 200) throw await refusalOf(resource, reply);
      return read(reply);
    },
  );
}

function circuitIdOf(circuit: z.infer<typeof releaseCircuitSchema>): string {
  try {
    return releaseCircuitId(circuit);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    const claimed = { field: "circuit", claimed: "a circuit", proven: cause.message };
    throw new SdkError({ code: "GATEWAY_LIED", ...claimed }, { cause });
  }
}

function requireHash(field: string, derived: string, expected: string): void {
  if (derived === expected) return;
  throw new SdkError({ code: "GATEWAY_LIED", field, claimed: derived, proven: expected });
}
