import type { Local, LocalRelease } from "@vouch/hardhat";
import type { RequestId } from "@vouch/protocol";
import {
  connectContracts,
  decodeAssurance,
  encodeRequestParams,
  escrowOf,
  parseBranches,
} from "@vouch/protocol";
import { completeAsk } from "@vouch/sdk";
import { expect } from "chai";
import type { PluginProject } from "../../helpers/pluginProject.ts";
import { pluginProject, writeLinearModel } from "../../helpers/pluginProject.ts";

const WEIGHTS = [0.5, -0.25, 0.75, -1];
const FEE = 10n ** 15n;
const WINDOW = 3_600;
/** `Disputes.RESPONSE_PERIOD`. */
const RESPONSE = 3 * 86_400;
const PATIENCE_MS = 30_000;

describe("vouch.local with several operators", function () {
  this.timeout(120_000);
  let project: PluginProject;
  let connection: Awaited<ReturnType<PluginProject["hre"]["network"]["create"]>>;
  let local: Local;
  let release: LocalRelease;
  before(async () => {
    project = await pluginProject({ default: { type: "edr-simulated", chainId: 31382 } });
    connection = await project.hre.network.create();
    local = await connection.vouch.local({ operators: 4 });
    release = await local.publish(writeLinearModel(project, WEIGHTS));
  });
  after(async () => {
    await connection.close();
    project.remove();
  });

  const signal = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);
  const askOf = (row: number, policy: string) => ({
    ...{ release: release.id, input: release.samples[row]?.x ?? [], policy, fee: FEE },
  });
  const rightOf = (row: number): number =>
    (release.samples[row]?.x ?? []).reduce((sum, it, i) => sum + it * (WEIGHTS[i] ?? 0), 0.25);
  /** Watches a request to its end; each step that is waited out takes so many seconds. Returns where it came to. */
  async function followed(
    id: RequestId,
    waits: Readonly<Record<string, number>> = { provisional: WINDOW + 1 },
  ): Promise<readonly string[]> {
    const seen: string[] = [];
    for await (const { status } of local.sdk.watch(id, { signal: signal() })) {
      seen.push(status);
      const seconds = waits[status];
      if (seconds !== undefined) await local.passTime(seconds);
    }
    return seen;
  }
  const outputOf = async (id: RequestId): Promise<readonly bigint[]> => {
    const { requests } = local.contracts;
    const [event] = await requests.queryFilter(requests.filters.InferenceFulfilled(id));
    return [...(event?.args.output ?? [])];
  };

  it("answers by a panel of which two of three agree", async () => {
    const { id } = await local.sdk.request(askOf(0, "quorum:2of3"));
    expect((await followed(id)).at(-1)).to.equal("final");
    const { requests } = local.contracts;
    const assurance = decodeAssurance(await requests.assuranceOf(id));
    expect(assurance.kinds).to.deep.equal(["quorum"]);
    expect([assurance.quorumK, assurance.quorumN]).to.deep.equal([3, 3]); // who agreed
    const { receipt } = await local.sdk.infer(askOf(0, "signature"), { signal: signal() });
    expect(await outputOf(id)).to.deep.equal(receipt.output);
  });

  for (const [field, value, limit] of [
    ["maxGasPrice", 1n, "0 where a panel answers"],
    ["stake", 2n * FEE - 1n, `${2n * FEE} or more where a panel answers`],
    ["seconds", 2_459, "2460 or more where a panel answers"],
  ] as const) {
    it(`is asked for nothing that no panel would answer: ${field}`, async () => {
      const ask = { ...askOf(0, "quorum:2of3"), [field]: value };
      const error: unknown = await local.sdk.request(ask).catch((it: unknown) => it);
      const data = { code: "ASK_INVALID", field, value: String(value), limit };
      expect(error).to.have.property("data").that.deep.equals(data);
    });
  }

  it("answers two at once, each with its own input, and serves on where the chain is taken back", async () => {
    const { provider } = connection;
    const snapshot: unknown = await provider.request({ method: "evm_snapshot" });
    const answersOf = async (rows: readonly number[]): Promise<readonly boolean[]> => {
      const asks = rows.map((row) => local.sdk.request(askOf(row, "quorum:2of3")));
      const sent = await Promise.all(asks);
      const ends = await Promise.all(sent.map(({ id }) => followed(id)));
      return ends.map((seen) => seen.at(-1) === "final");
    };
    expect(await answersOf([1, 2])).to.deep.equal([true, true]);
    await provider.request({ method: "evm_revert", params: [snapshot] });
    expect(await answersOf([3])).to.deep.equal([true]);
  });

  it("signs an answer of which the policy asks nothing but a window, and makes it final once that is over", async () => {
    const ask = askOf(1, `optimistic:${WINDOW}:any`);
    const { id } = await local.sdk.request(ask);
    expect(await followed(id)).to.deep.equal([
      ...["asked", "locked", "fulfilled", "provisional", "final"],
    ]);
    const { receipt } = await local.sdk.receipt.fetch(id);
    expect(receipt.evidence.map(({ kind }) => kind)).to.deep.equal(["signature"]);
    const { output } = await local.sdk.infer(askOf(1, "signature"), { signal: signal() });
    expect(Math.abs(Number([output].flat()[0]) - rightOf(1)) <= 0.01).to.be.true;
  });

  it("challenges a wrong answer of another, which falls where no proof comes", async () => {
    const liar = (await connection.ethers.getSigners())[3];
    if (liar === undefined) throw new Error("the network has accounts");
    const { signatures, vault } = connectContracts(local.deployment, liar);
    const { requests } = connectContracts(local.deployment, liar);
    await vault.stake({ value: 10n * FEE });
    await vault.authorise(requests, true);
    await vault.authorise(signatures, true);
    const { receipt } = await local.sdk.infer(askOf(2, "signature"), { signal: signal() });
    const [word = 0n, ...rest] = receipt.output;
    const now = (await connection.ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    const policy = parseBranches(`optimistic:${WINDOW}:any`);
    const ask = { release: release.id, input: receipt.input, policy, fee: FEE };
    const params = completeAsk(ask, now, 10n ** 9n);
    const encoded = encodeRequestParams(params);
    const own = local.contracts.requests;
    const id = (await own.requestIdOf(
      await connection.ethers.provider.getSigner(0),
      params.nonce,
    )) as RequestId;
    // In one block, before any operator sees that it was asked.
    await connection.provider.request({ method: "evm_setAutomine", params: [false] });
    await own.request(encoded, { value: escrowOf(params), gasLimit: 2_000_000 });
    await requests.lock(id, encoded, { gasLimit: 1_000_000 });
    await connection.provider.request({ method: "evm_mine", params: [] });
    await connection.provider.request({ method: "evm_setAutomine", params: [true] });
    await requests.fulfil(id, encoded, [word ^ 1n, ...rest], []);
    const end = await followed(id, { challenged: RESPONSE + 1 });
    expect(end.at(-1)).to.equal("overturned");
  });
});
