import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import type { BrowserContext, Page } from "playwright-core";
import { indexed } from "./indexed.ts";
import { closeBrowser, openPage, settle, visit } from "./openPage.ts";
import { stack } from "./stack.ts";

/** A request is locked, proven and settled in this time. */
const ANSWER_MS = 90_000;
/** Of the network's accounts, one that the seed gives no part: its key is the chain's, which signs for it. */
const WALLET_ACCOUNT = 15;

after(closeBrowser);

describe("Try", () => {
  it("asks on the chain by a development key, pays by escrow, and verifies what comes", async () => {
    const { page, faults, close } = await openPage(`/try?release=${await latestOf("vol-eth-mlp")}`);
    await page.getByRole("button", { name: "Use a development key" }).click();
    await page.getByLabel("Value at stake, in ether").fill("0.0001");
    await page.getByRole("radio").first().waitFor();
    await choose(page, /zk:any/);
    expect(await page.getByText("DEVELOPMENT", { exact: false }).count()).to.be.above(0);
    await page.getByText(/Escrow at most/).waitFor();
    await page.getByRole("button", { name: "Ask, and pay by escrow" }).click();
    await page.waitForURL(/\/try\?request=0x[0-9a-f]{64}$/);
    expect(await verdictOf(page)).to.match(/^weak: /);
    expect(await page.locator(".live-steps li").count()).to.be.above(2);
    expect(faults).to.deep.equal([]);

    const id = new URL(page.url()).searchParams.get("request") ?? "";
    await visit(page, `/request/${id}`);
    expect(await page.locator("main").innerText()).to.match(/InferenceRequested|Asked/);

    // Its address leads back, also to who has no account.
    const again = await openPage(`/try?request=${id}`);
    expect(await verdictOf(again.page)).to.match(/^weak: /);
    expect(again.faults).to.deep.equal([]);
    await again.close();
    await close();
  });

  it("connects a wallet of the browser, which is asked to pay", async () => {
    const { page, context, faults, close } = await openPage();
    const asked = await addWallet(context);
    await visit(page, `/try?release=${await latestOf("credit-german")}`);
    await page.getByRole("button", { name: "Connect Test wallet" }).click();
    await page.getByLabel("Value at stake, in ether").fill("0.0001");
    await page.getByRole("radio").first().waitFor();
    await choose(page, /^signature/);
    await page.getByText(/Escrow at most/).waitFor();
    await page.getByRole("button", { name: "Ask, and pay by escrow" }).click();
    await page.waitForURL(/\/try\?request=/);
    expect(await verdictOf(page)).to.match(/^valid: /);
    expect(asked).to.include.members(["eth_requestAccounts", "eth_sendTransaction"]);
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("pays a gateway by x402, and verifies the receipt", async () => {
    const { page, faults, close } = await openPage(`/try?release=${await latestOf("vol-eth-mlp")}`);
    await page.getByRole("button", { name: "Use a development key" }).click();
    await page.getByLabel("Pay by").selectOption("x402");
    await choose(page, /^zk/);
    await page.getByRole("button", { name: "Ask, and pay by x402" }).click();
    expect(await verdictOf(page)).to.match(/^weak: /);
    await page.getByRole("link", { name: /Verify it anew/ }).click();
    await settle(page);
    expect(await verdictOf(page)).to.match(/^weak: /);
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("asks a language model, and shows its words before and after they are verified", async () => {
    const [text] = await indexed('releases(where: {model: "char-gpt"}, limit: 1)', "id");
    const { page, faults, close } = await openPage(`/try?release=${String(text?.["id"])}`);
    await page.getByRole("button", { name: "Use a development key" }).click();
    await page.getByLabel("Prompt").fill("First Citizen:");
    await page.getByRole("button", { name: "Ask, and pay by x402" }).click();
    expect(await verdictOf(page)).to.match(/^(?:valid|weak): /);
    expect(faults).to.deep.equal([]);
    await close();
  });

  it("takes a drawing for a model of pictures, by pointer and by keyboard", async () => {
    const { page, faults, close } = await openPage(`/try?release=${await latestOf("mnist-mlp")}`);
    const pad = page.getByRole("application", { name: /Picture of/ });
    await page.getByText("Nothing is drawn yet", { exact: false }).waitFor();
    await pad.focus();
    for (const key of ["Space", "Shift+ArrowDown", "Shift+ArrowDown"])
      await page.keyboard.press(key);
    await page.getByText("Nothing is drawn yet", { exact: false }).waitFor({ state: "detached" });
    const box = await pad.boundingBox();
    if (box === null) throw new Error("The pad is not shown");
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 1.5, { steps: 8 });
    await page.mouse.up();
    await page.getByRole("radio").first().waitFor();
    expect(faults).to.deep.equal([]);
    await close();
  });
});

/** Returns the newest release of a model. */
async function latestOf(name: string): Promise<string> {
  const [model] = await indexed(`models(where: {name: "${name}"}, limit: 1)`, "latest");
  if (model === undefined) throw new Error(`The seed has no model ${name}`);
  return String(model["latest"]);
}

/** Chooses the first policy whose text matches. */
async function choose(page: Page, policy: RegExp): Promise<void> {
  const option = page
    .locator("label.policy")
    .filter({ has: page.locator("code", { hasText: policy }) });
  await option.first().getByRole("radio").check();
}

/** Waits for the verdict of the answer, and returns its status with its words. */
async function verdictOf(page: Page): Promise<string> {
  const shown = page.locator("[data-verdict]");
  await shown.waitFor({ timeout: ANSWER_MS });
  return `${(await shown.getAttribute("data-verdict")) ?? ""}: ${await shown.innerText()}`;
}

/** Gives the browser a wallet, which hands all to the chain; returns the methods that it was asked. */
async function addWallet(context: BrowserContext): Promise<readonly string[]> {
  const { rpc } = await stack();
  const asked: string[] = [];
  const provider = new JsonRpcProvider(rpc, undefined, { batchMaxCount: 1 });
  const { address } = await provider.getSigner(WALLET_ACCOUNT);
  await context.exposeFunction("askWallet", async (method: string, params: unknown[]) => {
    asked.push(method);
    // Nobody's accounts are told before their owner was asked.
    if (method === "eth_requestAccounts") return [address];
    if (method === "eth_accounts") return asked.includes("eth_requestAccounts") ? [address] : [];
    return (await provider.send(method, params)) as unknown;
  });
  context.on("close", () => {
    provider.destroy();
  });
  await context.addInitScript(`
    const provider = { request: ({ method, params = [] }) => askWallet(method, params), on() {}, removeListener() {} };
    const info = { uuid: "test", name: "Test wallet", icon: "data:,", rdns: "example.test" };
    const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
    addEventListener("eip6963:requestProvider", announce);
    announce();`);
  return asked;
}
