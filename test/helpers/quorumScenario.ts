import { ZeroAddress, ZeroHash, encodeRlp, id, keccak256, toBeHex } from "ethers";
import type { ContractTransactionResponse } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type {
  EvidenceRouter,
  InferenceRequests,
  OperatorPools,
  Quorum,
} from "../../offchain/protocol/typechain/index.ts";
import { connection } from "./deployVouch.ts";
import {
  CIRCUIT,
  ETHER,
  INPUT,
  all,
  deployScenario,
  hashOfWords,
  release,
} from "./vouchScenario.ts";
import type { Circuit, Params, Requirement, Scenario } from "./vouchScenario.ts";

export const QUORUM = 1n;
export const MINUTE = 60n;
export const STATUS = { none: 0n, open: 1n, drawn: 2n, concluded: 3n, failed: 4n } as const;
export const FEE: bigint = 10n ** 15n;
export const STAKE: bigint = ETHER / 10n;
const MEMBERS = 12;

/** The demand that `k` of `n` operators agree within a tolerance in units of the output's last place. */
export const quorumOf = (k: bigint, n: bigint, tolerance = 0n): Requirement => ({
  kind: QUORUM,
  params: k | (n << 8n) | (tolerance << 16n),
  pin: ZeroHash,
});

/** One word of a signed 32-bit output. */
export const output = (value: bigint): bigint[] => [value + (1n << 31n)];

export type Order = {
  release: string;
  request: string;
  inputHash: string;
  k: bigint;
  n: bigint;
  tolerance: bigint;
  stake: bigint;
  deadline: bigint;
  excluded: string;
  beneficiary: string;
};

export type Panellist = { readonly signer: HardhatEthersSigner; readonly seat: bigint };

export type QuorumScenario = Omit<Scenario, "requests" | "router" | "params" | "ask"> & {
  readonly quorum: Quorum;
  readonly pools: OperatorPools;
  readonly router: EvidenceRouter;
  readonly requests: InferenceRequests;
  /** Operators that serve requests and rounds that `stranger` orders, with 2 ether staked each. */
  readonly members: readonly HardhatEthersSigner[];
  readonly params: (requirement?: Requirement, overrides?: Partial<Params>) => Promise<Params>;
  readonly ask: (params: Params) => Promise<string>;
  /** Asks and opens; returns request and round. */
  readonly open: (params: Params) => Promise<{ request: string; round: string }>;
  readonly order: (overrides?: Partial<Order>) => Promise<Order>;
  readonly openRound: (order: Order, value?: bigint) => Promise<string>;
  /** Waits for the seed block and draws; returns the panel by seats. */
  readonly draw: (round: string) => Promise<Panellist[]>;
  /** Lets each panellist commit to its output; `null` is absent. */
  readonly commitAll: (
    round: string,
    panel: readonly Panellist[],
    outputs: readonly (bigint[] | null)[],
  ) => Promise<void>;
  readonly reveal: (
    round: string,
    member: Panellist,
    words: bigint[],
  ) => Promise<ContractTransactionResponse>;
};

/** Salt of a member; tests need no secret. */
export const saltOf = (member: Panellist): string => id(`salt of ${member.signer.address}`);

const FIELDS = [
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "extraData",
  "mixHash",
  "nonce",
  "baseFeePerGas",
  "withdrawalsRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
] as const;
const QUANTITIES: ReadonlySet<string> = new Set([
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "baseFeePerGas",
  "blobGasUsed",
  "excessBlobGas",
]);

/** RLP encoding of a block's header, from what a node answers. */
export async function headerOf(number: bigint): Promise<string> {
  const tag = `0x${number.toString(16)}`;
  const block = (await connection.ethers.provider.send("eth_getBlockByNumber", [
    tag,
    false,
  ])) as Record<string, string>;
  const values = FIELDS.filter((it) => block[it] !== undefined).map((it) => {
    const value = block[it] as string; // only those that the block has are left
    if (!QUANTITIES.has(it)) return value;
    return BigInt(value) === 0n ? "0x" : toBeHex(BigInt(value));
  });
  const header = encodeRlp(values);
  if (keccak256(header) !== block["hash"]) throw new Error("the header's encoding is incomplete");
  return header;
}

/** A quorum beside the protocol, bound to requests of its own, with a pool that serves one release. */
export async function deployQuorum(): Promise<QuorumScenario> {
  return scenarioWith(CIRCUIT);
}

/** The same with outputs of the given circuit. */
export async function scenarioWith(circuit: Circuit | null): Promise<QuorumScenario> {
  const { ethers, networkHelpers } = connection;
  const scenario = await deployScenario();
  const { vault, models, circuits, signatures, groth16, requester, stranger } = scenario;
  const signers = await ethers.getSigners();
  const deployer = signers[0] as HardhatEthersSigner;
  const quorum = await ethers.deployContract("Quorum", [
    vault,
    models,
    circuits,
    ETHER,
    deployer.address,
  ]);
  const pools = await ethers.getContractAt("OperatorPools", await quorum.pools());
  const router = await ethers.deployContract("EvidenceRouter", [
    models,
    circuits,
    [signatures, groth16, quorum],
  ]);
  const requests = await ethers.deployContract("InferenceRequests", [
    router,
    vault,
    models,
    circuits,
    signatures,
    ZeroAddress,
  ]);
  await quorum.bind(requests);

  let releaseId = scenario.releaseId;
  if (circuit !== CIRCUIT) {
    let circuitId = ZeroHash;
    if (circuit !== null) {
      circuitId = await circuits.register.staticCall(circuit);
      await circuits.register(circuit);
    }
    const published = release({
      publisher: scenario.publisher.address,
      circuit: circuitId,
      model: "panel",
      weights: circuit === null ? 0n : 1n,
    });
    releaseId = await models.publish.staticCall(published, "");
    await models.publish(published, "");
  }

  const members = signers.slice(5, 5 + MEMBERS);
  const terms = { token: ZeroAddress, minFee: 0n, maxStake: ETHER, maxRounds: 8n };
  for (const member of members) {
    await vault.connect(member).stake({ value: 2n * ETHER });
    await vault.connect(member).authorise(quorum, true);
    await pools.connect(member).serve(requests, releaseId, terms);
    await pools.connect(member).serve(stranger, releaseId, terms);
  }

  const now = async (): Promise<bigint> => BigInt(await networkHelpers.time.latest());
  let nonce = 1000n;
  const ask: QuorumScenario["ask"] = async (wanted) => {
    await requests.connect(requester).request(wanted, { value: wanted.maxFee });
    return requests.requestIdOf(requester, wanted.nonce);
  };
  const commitAll: QuorumScenario["commitAll"] = async (round, panel, outputs) => {
    for (const [i, member] of panel.entries()) {
      const words = outputs[i] ?? null;
      if (words === null) continue;
      const commitment = await quorum.commitmentOf(
        round,
        member.signer,
        hashOfWords(words),
        saltOf(member),
      );
      await quorum.connect(member.signer).commit(round, member.seat, commitment);
    }
  };

  return {
    ...scenario,
    releaseId,
    quorum,
    pools,
    router,
    requests,
    members,
    params: async (requirement = quorumOf(2n, 3n), overrides = {}) => {
      await networkHelpers.mine();
      const time = await now();
      nonce += 1n;
      return {
        nonce,
        release: releaseId,
        input: INPUT,
        policy: all(requirement),
        token: ZeroAddress,
        minFee: FEE,
        maxFee: FEE,
        rampStart: time,
        stake: STAKE,
        bond: 0n,
        cover: 0n,
        maxGasPrice: 0n,
        verificationGas: 0n,
        callbackGas: 0n,
        provisionalGas: 0n,
        lockDeadline: time + 60n * MINUTE,
        deadline: time + 120n * MINUTE,
        ...overrides,
      };
    },
    ask,
    open: async (wanted) => {
      const request = await ask(wanted);
      await quorum.openFor(request, wanted);
      return { request, round: await quorum.roundOf(request) };
    },
    order: async (overrides = {}) => ({
      release: releaseId,
      request: id("request"),
      inputHash: hashOfWords(INPUT),
      k: 2n,
      n: 3n,
      tolerance: 0n,
      stake: STAKE,
      deadline: (await now()) + 120n * MINUTE,
      excluded: ZeroAddress,
      beneficiary: requester.address,
      ...overrides,
    }),
    openRound: async (order, value = FEE) => {
      const round = await quorum.connect(stranger).openRound.staticCall(order, { value });
      await quorum.connect(stranger).openRound(order, { value });
      return round;
    },
    draw: async (round) => {
      const { seedBlock } = await quorum.recordOf(round);
      const latest = BigInt(await networkHelpers.time.latestBlock());
      if (latest < seedBlock) await networkHelpers.mineUpTo(seedBlock);
      await quorum.draw(round, await headerOf(seedBlock));
      const { seats } = await quorum.recordOf(round);
      const panel: Panellist[] = [];
      for (let seat = 0n; seat < seats; seat += 1n) {
        const { operator } = await quorum.seatOf(round, seat);
        const signer = signers.find((it) => it.address === operator);
        if (signer === undefined) throw new Error(`${operator} is no signer`);
        panel.push({ signer, seat });
      }
      return panel;
    },
    commitAll,
    reveal: (round, member, words) =>
      quorum.connect(member.signer).reveal(round, member.seat, words, saltOf(member)),
  };
}
