import { expect } from "chai";
import { closeBrowser, openPage } from "./openPage.ts";
import type { ReceiptFile } from "./receipts.ts";
import { otherHex, receiptFiles } from "./receipts.ts";
import { verdictOf } from "./verdictOf.ts";

const INJECTION = `<img src=x onerror="reportViolation('a receipt ran script')"><script>reportViolation('script')</script>`;

after(closeBrowser);

describe("Verify", () => {
  it("finds every receipt of the seed valid, or says why it is weak", async () => {
    const { page, faults, close } = await openPage();
    for (const { name, json } of await receiptFiles()) {
      const { status, words } = await verdictOf(page, json);
      expect(status, `${name}: ${words}`).to.be.oneOf(["valid", "weak"]);
    }
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("names the check that fails of each forgery", async () => {
    const { page, faults, close } = await openPage();
    for (const { name, json } of await receiptFiles())
      for (const [forgery, forged] of forgeriesOf(json)) {
        const { status, words } = await verdictOf(page, forged);
        expect(status, `${name}, ${forgery}: ${words}`).to.equal("invalid");
        expect(words, `${name}, ${forgery}`).to.match(/Invalid: \S/);
      }
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("verifies an enclave's quote itself, up to the root, from what the chain's history holds", async () => {
    const { page, faults, close } = await openPage();
    const receipt = (await receiptFiles()).find(({ name }) => name.startsWith("tee"));
    await verdictOf(page, receipt?.json);
    await page.getByRole("radio", { name: /by this page’s endpoint/ }).check();
    await page
      .getByText("Verified in this browser up to a root whose private key is published")
      .waitFor();
    expect(await page.locator("[data-verdict]").getAttribute("data-verdict")).to.equal("weak");
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("takes anything, and runs nothing of it", async () => {
    const { page, faults, close } = await openPage();
    const [{ json } = { json: undefined }] = await receiptFiles();
    const hostile = { ...json, release: { ...json?.release, model: INJECTION } };
    const received = [INJECTION, "null", "[]", "{}", "[".repeat(50_000), hostile];
    for (const receipt of received) {
      const { status } = await verdictOf(page, receipt);
      expect(status).to.equal("invalid");
      expect(await page.locator("main img[src=x], main script").count()).to.equal(0);
    }
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("asks nobody about a receipt while it is offline", async () => {
    const { page, context, close } = await openPage();
    const [receipt] = await receiptFiles();
    await page.goto("/verify");
    await page.waitForLoadState("networkidle");
    const asked: string[] = [];
    context.on("request", (request) => {
      if (request.method() !== "GET") asked.push(request.url());
    });
    const { status } = await verdictOf(page, receipt?.json);
    expect(status).to.be.oneOf(["valid", "weak"]);
    // The footer asks how far the indexer is, with no word of the receipt.
    expect(asked.filter((url) => !url.endsWith("/status") && !url.endsWith("/"))).to.deep.equal([]);
    await close();
  });
});

function forgeriesOf(json: ReceiptFile["json"]): readonly (readonly [string, unknown])[] {
  const { output, statement, evidence } = json;
  const [first = "0x0", ...rest] = output;
  const bent = evidence.map((piece) => ({
    ...piece,
    ...(typeof piece["signature"] === "string"
      ? { signature: otherHex(piece["signature"].slice(0, -2)) + piece["signature"].slice(-2) }
      : {}),
    ...(Array.isArray(piece["proof"])
      ? {
          proof: piece["proof"].map((word: string, index) => (index === 0 ? otherHex(word) : word)),
        }
      : {}),
  }));
  const isBent = JSON.stringify(bent) !== JSON.stringify(evidence);
  return [
    ["another answer", { ...json, output: [otherHex(first), ...rest] }],
    [
      "another release",
      { ...json, statement: { ...statement, release: otherHex(statement.release) } },
    ],
    ...(isBent ? [["other evidence", { ...json, evidence: bent }] as const] : []),
  ];
}
