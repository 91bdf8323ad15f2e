import type { MinedReceipt } from "@vouch/chain";
import { expect } from "chai";
import type { Faults } from "../../helpers/faultyRpc.ts";
import type { RunningSender, SenderScenario } from "../../helpers/senderScenario.ts";
import { intents, senderScenario } from "../../helpers/senderScenario.ts";
import { until } from "../../helpers/until.ts";

const DEEP_SECONDS = 180;
const SEEDS = process.env["VOUCH_DEEP"] === "1" ? undefined : [1, 2, 3];

/** Faults, blocks, reorganisations and crashes in an order drawn by seed; then every intent is in the chain once. */
describe("Sender through a schedule of faults", function () {
  this.timeout((DEEP_SECONDS + 120) * 1_000);

  if (SEEDS === undefined) {
    it(`has each intent mined once, for ${DEEP_SECONDS} s of schedules`, async () => {
      const end = performance.now() + DEEP_SECONDS * 1_000;
      for (let seed = 100; performance.now() < end; seed++) await runSchedule(seed, 120);
    });
  } else {
    for (const seed of SEEDS) {
      it(`has each intent mined once, by seed ${seed}`, () => runSchedule(seed, 40));
    }
  }
});

async function runSchedule(seed: number, steps: number): Promise<void> {
  const random = generator(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const scenario = await senderScenario({ automine: false });
  const { chain, rpc } = scenario;
  const wanted = intents(steps, `s${seed}`);
  const outcomes = new Map<string, MinedReceipt>();
  let running = await start(scenario);
  let sent = 0;
  let marked = 0;
  await chain.mark();

  const send = (key: string): void => {
    const intent = wanted.find((it) => it.key === key)!;
    running.sender.send(intent).then(
      (mined) => outcomes.set(key, mined),
      () => undefined, // its process was stopped; the next one sends it again
    );
  };
  for (let step = 0; step < steps; step++) {
    const roll = random();
    if (roll < 0.5) send(wanted[sent++]!.key);
    else if (roll < 0.7) await chain.mine(1 + Math.floor(random() * 3));
    else if (roll < 0.9) Object.assign(rpc.faults, SOUND, pick(FAULTS));
    else if (roll < 0.95) {
      const head = await chain.head();
      // Hardhat forgets a mark once it went back to it.
      if (head > marked && head - marked <= 5) await chain.reorganise();
      await chain.mark();
      marked = await chain.head();
    } else {
      await running.stop();
      Object.assign(rpc.faults, SOUND);
      running = await start(scenario);
      for (const { key } of wanted.slice(0, sent)) send(key);
    }
    const seen = rpc.calls.length;
    await until("it has looked", () => rpc.calls.length > seen + 2 || rpc.faults.drops);
  }
  Object.assign(rpc.faults, SOUND);
  const asked = wanted.slice(0, sent);
  await until(
    `seed ${seed}: all are mined`,
    async () => {
      await chain.mine();
      return asked.every(({ key }) => outcomes.has(key));
    },
    60_000,
  );
  await scenario.expectOnce(asked);
  const expected = await chain.transactions();
  for (const { key } of asked) {
    const { hash } = outcomes.get(key)!;
    expect(
      expected.some((it) => it.hash === hash),
      key,
    ).to.be.true;
  }
  await scenario.close();
}

const SOUND: Partial<Faults> = {
  lag: 0,
  nonceOffset: 0,
  garbage: false,
  drops: false,
  status: undefined,
  swallows: false,
  takesSilently: false,
};
const FAULTS: readonly Partial<Faults>[] = [
  {},
  { lag: 1 },
  { lag: 3 },
  { nonceOffset: -4 },
  { nonceOffset: 3 },
  { garbage: true },
  { drops: true },
  { status: 503 },
  { status: 429, retryAfter: "0.05" },
  { swallows: true },
  { takesSilently: true },
];

/** Confirmations beyond the depth of any reorganisation in the schedule, so that what is reported stays. */
function start(scenario: SenderScenario): Promise<RunningSender> {
  return scenario.run({ confirmations: 8, finalityBlocks: 12 });
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
