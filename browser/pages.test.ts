import { expect } from "chai";
import { LISTS, details } from "./addresses.ts";
import type { Page } from "playwright-core";
import { closeBrowser, openPage, visit } from "./openPage.ts";
import { stack } from "./stack.ts";

after(closeBrowser);

describe("pages of the explorer", () => {
  for (const { name, path, title } of LISTS)
    it(`show ${name} without a fault, asking nobody else`, async () => {
      const { page, faults, close } = await openPage(path);
      expect(await page.getByRole("heading", { level: 1 }).innerText()).to.match(title);
      expect(await alertsOf(page)).to.deep.equal([]);
      expect(faults).to.deep.equal([]);
      await close();
    });

  it("show what the seed made, each thing on a page of its own", async () => {
    const { page, faults, close } = await openPage();
    for (const { path } of await details()) {
      await visit(page, path);
      expect(await page.getByRole("heading", { level: 1 }).innerText(), path).to.not.equal("");
      expect(await alertsOf(page), path).to.deep.equal([]);
      expect(faults, path).to.deep.equal([]);
    }
    await close();
  });

  it("draw the graph of a release, with the constraints of each layer", async () => {
    const { page, faults, close } = await openPage();
    const release = (await details()).find(({ name }) => name === "release");
    await visit(page, release?.path ?? "");
    const picture = page.getByRole("region", { name: "Picture of the graph" });
    const counts = await picture.getByText(/^[\d,]+ constraints$/).allTextContents();
    expect(counts.length).to.be.greaterThan(2);
    // Linear layers of public weights cost nothing; what makes theirs fit again does.
    expect(counts.some((it) => it !== "0 constraints")).to.equal(true);
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("are nowhere else: what is not there is said to be not there", async () => {
    const { page, close } = await openPage();
    const response = await page.goto("/assets/nothing.js");
    expect(response?.status()).to.equal(404);
    await close();
  });

  it("show what the index has where the chain does not answer, and say so", async () => {
    const { page, context, close } = await openPage();
    const { rpc } = await stack();
    await context.route(
      ({ href }) => href.startsWith(new URL(rpc).href),
      (route) => route.abort(),
    );
    await visit(page, "/");
    expect(await page.getByText("the chain does not answer").count()).to.equal(1);
    expect(await page.getByRole("heading", { name: "Activity" }).count()).to.equal(1);
    expect(await alertsOf(page)).to.deep.equal([]);
    await close();
  });

  it("fit a phone: nothing scrolls sideways but tables in their own region", async () => {
    const viewport = { width: 375, height: 812 };
    const { page, close } = await openPage(undefined, { viewport });
    for (const { path } of [...LISTS, ...(await details())]) {
      await page.goto(path);
      await page.waitForLoadState("networkidle");
      const overflow = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overflow, path).to.equal(0);
    }
    await close();
  });
});

/** An alert that waits for its text is none. */
async function alertsOf(page: Page): Promise<readonly string[]> {
  const texts = await page.getByRole("alert").allInnerTexts();
  return texts.filter((text) => text.trim() !== "");
}
