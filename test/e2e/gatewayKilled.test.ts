import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PaymentState } from "@vouch/gateway";
import { storedPayments } from "@vouch/gateway";
import type { StoreOptions } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import { expect } from "chai";
import { deepOnly } from "../helpers/deepOnly.ts";
import type { GatewayProcessOptions } from "../helpers/gatewayProcess.ts";
import type { PaidChain } from "../helpers/paidChain.ts";
import { paidChain } from "../helpers/paidChain.ts";
import { requirementsOf, signPayment } from "../helpers/signPayment.ts";
import { SILENT, fillFolder, overPostgres } from "../helpers/stores.ts";

const SCRIPT = fileURLToPath(new URL("../helpers/gatewayProcess.ts", import.meta.url));
const PRICE = 10n;
const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);

type Answer = { readonly id: string; readonly receipt: unknown };
type Running = { readonly child: ChildProcess; readonly url: string; readonly said: () => string };

deepOnly("a gateway that is killed at each step (the soak kills one, too)", () => {
  describe("a gateway that is killed, its payments on PGlite", () => {
    survivesKills(async () => {
      const folder = mkdtempSync(join(tmpdir(), "vouch-gateway-store-"));
      await fillFolder(folder);
      return { folder };
    });
  });
});

deepOnly("a gateway that is killed, its payments on PostgreSQL", () => {
  overPostgres("a gateway that is killed, its payments", (server) => {
    survivesKills(() => Promise.resolve({ url: server().url }));
  });
});

/** @param place where the payments of one test are; what others left there is closed */
function survivesKills(place: () => Promise<Pick<StoreOptions, "url" | "folder">>): void {
  let chain: PaidChain;
  let folder: string;
  let store: Pick<StoreOptions, "url" | "folder">;
  const children = new Set<ChildProcess>();

  before(async function () {
    this.timeout(60_000);
    chain = await paidChain();
  });
  beforeEach(async function () {
    this.timeout(60_000);
    folder = mkdtempSync(join(tmpdir(), "vouch-gateway-"));
    store = await place();
  });
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
    children.clear();
  });
  after(() => chain.close());

  const start = async (hangsAt: GatewayProcessOptions["hangsAt"]): Promise<Running> => {
    const { rpcUrl, asset, payTo, facilitatorKey } = chain;
    const options = { rpcUrl, asset, payTo, facilitatorKey, store, folder, hangsAt };
    const env = { ...process.env, VOUCH_TEST_GATEWAY: JSON.stringify(options) };
    const child = spawn(process.execPath, [SCRIPT], { env, stdio: ["ignore", "pipe", "inherit"] });
    children.add(child);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const said = () => output;
    await until(() => said().includes("listening "), child);
    return { child, url: /listening (\S+)/.exec(said())![1]!, said };
  };
  const until = async (holds: () => boolean | Promise<boolean>, child?: ChildProcess) => {
    while (!(await holds())) {
      if (child?.exitCode != null) throw new Error(`the gateway ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 10)); // until the condition holds
    }
  };
  const kill = async ({ child }: Running): Promise<void> => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const ask = (payment?: string): RequestInit => ({
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(payment === undefined ? {} : { "payment-signature": payment }),
    },
    body: JSON.stringify({ tensor: TENSOR }),
  });
  const send = ({ url }: Running, payment: string) => fetch(`${url}/v1/infer/credit`, ask(payment));
  const sign = async ({ url }: Running) =>
    signPayment(await requirementsOf(`${url}/v1/infer/credit`, ask()), chain.payerKey);
  /** States of what a gateway left, which runs no more: PGlite is one process's. */
  const leftOpen = async (): Promise<PaymentState[]> => {
    const opened = await openStore(store, { log: SILENT });
    const records = await storedPayments(opened.sql).open();
    await opened.close();
    return records.map(({ state }) => state);
  };
  const isCaptured = async ({ url }: Running, id: string): Promise<boolean> => {
    const found = (await (await fetch(`${url}/v1/receipts/${id}`)).json()) as {
      payment: { state: PaymentState };
    };
    return found.payment.state === "captured";
  };
  const paid = () => chain.token.balanceOf(chain.payTo);
  const answersBegun = ({ said }: Running) => said().split("answering").length - 1;

  it("between the payment's binding and the answer, serves it once to who asks again", async function () {
    this.timeout(60_000);
    const before = await paid();
    const first = await start("answering");
    const payment = await sign(first);
    const lost = send(first, payment).then(
      () => "answered",
      () => "lost",
    );
    await until(() => first.said().includes("answering"), first.child);
    await kill(first);
    expect(await lost).to.equal("lost");
    expect(await leftOpen()).to.deep.equal(["verified"]);

    const second = await start("nothing");
    const answers = [await send(second, payment), await send(second, payment)];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    const [a, b] = (await Promise.all(answers.map((it) => it.json()))) as Answer[];
    expect(a?.receipt).to.deep.equal(b?.receipt);
    expect(answersBegun(second)).to.equal(1);
    await until(() => isCaptured(second, a!.id), second.child);
    await kill(second);
    expect(await leftOpen()).to.be.empty;
    expect(await paid()).to.equal(before + PRICE);
  });

  it("between the answer and its settlement, takes the payment when it is back", async function () {
    this.timeout(60_000);
    const before = await paid();
    const first = await start("settling");
    const payment = await sign(first);
    const answer = (await (await send(first, payment)).json()) as Answer;
    await kill(first);
    expect(await leftOpen()).to.deep.equal(["served"]);
    expect(await paid()).to.equal(before);

    const second = await start("nothing");
    await until(() => isCaptured(second, answer.id), second.child);
    expect(await paid()).to.equal(before + PRICE);
    const again = (await (await send(second, payment)).json()) as Answer;
    expect(again.receipt).to.deep.equal(answer.receipt);
    expect(answersBegun(second)).to.equal(0);
    expect(await paid()).to.equal(before + PRICE);
  });
}
