import type { Attempt, TextBackend, TransformersBackend } from "@vouch/execution";
import { createOpenaiBackend, ExecutionError, openTransformersBackend } from "@vouch/execution";
import type { TextOffer, TextParameter } from "@vouch/gateway";
import { TEXT_PARAMETERS } from "@vouch/gateway";
import type { Contracts, ReleaseId } from "@vouch/protocol";
import type { Home, TextRelease } from "@vouch/publisher";
import { readTextBundles } from "@vouch/publisher";
import type { ServedText } from "@vouch/worker";
import type { Logger } from "pino";
import type { OperatorConfig } from "./config/operatorConfig.ts";
import { OperatorError } from "./errors.ts";

/** A release of text with what runs it, and what it is sold as. */
export type SoldText = ServedText & { readonly offer: TextOffer };

/** The releases of text of an operator, by id. */
export type Texts = {
  readonly releases: ReadonlyMap<ReleaseId, SoldText>;
  /** Waits for what runs, and frees the models. */
  readonly close: () => Promise<void>;
};

export type TextsDeps = {
  readonly home: Pick<Home, "texts">;
  readonly contracts: Pick<Contracts, "models">;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By which models are loaded in this process; without a record where absent. */
  readonly attempt?: Attempt;
  readonly log: Logger;
};

/** What the embedded back end honours: it draws tokens, and holds no model to a grammar. */
const DRAWN: readonly TextParameter[] = [
  ...(["temperature", "top_p", "seed", "stop", "frequency_penalty", "presence_penalty"] as const),
];

/**
 * Opens the releases of text that the home has and the chain knows. Those of files are run in this process, or by the server where it
 * has a name for them; those that somebody else serves by the server, where it is their provider. The others are left out, and logged,
 * as are those that this process has no room for.
 *
 * @throws {OperatorError} `SETTING_UNFIT`; what `createOpenaiBackend` and `openTransformersBackend` throw.
 */
export async function openTexts(config: OperatorConfig["text"], deps: TextsDeps): Promise<Texts> {
  const { contracts, home, log } = deps;
  const { server } = config;
  const remote = openServer(config, deps.env);
  const { cacheMb, threads } = config;
  const embedded = await openTransformersBackend({ cacheBytes: cacheMb * 2 ** 20, threads }, deps);
  const host = server.url === "" ? undefined : new URL(server.url).host;

  function backendOf({ id, manifest: { source } }: TextRelease): TextBackend | undefined {
    if (server.models.has(id)) return remote;
    if (source.kind === "files") return embedded;
    return source.provider === host ? remote : undefined;
  }

  const found = readTextBundles(home.texts, (error) => {
    log.warn({ error: error.message }, "text release left out");
  });
  const releases = new Map<ReleaseId, SoldText>();
  for (const release of found) {
    if (!(await contracts.models.isPublished(release.id))) continue;
    const backend = backendOf(release);
    if (backend === undefined) {
      log.warn({ release: release.id }, "text release left out: its provider is not text.server");
      continue;
    }
    const tooLarge = backend === embedded ? refusalOf(embedded, release) : undefined;
    if (tooLarge !== undefined) {
      log.warn({ release: release.id, error: tooLarge.message }, "text release left out");
      continue;
    }
    const { source } = release.manifest;
    const room = source.kind === "files" ? source.context : Infinity;
    const offer = {
      parameters: backend === embedded ? DRAWN : TEXT_PARAMETERS,
      maxTokens: Math.min(config.maxTokens, room),
    };
    releases.set(release.id, { release, backend, offer });
  }
  return { releases, close: embedded.close };
}

/** Why this process cannot run it. */
function refusalOf(embedded: TransformersBackend, release: TextRelease): Error | undefined {
  try {
    embedded.requireRoom(release);
    return undefined;
  } catch (error) {
    if (error instanceof ExecutionError) return error;
    throw error;
  }
}

function openServer(
  { server: { url, keyEnv, models } }: OperatorConfig["text"],
  env: TextsDeps["env"],
): TextBackend | undefined {
  if (url === "") {
    if (models.size === 0) return undefined;
    const reason = "text.server.url says of no server that runs them";
    throw new OperatorError({ code: "SETTING_UNFIT", setting: "text.server.models", reason });
  }
  const apiKey = env[keyEnv];
  return createOpenaiBackend({
    url,
    models: Object.fromEntries(models),
    ...(apiKey === undefined || apiKey === "" ? {} : { apiKey }),
  });
}
