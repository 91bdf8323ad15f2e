import type { Hex } from "@vouch/protocol";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ExplorerSettings } from "./explorerSettings.ts";
import { asksAnyChain, isPageAddress } from "./pageAddresses.ts";
import { passOn } from "./passOn.ts";
import type { Asset } from "./readAssets.ts";
import { securityHeaders } from "./securityHeaders.ts";
import { sendAsset } from "./sendAsset.ts";

/** What is handed out, and from where. */
export type ExplorerDeps = {
  readonly settings: ExplorerSettings;
  /** By address; `/index.html` is the document of every page. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** Where the indexer is. */
  readonly indexer: URL;
  /** Returns the text of the manifest that has a hash, where there is one. Whoever reads it hashes it again. */
  readonly manifestOf: (hash: Hex) => Promise<string | undefined>;
  /** Returns what `model:estimate` said of the model that a manifest describes, as JSON; absent where nobody asked it. */
  readonly estimateOf?: ((manifest: Hex) => Promise<string | undefined>) | undefined;
};

/** Bytes of a question to the indexer; the page's own have some hundred. */
const MAX_QUESTION = 64 * 1024;

/** Returns the server's routes: the page, what it is told, and the way to the indexer. */
export function createExplorerApp({
  settings,
  assets,
  indexer,
  manifestOf,
  estimateOf,
}: ExplorerDeps): Hono {
  const app = new Hono();
  const narrow = securityHeaders(settings, "given");
  const wide = securityHeaders(settings, "any");

  app.use(async (context, next) => {
    await next();
    const headers = asksAnyChain(context.req.path) ? wide : narrow;
    for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value);
  });
  app.notFound((context) => context.text("Nothing is at this address.\n", 404));
  app.onError((_, context) => context.text("The server failed.\n", 500));

  app.get("/settings.json", (context) =>
    context.json(settings, 200, { "cache-control": "no-store" }),
  );
  app.post(
    "/graphql",
    bodyLimit({
      maxSize: MAX_QUESTION,
      onError: (context) => context.json(refusal(`more than ${MAX_QUESTION} bytes`), 413),
    }),
    async (context) => {
      if (!/^application\/json\b/.test(context.req.header("content-type") ?? ""))
        return context.json(refusal("it is no JSON"), 415);
      return passOn(new URL("/graphql", indexer), context.req.raw, await context.req.text());
    },
  );
  app.get("/status", (context) => passOn(new URL("/status", indexer), context.req.raw, undefined));
  app.get("/manifest/:hash{0x[0-9a-f]{64}}", async (context) => {
    const manifest = await manifestOf(context.req.param("hash") as Hex);
    if (manifest === undefined) return context.notFound();
    return context.body(manifest, 200, {
      "content-type": "application/json",
      "cache-control": "public, max-age=31536000, immutable",
    });
  });
  app.get("/estimate/:hash{0x[0-9a-f]{64}}", async (context) => {
    const estimate = await estimateOf?.(context.req.param("hash") as Hex);
    // That there is none is an answer: the page draws what the manifest says.
    return context.body(estimate ?? "null", 200, { "content-type": "application/json" });
  });
  app.get("*", (context) => {
    const { path, raw } = context.req;
    const asset = assets.get(isPageAddress(path) ? "/index.html" : path);
    return asset === undefined ? context.notFound() : sendAsset(asset, raw.headers);
  });
  app.all("*", (context) => context.text("Only GET is understood here.\n", 405, { allow: "GET" }));
  return app;
}

function refusal(reason: string): object {
  return { errors: [{ message: `The question is refused: ${reason}.` }] };
}
