import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { storedPayments } from "@vouch/gateway";
import { expect } from "chai";
import { Wallet, id } from "ethers";
import type { GatewayProcessOptions } from "../../helpers/gatewayProcess.ts";
import type { PaidChain } from "../../helpers/paidChain.ts";
import { paidChain } from "../../helpers/paidChain.ts";
import type { Row } from "../../helpers/reconcile.ts";
import { differences, tableOf } from "../../helpers/reconcile.ts";
import { requirementsOf, signPayment } from "../../helpers/signPayment.ts";
import { overPostgres, withStore } from "../../helpers/stores.ts";
import { until } from "../../helpers/until.ts";

const SCRIPT = fileURLToPath(new URL("../../helpers/gatewayProcess.ts", import.meta.url));
const PRICE = 10n;
const PAYMENTS = 8;
const SHORT_OF = 3n;
const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);

type Answer = {
  readonly status: number;
  readonly body: {
    readonly id?: string;
    readonly receipt?: unknown;
    readonly error?: { readonly code: string };
  };
};

overPostgres("payments replayed at two gateways that share a database", (server) => {
  let chain: PaidChain;
  let urls: readonly string[];
  const children = new Set<ChildProcess>();

  before(async function () {
    this.timeout(120_000);
    chain = await paidChain();
    urls = await Promise.all([start(), start()]);
  });
  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    await chain.close();
  });

  async function start(): Promise<string> {
    const { rpcUrl, asset, payTo, facilitatorKey } = chain;
    const options: GatewayProcessOptions = {
      ...{ rpcUrl, asset, payTo, facilitatorKey, store: { url: server().url } },
      ...{ folder: mkdtempSync(join(tmpdir(), "vouch-gateway-")), hangsAt: "nothing" },
    };
    const env = { ...process.env, VOUCH_TEST_GATEWAY: JSON.stringify(options) };
    const child = spawn(process.execPath, [SCRIPT], { env, stdio: ["ignore", "pipe", "inherit"] });
    children.add(child);
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    await until("the gateway listens", () => said.includes("listening "), 60_000);
    return /listening (\S+)/.exec(said)![1]!; // it says so
  }

  const ask = (payment?: string): RequestInit => ({
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(payment === undefined ? {} : { "payment-signature": payment }),
    },
    body: JSON.stringify({ tensor: TENSOR }),
  });
  const at = (gateway: number): string => `${urls[gateway % urls.length]!}/v1/infer/credit`;
  const send = async (payment: string, gateway: number): Promise<Answer> => {
    const response = await fetch(at(gateway), ask(payment));
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  };
  const paid = (): Promise<bigint> => chain.token.balanceOf(chain.payTo);
  const open = (): Promise<number> =>
    withStore({ url: server().url }, async ({ sql }) => (await storedPayments(sql).open()).length);
  const row = (what: string, expected: bigint, found: bigint): Row => ({
    ...{ what, expected, found, difference: found - expected },
  });

  it("are taken once each, whichever is asked, however often, at once", async function () {
    this.timeout(120_000);
    const before = await paid();
    const required = await requirementsOf(at(0), ask());
    const signed = await Promise.all(
      Array.from({ length: PAYMENTS }, () => signPayment(required, chain.payerKey)),
    );
    const answers = await Promise.all(
      signed.map((payment) => Promise.all([0, 1, 0, 1].map((gateway) => send(payment, gateway)))),
    );
    for (const same of answers) {
      expect(same.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
      for (const { body } of same) expect(body.receipt).to.deep.equal(same[0]!.body.receipt);
    }
    await until("all are settled", async () => (await open()) === 0, 60_000);
    const ids = new Set(answers.flat().map(({ body }) => body.id));
    const rows = [
      row("requests answered", BigInt(PAYMENTS), BigInt(ids.size)),
      row("paid to the gateways", BigInt(PAYMENTS) * PRICE, (await paid()) - before),
    ];
    process.stderr.write(tableOf("payments replayed at two gateways", rows));
    expect(differences(rows)).to.be.empty;
  });

  it("of one balance that covers fewer are served as far as it goes, and not once more", async function () {
    this.timeout(120_000);
    const payer = new Wallet(id("vouch.test.two-gateways"));
    await (await chain.token.mint(payer.address, SHORT_OF * PRICE)).wait();
    const before = await paid();
    const required = await requirementsOf(at(0), ask());
    const signed = await Promise.all(
      Array.from({ length: PAYMENTS }, () =>
        signPayment(required, payer.privateKey as `0x${string}`),
      ),
    );
    const answers = await Promise.all(signed.map((payment, i) => send(payment, i)));
    const served = answers.filter(({ status }) => status === 200);
    // What one of them binds the other counts; none of it is ever lost.
    expect(served).to.have.length(Number(SHORT_OF));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ body }) => body.error?.code))).to.deep.equal(
      new Set(["PAYMENT_UNDERFUNDED"]),
    );
    await until("nothing is owed any more", async () => (await open()) === 0, 60_000);
    const rows = [
      row("paid, of what the balance covers", SHORT_OF * PRICE, (await paid()) - before),
      row("left to the payer", 0n, await chain.token.balanceOf(payer.address)),
    ];
    process.stderr.write(tableOf("payments of one short balance at two gateways", rows));
    expect(differences(rows)).to.be.empty;
  });
});
