import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  bytesToHex,
  inputCommitment,
  inputSalt,
  packWords,
  quantizeTensor,
  unpackWords,
  wordToHex,
} from "@vouch/protocol";
import { interpret } from "@vouch/compiler";
import { terminate } from "@vouch/prover";
import { expect } from "chai";
import { AbiCoder, Wallet, ZeroHash, concat, id } from "ethers";
import {
  CREATE2_DEPLOYER,
  VOLATILITY_FEE_FLAGS,
  hookSaltOf,
} from "../../scripts/examples/hookSalt.ts";
import { vocabularyOf } from "../../scripts/examples/vocabularyOf.ts";
import { deliverOpening } from "../../offchain/hardhat/tasks/deliverOpening.ts";
import { BOARD_TERMS, DEPOSIT, MESSAGE, TERMS } from "../helpers/boardScenario.ts";
import { CREATE2_CODE } from "../helpers/create2.ts";
import type { ExampleScenario } from "../helpers/exampleScenario.ts";
import { openExample } from "../helpers/exampleScenario.ts";
import { NO_CONFIDENCE, paramsOf } from "../helpers/feedScenario.ts";
import { ETHER, FEE, TRUST, all, sign, signature, zk } from "../helpers/vouchScenario.ts";

const GWEI = 10n ** 9n;
const HOUR = 3_600n;
const ZK_AND_SIGNATURE = 17n;
const SMS_SAMPLES = join(import.meta.dirname, "../../models/sms-spam-mlp/samples.json");

function sampleOf(
  { samples }: ExampleScenario,
  row: number,
): { x: readonly number[]; label: number } {
  const { x, label } = samples.rows[row] ?? {};
  if (x === undefined || label === undefined) throw new RangeError(`no sample ${String(row)}`);
  return { x, label };
}

/** Of the chain, some seconds ahead of its latest block. */
async function timeOf({ chain }: ExampleScenario): Promise<bigint> {
  const block = await chain.connection.ethers.provider.getBlock("latest");
  return BigInt(block?.timestamp ?? 0) + 5n;
}

function describeExamples(): void {
  let scenario: ExampleScenario | undefined;

  afterEach(() => {
    scenario?.close();
    scenario = undefined;
  });
  after(terminate);

  it("takes a pool's fee from a proven forecast of vol-eth-mlp", async () => {
    scenario = await openExample("vol-eth-mlp", "public");
    const { chain, cast, open, answered } = scenario;
    const { ethers, networkHelpers } = chain.connection;
    const { requests } = chain.contracts;
    const scheduler = await ethers.deployContract("Scheduler", [requests]);
    const adapter = await ethers.deployContract("FixedInput");
    const { input } = open.prepared.compiled;
    const words = packWords(quantizeTensor(sampleOf(scenario, 0).x, input), input);
    const start = await timeOf(scenario);
    const schedule = {
      ...{ release: open.id, policy: all(zk(), signature), adapter: await adapter.getAddress() },
      config: AbiCoder.defaultAbiCoder().encode(["uint256[]"], [words]),
      ...{ start, interval: HOUR, minFee: FEE, maxFee: FEE, stake: ETHER / 10n },
      ...{ bond: ETHER / 100n, cover: 0n, maxGasPrice: 10n * GWEI, verificationGas: 600_000n },
      ...{ callbackGas: 250_000n, provisionalGas: 0n, lockPeriod: 600n, answerPeriod: 1_200n },
      ...{ minReward: 0n, maxReward: 0n, rewardRamp: 0n },
    };
    const terms = {
      ...{ schedule, description: "ETH volatility", answerIndex: 0n },
      ...{ confidenceIndex: NO_CONFIDENCE, decimals: 8n, capacity: 24n, maxAge: 2n * HOUR },
    };
    const address = await scheduler.create.staticCall(terms);
    await scheduler.create(terms, { value: ETHER });
    const feed = await ethers.getContractAt("ModelFeed", address);

    const factory = await ethers.getContractFactory("VolatilityFee");
    const pools = await ethers.deployContract("PoolManagerMock");
    const one = 10n ** 8n;
    const curve = [
      { answer: -one, fee: 500n },
      { answer: one, fee: 10_000n },
    ];
    const rules = {
      ...{ floor: all(zk(), signature), curve, fallbackFee: 10_000n },
      ...{ maxInputAge: 2n * HOUR, heartbeat: 2n * HOUR },
    };
    const { data } = await factory.getDeployTransaction(pools, scheduler, feed, open.id, rules);
    const { salt, address: hookAddress } = hookSaltOf(data, VOLATILITY_FEE_FLAGS);
    await ethers.provider.send("hardhat_setCode", [CREATE2_DEPLOYER, CREATE2_CODE]);
    await cast.publisher.sendTransaction({ to: CREATE2_DEPLOYER, data: concat([salt, data]) });
    const hook = await ethers.getContractAt("VolatilityFee", hookAddress);
    expect((await hook.feeNow()).fee).to.equal(10_000n);

    await networkHelpers.time.increaseTo(start);
    await feed.run(cast.publisher);
    await answered(await feed.latestRequest());

    const { answer } = await feed.latestRoundData();
    expect(Number(answer)).to.be.closeTo(0.3806014e8, 0.05e8);
    await hook.refresh();
    const [fee, source, round] = await hook.feeNow();
    expect([source, round]).to.deep.equal([1n, 1n]);
    expect(fee).to.equal(500n + ((answer + one) * 9_500n) / (2n * one));
  });

  it("registers a case of triage-wdbc-mlp that only clinic, patient and operator have seen", async () => {
    scenario = await openExample("triage-wdbc-mlp", "committed");
    const { chain, open, samples, answered } = scenario;
    const { ethers } = chain.connection;
    const registry = await ethers.deployContract("TriageRegistry", [
      ...[chain.contracts.requests, open.id, TRUST.any, ZeroHash, 0n, 30n * 24n * HOUR],
    ]);
    for (const row of [0, samples.rows.findIndex(({ label }) => label === 1)]) {
      const { x, label } = sampleOf(scenario, row);
      const elements = quantizeTensor(x, open.prepared.compiled.input);
      const secret = bytesToHex(randomBytes(32));
      const input = inputCommitment(inputSalt(secret), elements, open.prepared.compiled.input);
      await deliverOpening(chain, wordToHex(input), { secret, input: elements });
      const now = await timeOf(scenario);
      const patient = new Wallet(id(`patient ${String(row)}`));
      const consent = { subject: patient.address, input, validTo: now + HOUR };
      const typed = {
        ...{ name: "TriageRegistry", version: "1", chainId: chain.domain.chainId },
        verifyingContract: await registry.getAddress(),
      };
      const fields = [
        { name: "subject", type: "address" },
        { name: "release", type: "bytes32" },
        { name: "input", type: "uint256" },
        { name: "validTo", type: "uint40" },
      ];
      const message = { ...consent, release: open.id };
      const agreed = await patient.signTypedData(typed, { Consent: fields }, message);
      const offer = {
        ...{ fee: FEE, stake: ETHER / 10n, maxGasPrice: 10n * GWEI, verificationGas: 600_000n },
        ...{ lockDeadline: now + 600n, deadline: now + 1_200n },
      };
      const gas = 600_000n + (await registry.CALLBACK_GAS());
      await registry.ask(consent, agreed, offer, { value: FEE + gas * 10n * GWEI });
      const { request } = await registry.caseOf(patient.address);
      await answered(request);
      expect((await registry.scoreOf(patient.address)).priority).to.equal(BigInt(label));
      const { kinds } = await chain.contracts.requests.assuranceOf(request);
      expect(kinds).to.equal(ZK_AND_SIGNATURE);
    }
  });

  it("shows the ham and burns the spam of sms-spam-mlp when their windows have passed", async () => {
    scenario = await openExample("sms-spam-mlp", "public");
    const { chain, cast, open } = scenario;
    const { ethers, networkHelpers } = chain.connection;
    const requests = chain.contracts.requests.connect(cast.operator);
    const { compiled } = open.prepared;
    const terms = { ...BOARD_TERMS, stake: ETHER / 10n, bond: ETHER / 100n };
    const board = await ethers.deployContract("MessageBoard", [
      ...[requests, open.id, vocabularyOf(TERMS), terms],
    ]);
    const { samples } = JSON.parse(readFileSync(SMS_SAMPLES, "utf8")) as {
      readonly samples: readonly { readonly text: string; readonly prediction: number }[];
    };
    for (const { text, prediction } of samples.slice(0, 2)) {
      await board.post(text, { value: DEPOSIT + FEE });
      const id = await board.messageCount();
      const { request } = await board.messageOf(id);
      const [asked] = await requests.queryFilter(requests.filters.InferenceRequested(request));
      const params = paramsOf(asked!.args.params); // posting asked
      const input = unpackWords(params.input, compiled.input);
      const output = packWords(interpret(compiled.graph, input), compiled.output);
      await requests.lock(request, params);
      const claim = {
        ...{ release: open.id, request, operator: cast.operator.address },
        ...{ input: params.input, output },
      };
      const evidence = [await sign(cast.operator, chain.domain, claim)];
      await requests.fulfil(request, params, output, evidence);
      const { status } = await board.messageOf(id);
      expect(status).to.equal(prediction === 1 ? MESSAGE.likelySpam : MESSAGE.likelyHam);
      await networkHelpers.time.increaseTo((await requests.windowEndOf(request)) + 1n);
      await requests.finalize(request, params, output);
      const judged = await board.messageOf(id);
      expect(judged.status).to.equal(prediction === 1 ? MESSAGE.spam : MESSAGE.visible);
    }
    expect(await board.forfeited()).to.equal(DEPOSIT);
  });
}

if (process.env["VOUCH_DEEP"] === "1") {
  describe("example contracts, with their models", function () {
    this.timeout(600_000);
    describeExamples();
  });
} else {
  process.stderr.write("\n  NOT TRIED: examples with their models and proofs (VOUCH_DEEP=1).\n");
}
