import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { chromiumPath } from "./chromiumPath.ts";
import { stack } from "./stack.ts";

/** A page, and what went wrong in it: errors of the console, refusals of the policy, requests to anybody else. */
export type WatchedPage = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** In words, in the order in which they came; nothing of these is expected anywhere. */
  readonly faults: readonly string[];
  readonly close: () => Promise<void>;
};

/** What a server may not have: the page says so, and the browser says it on the console, too. */
const ABSENT = /\/(?:manifest|estimate)\/0x[0-9a-f]+$/;
const TIMEOUT_MS = 20_000;
let launched: Promise<Browser> | undefined;

/** Opens a page of the explorer, at `path` where one is given, and watches it from its first byte on. */
export async function openPage(
  path?: string,
  options: BrowserContextOptions & { readonly mayAsk?: readonly string[] } = {},
): Promise<WatchedPage> {
  const { url, rpc, gateway } = await stack();
  const { mayAsk = [], ...rest } = options;
  const context = await (
    await browser()
  ).newContext({
    baseURL: url,
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    ...rest,
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  const faults: string[] = [];
  const allowed = new Set(
    [url, rpc, gateway, ...mayAsk].flatMap((it) => (it === undefined ? [] : [new URL(it).origin])),
  );
  await context.exposeFunction("reportViolation", (what: string) => faults.push(what));
  await context.addInitScript(
    'addEventListener("securitypolicyviolation", (it) => reportViolation(`policy refused ${it.blockedURI} by ${it.violatedDirective}`));',
  );
  context.on("request", (request) => {
    const target = new URL(request.url());
    const isOwn = ["data:", "blob:"].includes(target.protocol) || allowed.has(target.origin);
    if (!isOwn) faults.push(`asked ${request.url()}`);
  });
  // A gateway names its price by refusing, as x402 has it.
  context.on("console", (message) => {
    const isAbsent = ABSENT.test(message.location().url) && message.text().includes("404");
    const isPriced =
      gateway !== undefined &&
      message.location().url.startsWith(gateway) &&
      message.text().includes("402 (Payment Required)");
    if (message.type() === "error" && !isAbsent && !isPriced)
      faults.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => faults.push(`thrown: ${String(error.error())}`));
  const page = await context.newPage();
  if (path !== undefined) await visit(page, path);
  return { page, context, faults, close: () => context.close() };
}

/** Goes to a page, and waits until it shows what it has to show. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await settle(page);
}

/** Waits until nothing is being loaded. */
export async function settle(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.waitForLoadState("networkidle");
  // Not by waitForFunction, which the policy refuses. What has come is drawn by the second frame from there on.
  const pending = page.locator(".loading, [aria-busy=true]").first();
  await pending.waitFor({ state: "detached" });
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
  );
  await pending.waitFor({ state: "detached" });
}

/** Ends the browser; whatever was opened in it ends, too. */
export async function closeBrowser(): Promise<void> {
  const running = await launched;
  launched = undefined;
  await running?.close();
}

function browser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined)
    throw new Error("There is no Chromium: CHROMIUM_PATH names one");
  launched ??= chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--font-render-hinting=none", "--disable-lcd-text"],
  });
  return launched;
}
