import { connectContracts, encodeRelease, NO_FLOOR } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { JsonRpcProvider, ZeroHash, id } from "ethers";
import { indexed } from "./indexed.ts";
import { closeBrowser, openPage, visit } from "./openPage.ts";
import { stack } from "./stack.ts";

const SCRIPT = `<img src=x onerror="reportViolation('a name ran script')">`;
/** Names of models as nobody should choose them. */
const NAMES = [
  SCRIPT,
  `"><svg onload=reportViolation('svg')>`,
  "javascript:reportViolation('address')",
  "\u202egnp.exe\u2066 hidden\u200b\u200b",
  "wide".repeat(500),
];
/** Of the network's accounts, one that the seed gives no part. */
const ACCOUNT = 14;
const TIMEOUT_MS = 30_000;

let ids: readonly string[];

after(closeBrowser);

describe("what strangers write", () => {
  before(async () => {
    ids = await publishAll(NAMES);
  });

  it("is text on the list of models, and no more", async () => {
    const { page, faults, close } = await openPage("/models");
    for (const name of NAMES) {
      await page
        .getByRole("searchbox")
        .or(page.getByLabel(/search/i))
        .first()
        .fill(name.slice(0, 12));
      await page.waitForLoadState("networkidle");
      expect(await page.locator("main img[src=x], main svg[onload], main script").count()).to.equal(
        0,
      );
      expect(await page.locator("a[href^='javascript:' i], a[href^='data:' i]").count()).to.equal(
        0,
      );
    }
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("is text on a release's own page, which stays on a phone's screen", async () => {
    const viewport = { width: 375, height: 812 };
    const { page, faults, close } = await openPage(undefined, { viewport });
    for (const release of ids) {
      await visit(page, `/release/${release}`);
      expect(await page.locator("main img[src=x], main svg[onload], main script").count()).to.equal(
        0,
      );
      expect(await page.locator("a[href^='javascript:' i], a[href^='data:' i]").count()).to.equal(
        0,
      );
      const overflow = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overflow, release).to.equal(0);
    }
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("is told, where it would show other letters than it has", async () => {
    const { page, close } = await openPage(`/release/${ids[3] ?? ""}`);
    const shown = await page.locator("h1").innerText();
    expect(shown).to.not.match(/[\u202a-\u202e\u2066-\u2069\u200b]/);
    await close();
  });
});

/** Publishes a release under each name, and waits until the indexer has them. */
async function publishAll(names: readonly string[]): Promise<readonly string[]> {
  const { rpc, deployment } = await stack();
  const provider = new JsonRpcProvider(rpc, undefined, { batchMaxCount: 1 });
  try {
    const signer = await provider.getSigner(ACCOUNT);
    const { models } = connectContracts(deployment, signer);
    const publisher = signer.address.toLowerCase() as Hex;
    // A stack that runs already may know them: a version says which run it was.
    const version = String(Date.now());
    for (const [index, model] of names.entries()) {
      const release = encodeRelease({
        ...{ publisher, model, version, content: id(model) as Hex, weights: 0n },
        ...{ circuit: ZeroHash as never, inputFractionBits: 0, outputFractionBits: 0 },
        ...{ runtime: "bitExact", manifest: id(`${index}`) as Hex, licence: SCRIPT },
        ...{ royaltyBps: 0, floor: NO_FLOOR },
      });
      await (await models.publish(release, "javascript:reportViolation('uri')")).wait();
    }
    return await publishedBy(publisher, version, names.length);
  } finally {
    provider.destroy();
  }
}

async function publishedBy(
  publisher: Hex,
  version: string,
  count: number,
): Promise<readonly string[]> {
  const question = `releases(where: {publisher: "${publisher}", version: "${version}"}, orderBy: "publishedAt")`;
  const end = Date.now() + TIMEOUT_MS;
  while (Date.now() < end) {
    const rows = await indexed(question, "id model");
    if (rows.length === count)
      return NAMES.map((name) =>
        String(rows.find((row) => String(row["model"]).startsWith(name.slice(0, 100)))?.["id"]),
      );
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`The indexer does not have ${count} releases of ${publisher}`);
}
