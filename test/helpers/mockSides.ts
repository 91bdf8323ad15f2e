/** Test only: the protocol and its mock as a consumer sees them, to be held to one another. */
import type { Interface, Log } from "ethers";
import { ZeroAddress } from "ethers";
import type {
  HostileRequester,
  InferenceRequests,
  MockVouch,
} from "../../offchain/protocol/typechain/index.ts";
import { connection } from "./deployVouch.ts";
import { CIRCUIT, escrowOf, release } from "./vouchScenario.ts";
import type { Params } from "./vouchScenario.ts";

const { ethers } = connection;

/** Gas is measured on the one side and taken as bought on the other: without a price neither shows. */
export const ASKED = { maxGasPrice: 0n, callbackGas: 200_000n, provisionalGas: 200_000n } as const;

/** The protocol, or the mock, with a requester of its own. */
export type Side = {
  readonly requests: InferenceRequests | MockVouch;
  readonly releaseId: string;
  readonly requester: HostileRequester;
};

/** The mock, with a release that says of itself what that of the shared scenario does. */
export async function deployMock(): Promise<Side & { readonly requests: MockVouch }> {
  const vouch: MockVouch = await ethers.deployContract("MockVouch");
  const circuits = await ethers.getContractAt("MockCircuits", await vouch.circuits());
  const circuit = await circuits.add.staticCall(CIRCUIT.input, CIRCUIT.output);
  await circuits.add(CIRCUIT.input, CIRCUIT.output);
  await circuits.markDevelopment(circuit);
  const models = await ethers.getContractAt("MockModels", await vouch.models());
  const published = release({ publisher: await vouch.PUBLISHER(), circuit });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const requester = await ethers.deployContract("HostileRequester");
  return { requests: vouch, releaseId, requester };
}

/** Asks through the side's requester. */
export async function ask(side: Side, terms: Params): Promise<string> {
  const call = side.requests.interface.encodeFunctionData("request", [terms]);
  await side.requester.execute(side.requests, call, { value: escrowOf(terms) });
  return side.requests.requestIdOf(side.requester, terms.nonce);
}

/** What a consumer can see of a side: its events in order, what is stored in the end, and what it is owed. */
export async function traceOf(
  side: Side,
  terms: Params,
  act: (id: string) => Promise<unknown>,
): Promise<Trace> {
  const fromBlock = (await ethers.provider.getBlockNumber()) + 1;
  const id = await ask(side, terms);
  await act(id);
  const vault = await ethers.getContractAt("IStakeVault", await side.requests.vault());
  const eventsOf = async (of: Side["requests"] | typeof vault) => {
    const logs = await ethers.provider.getLogs({ address: await of.getAddress(), fromBlock });
    return logs.map((log) => readable(of.interface, log));
  };
  const result = await side.requests.resultOf(id).catch(() => undefined);
  return {
    events: await eventsOf(side.requests),
    // Of locks and of who holds the stake, the mock has none.
    fines: (await eventsOf(vault)).filter(([name]) => FINES.has(name)),
    status: await side.requests.statusOf(id),
    finality: await side.requests.finalityOf(id),
    delivery: result?.delivery,
    assurance: result === undefined ? undefined : [...result.assurance],
    credit: await side.requests.creditOf(ZeroAddress, side.requester),
    compensation: await vault.creditOf(side.requester),
    heard: [await side.requester.deliveries(), await side.requester.epoch()],
    finalityHeard: await side.requester.finality(),
  };
}

export type Trace = {
  readonly events: readonly Event[];
  readonly fines: readonly Event[];
  readonly status: bigint;
  readonly finality: bigint;
  readonly delivery: bigint | undefined;
  readonly assurance: readonly unknown[] | undefined;
  readonly credit: bigint;
  readonly compensation: bigint;
  readonly heard: readonly bigint[];
  readonly finalityHeard: bigint;
};

type Event = readonly [name: string, ...args: unknown[]];

const FINES: ReadonlySet<string> = new Set(["Slashed", "Credited"]);
/** What differs by nature: ids, accounts, evidence. */
const OWN: ReadonlySet<string> = new Set([
  ...["id", "release", "operator", "requester", "params", "evidence"],
  ...["holder", "liability", "account"],
]);

function readable(iface: Interface, log: Log): Event {
  const event = iface.parseLog(log)!; // all logs of this address are of this interface
  const args = event.fragment.inputs.map(({ name }, i) =>
    OWN.has(name) ? name : plain(event.args[i]),
  );
  return [event.name, ...args];
}

function plain(value: unknown): unknown {
  return Array.isArray(value) ? value.map(plain) : value;
}

/** The revert data that a failed call carries. */
export function dataOf(error: unknown): string {
  const { data } = error as { readonly data?: string | { readonly data: string } };
  return typeof data === "object" ? data.data : (data ?? "0x");
}

/** Name of the error that revert data is of; undefined for one that no consumer knows. */
export async function errorNameOf(data: string): Promise<string | undefined> {
  for (const name of ["IInferenceRequests", "IEvidenceRouter", "IStakeVault", "Words"]) {
    const { interface: iface } = await ethers.getContractAt(name, ZeroAddress);
    const error = iface.parseError(data);
    if (error !== null) return error.name;
  }
  return undefined;
}
