import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "chai";
import type { Page } from "playwright-core";
import { LISTS, details } from "./addresses.ts";
import { closeBrowser, openPage, settle, visit } from "./openPage.ts";

after(closeBrowser);

describe("the explorer, for everybody", () => {
  it("has no fault that axe knows, by day and by night", async () => {
    const { page, close } = await openPage();
    const found: string[] = [];
    for (const { name, path } of [...LISTS, ...(await details())]) {
      await page.emulateMedia({ colorScheme: "light" });
      await visit(page, path);
      found.push(...(await violationsOf(page)).map((violation) => `${name}: ${violation}`));
      // What is dark differs in its colours alone.
      await page.emulateMedia({ colorScheme: "dark" });
      await settle(page);
      const dark = await violationsOf(page, ["color-contrast", "link-in-text-block"]);
      found.push(...dark.map((violation) => `${name}, dark: ${violation}`));
    }
    expect(found).to.deep.equal([]);
    await close();
  });

  it("has no fault that axe knows on a phone", async () => {
    const viewport = { width: 375, height: 812 };
    const { page, close } = await openPage(undefined, { viewport });
    const found: string[] = [];
    for (const { name, path } of LISTS) {
      await visit(page, path);
      found.push(...(await violationsOf(page)).map((violation) => `${name}: ${violation}`));
    }
    expect(found).to.deep.equal([]);
    await close();
  });

  it("is walked through by keyboard alone", async () => {
    const { page, faults, close } = await openPage("/");
    await page.keyboard.press("Tab");
    const skip = page.locator(":focus");
    expect(await skip.innerText()).to.match(/skip/i);
    await page.evaluate("globalThis.isWalked = true");
    const others: string[] = [];
    for (const { path, title } of LISTS.slice(1)) {
      const link = page.getByRole("navigation").locator(`a[href="${path}"]`).first();
      await tabTo(page, path);
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.pathname === path);
      const heading = page.getByRole("heading", { level: 1 });
      await heading.filter({ hasText: title }).waitFor();
      expect(await link.getAttribute("aria-current"), path).to.equal("page");
      // Whoever does not see the page hears where it went: by the document's title where it is another document.
      if (await page.evaluate<boolean>("globalThis.isWalked === true"))
        await heading.and(page.locator(":focus")).waitFor();
      else others.push(path);
      await page.evaluate("globalThis.isWalked = true");
    }
    expect(others).to.deep.equal(["/verify", "/try"]);
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("keeps the colours that a visitor chose, and shows no others first", async () => {
    const { page, context, close } = await openPage("/", { colorScheme: "light" });
    const ground = (): Promise<string> =>
      page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    const light = await ground();
    await page.getByLabel("Colours").selectOption("dark");
    const chosen = await ground();
    expect(chosen).to.not.equal(light);
    const again = await context.newPage();
    await again.goto("/models");
    expect(
      await again.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor"),
    ).to.equal(chosen);
    await close();
  });
});

/** Presses Tab until the navigation's link to a page is focused: from the top of the document, as a new visitor does. */
async function tabTo(page: Page, path: string): Promise<void> {
  await page.evaluate(
    "document.activeElement?.blur(); window.getSelection()?.removeAllRanges(); document.body.setAttribute('tabindex', '-1'); document.body.focus(); document.body.removeAttribute('tabindex')",
  );
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate<string | null>(
      "document.activeElement?.closest('nav') ? document.activeElement.getAttribute('href') : null",
    );
    if (at === path) return;
  }
  throw new Error(`No link to ${path} was reached by Tab`);
}

async function violationsOf(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  // Without frames it needs no page of its own, behind which this one would be drawn once a second.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (rules === undefined ? axe : axe.withRules([...rules])).analyze();
  return violations.map(
    ({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
  );
}
