import type { Page } from "playwright-core";

const TIMEOUT_MS = 60_000;

/** What the page says of a receipt. */
export type ShownVerdict = {
  readonly status: string;
  readonly words: string;
  /** Milliseconds that verifying took in the browser, as the page says; undefined of what is invalid. */
  readonly tookMs: number | undefined;
};

/** Drops a receipt on the page about verifying, anew each time, and returns what it says. */
export async function verdictOf(page: Page, receipt: unknown): Promise<ShownVerdict> {
  await page.goto("/verify");
  const text = typeof receipt === "string" ? receipt : JSON.stringify(receipt);
  await page.locator("input[type=file]").setInputFiles({
    name: "receipt.json",
    mimeType: "application/json",
    buffer: Buffer.from(text),
  });
  const shown = page.locator("[data-verdict]");
  await shown.waitFor({ timeout: TIMEOUT_MS });
  const words = await shown.innerText();
  const took = /in (\d+) ms/.exec(words)?.[1];
  return {
    status: (await shown.getAttribute("data-verdict")) ?? "",
    words,
    tookMs: took === undefined ? undefined : Number(took),
  };
}
