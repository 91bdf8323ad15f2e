import type { CircuitId, Contracts, Hex, ReleaseId } from "@vouch/protocol";
import { everyCircuitOf, singleCircuitId } from "@vouch/protocol";
import type { FetchedRelease } from "../fetchRelease.ts";
import type { CircuitFacts, EnclaveFacts, OperatorFacts, ReleaseFacts } from "./facts.ts";
import { fetchPools } from "./fetchPools.ts";

/** The newest operators that are looked at: each takes three calls. */
const MAX_OPERATORS = 100;
/** `TeeType.Nitro`: its keys are vouched for, not verified. */
const NITRO = 2n;

/** What advice reads of a chain. */
export type AdviceContracts = Pick<
  Contracts,
  "models" | "circuits" | "vault" | "signatures" | "enclaves" | "requests" | "router" | "quotes"
>;

/**
 * Reads what the chain says of a release and of who could serve it.
 *
 * @param chain `fromBlock` is the deployment's; `gasPrice` in wei; `now` in seconds.
 */
export async function fetchFacts(
  contracts: AdviceContracts,
  fetched: FetchedRelease,
  chain: { readonly fromBlock: number; readonly gasPrice: bigint; readonly now: number },
): Promise<ReleaseFacts> {
  const { id, release } = fetched;
  const { fromBlock, gasPrice, now } = chain;
  const [deprecatedAt, circuit, operators, pools, enclaves, leverage, rewardBps, liabilityPeriod] =
    await Promise.all([
      contracts.models.deprecatedAtOf(id),
      fetchCircuitFacts(contracts, fetched, fromBlock),
      fetchOperators(contracts, fromBlock),
      fetchPools(contracts, id),
      fetchEnclaves(contracts, id, fromBlock, now),
      contracts.vault.LEVERAGE(),
      contracts.vault.REWARD_BPS(),
      contracts.requests.LIABILITY_PERIOD(),
    ]);
  const { model, version, runtime, floor } = release;
  return {
    release: { id, model, version, runtime, floor, deprecated: deprecatedAt > 0n },
    circuit,
    gasPrice,
    operators,
    pools,
    enclaves,
    rules: { leverage, rewardBps, liabilityPeriod },
  };
}

async function fetchCircuitFacts(
  { circuits }: AdviceContracts,
  { release, circuit }: FetchedRelease,
  fromBlock: number,
): Promise<CircuitFacts | null> {
  if (circuit === null) return null;
  const attested = await Promise.all(
    everyCircuitOf(circuit).map(async (it) => {
      const filter = circuits.filters.SetupAttested(singleCircuitId(it));
      return (await circuits.queryFilter(filter, fromBlock)).map(({ args }) => args.verifier);
    }),
  );
  const asked = [...new Set(attested.flat())];
  // Of a list, one attests all or it does not count; and who attested once may have taken it back.
  const standing = await Promise.all(asked.map((it) => circuits.isAttestedBy(release.circuit, it)));
  return {
    id: release.circuit.toLowerCase() as CircuitId,
    setup: circuit.setup,
    weights: circuit.weights,
    inputMode: circuit.input.mode,
    outputMode: circuit.output.mode,
    attesters: asked.filter((_, i) => standing[i]).map((it) => it.toLowerCase() as Hex),
  };
}

/** Of those that ever let the requests expose their stake, what they could expose now. */
async function fetchOperators(
  { vault, signatures, requests }: AdviceContracts,
  fromBlock: number,
): Promise<readonly OperatorFacts[]> {
  const holder = await requests.getAddress();
  const events = await vault.queryFilter(
    vault.filters.HolderAuthorised(undefined, holder),
    fromBlock,
  );
  const latest = new Map(events.map(({ args }) => [args.operator, args.authorised]));
  const operators = [...latest].filter(([, authorised]) => authorised).slice(-MAX_OPERATORS);
  const facts = await Promise.all(
    operators.map(async ([operator]) => {
      const [bond, freeOwn, available] = await Promise.all([
        signatures.bondOf(operator),
        vault.freeOwnStakeOf(operator),
        vault.availableTo(operator, holder),
      ]);
      return { operator: operator.toLowerCase() as Hex, bond, freeOwn, available };
    }),
  );
  return facts.filter(({ available }) => available > 0n);
}

async function fetchEnclaves(
  { enclaves }: AdviceContracts,
  release: ReleaseId,
  fromBlock: number,
  now: number,
): Promise<EnclaveFacts> {
  const approvals = await enclaves.queryFilter(
    enclaves.filters.MeasurementApproved(release),
    fromBlock,
  );
  const measurements = new Set(approvals.map(({ args }) => args.measurement));
  if (measurements.size === 0) return { live: 0, simulated: 0, vouched: 0 };
  const registered = await enclaves.queryFilter(enclaves.filters.EnclaveRegistered(), fromBlock);
  const keys = registered.filter(({ args }) => measurements.has(args.measurement));
  const found = await Promise.all(
    [...new Map(keys.map(({ args }) => [args.id, args.measurement]))].map(
      async ([id, measurement]) => {
        const [enclave, servable] = await Promise.all([
          enclaves.enclaveOf(id),
          enclaves.isServable(release, measurement),
        ]);
        const { validTo, compromisedSince, retired } = enclave;
        const counts = servable && !retired && compromisedSince === 0n && validTo >= BigInt(now);
        return { counts, simulated: enclave.simulated, vouched: enclave.tee === NITRO };
      },
    ),
  );
  const counting = found.filter(({ counts }) => counts);
  return {
    live: counting.filter(({ simulated, vouched }) => !simulated && !vouched).length,
    simulated: counting.filter(({ simulated }) => simulated).length,
    vouched: counting.filter(({ simulated, vouched }) => !simulated && vouched).length,
  };
}
