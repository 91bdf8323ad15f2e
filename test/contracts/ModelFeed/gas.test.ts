import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { A_MOMENT } from "../../helpers/gasScenario.ts";
import {
  INTERVAL,
  NO_CONFIDENCE,
  feedsOn,
  optimistic,
  wordsOf,
} from "../../helpers/feedScenario.ts";
import type { Asked } from "../../helpers/feedScenario.ts";
import { all, signature, zk } from "../../helpers/vouchScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../../snapshots/feedGas.json");

describe("gas of ModelFeed", () => {
  it("equals test/snapshots/feedGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    // A chain of its own: addresses are calldata too, and depend on what was deployed before.
    const chain = await network.create();
    const { ethers, networkHelpers } = chain;
    // Zero bytes of a time cost less: at another second it would be another figure.
    await networkHelpers.time.increaseTo(A_MOMENT);
    const { create, run, answer, start, requests, keeper } = await feedsOn(chain);
    const measured: Record<string, number> = {};
    const measure = async (name: string, sent: { hash: string } | null): Promise<void> => {
      const receipt = await ethers.provider.getTransactionReceipt(sent!.hash);
      measured[name] = Number(receipt!.gasUsed);
    };
    const latest = async (name: string): Promise<void> => {
      const block = await ethers.provider.getBlock("latest");
      await measure(name, { hash: block!.transactions[0]! });
    };
    /** What the callback needs of the gas that is bought for it, refunds not deducted. */
    const callbackOf = async (
      name: string,
      feed: Awaited<ReturnType<typeof create>>,
      { request, params }: Asked,
      finality: bigint,
    ): Promise<void> => {
      const requester = await requests.getAddress();
      const impersonated = await ethers.getImpersonatedSigner(requester);
      await networkHelpers.setBalance(requester, 10n ** 20n);
      const delivery = { request, release: params.release, epoch: 1n, finality };
      const assurance = {
        ...{ kinds: 1n | (1n << 4n), flags: 0n, quorumK: 0n, quorumN: 0n, minTcb: 0n },
        ...{ tolerance: 0n, window: 0n, stakeAtRisk: params.stake },
      };
      const call = await feed.onInference.populateTransaction(
        ...([delivery, wordsOf([256n, 128n]), assurance] as const),
      );
      const needed = await impersonated.estimateGas(call);
      await impersonated.sendTransaction(call);
      const bytes = ethers.getBytes(call.data);
      const zeros = bytes.filter((it) => it === 0).length;
      // Less what a transaction pays before it runs.
      measured[name] = Number(needed) - 21_000 - 4 * zeros - 16 * (bytes.length - zeros);
    };

    const feed = await create();
    await latest("create");
    const first = await run(feed, start);
    await latest("run, the first");
    await callbackOf("callback, a new place in the ring", feed, first, 2n);
    for (let slot = 1n; slot <= 4n; ++slot) {
      const asked = await run(feed, start + slot * INTERVAL);
      if (slot < 4n) await answer(asked, [slot, slot]);
      else {
        await latest("run");
        await callbackOf("callback, a used place", feed, asked, 2n);
      }
    }
    await feed.connect(keeper).withdrawRewards(keeper);
    await latest("withdrawRewards");
    await feed.collect();
    await latest("collect");

    const plain = await create({ confidenceIndex: NO_CONFIDENCE });
    const asked = await run(plain, start + 5n * INTERVAL);
    await callbackOf("callback, a new place without confidence", plain, asked, 2n);

    const strict = await create({ schedule: { policy: all(zk(), signature) } });
    const proven = await run(strict, start + 6n * INTERVAL);
    await callbackOf("callback, a new place, a policy of two clauses", strict, proven, 2n);

    const open = await create({
      schedule: { policy: all(signature, optimistic), provisionalGas: 250_000n },
    });
    const proposed = await run(open, start + 7n * INTERVAL);
    await callbackOf("callback, provisional", open, proposed, 1n);

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
    const MIN_CALLBACK_GAS = Number(await feed.MIN_CALLBACK_GAS());
    for (const [name, gas] of Object.entries(measured)) {
      if (name.startsWith("callback")) expect(gas, name).to.be.below(MIN_CALLBACK_GAS);
    }
  });
});
