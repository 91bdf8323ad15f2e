import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { LISTS, details } from "./addresses.ts";
import { differenceOf } from "./differenceOf.ts";
import { closeBrowser, openPage, settle, visit } from "./openPage.ts";

const FOLDER = join(import.meta.dirname, "snapshots");
/** Where a picture goes that is not as the kept one, for whoever wants to see both. */
const SEEN = join(import.meta.dirname, "../.vouch/pictures");
/** Share of a picture that may look otherwise: times, hashes and fonts do. */
const ALLOWED = 0.08;
const VIEWPORTS = [
  { width: 375, height: 812 },
  { width: 1440, height: 900 },
];
const UPDATED = process.env["UPDATE_SNAPSHOTS"] === "1";
/** What differs from run to run is painted over, not its place. */
const VARYING = "time, code, svg, canvas, output";

after(closeBrowser);

describe("how the explorer looks", () => {
  it("is as before on its lists", async () => {
    await expectKept(LISTS);
  });

  it("is as before on the pages of one thing", async () => {
    // Who answers the most, and holds what for it, is another one each time.
    await expectKept(await details("overturned"));
  });
});

/** Pictures each page by day and by night at every width, and compares with what is kept. */
async function expectKept(pages: readonly { name: string; path: string }[]): Promise<void> {
  const { page, context, close } = await openPage();
  const blank = await context.newPage();
  await page.bringToFront(); // behind another it is drawn once a second
  const changed: string[] = [];
  for (const { name, path } of pages) {
    await visit(page, path);
    for (const viewport of VIEWPORTS)
      for (const colorScheme of ["light", "dark"] as const) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        await settle(page);
        const picture = await page.screenshot({
          mask: [page.locator(VARYING)],
          maskColor: "#808080",
          animations: "disabled",
          caret: "hide",
        });
        const file = `${name}-${viewport.width}-${colorScheme}.png`;
        const kept = join(FOLDER, file);
        if (UPDATED) {
          await keep(FOLDER, file, picture);
          continue;
        }
        const difference = existsSync(kept)
          ? await differenceOf(blank, await readFile(kept), picture)
          : 1;
        if (difference <= ALLOWED) continue;
        await keep(SEEN, file, picture);
        changed.push(`${file} by ${(difference * 100).toFixed(1)} %`);
      }
  }
  await close();
  expect(changed, `not as kept: see ${SEEN}; UPDATE_SNAPSHOTS=1 keeps that`).to.deep.equal([]);
}

async function keep(folder: string, file: string, picture: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), picture);
}
