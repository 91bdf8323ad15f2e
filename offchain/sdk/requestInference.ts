import type {
  Contracts,
  Hex,
  Policy,
  ReleaseCircuit,
  RequestId,
  RequestParams,
} from "@vouch/protocol";
import { conjoin, encodeRequestParams, escrowOf, NATIVE_TOKEN } from "@vouch/protocol";
import { hexlify, randomBytes } from "ethers";
import { SdkError } from "./errors.ts";
import { leastPanelStake, needsPanel, PANEL_SECONDS } from "./panelTerms.ts";
import { verificationGasOf } from "./verificationGas.ts";

/** A request that the chain has accepted. */
export type SentRequest = {
  readonly id: RequestId;
  readonly params: RequestParams;
  readonly txHash: Hex;
  readonly gasUsed: bigint;
};

/** What a requester decides; the rest of `RequestParams` follows. Amounts in wei, times in seconds. */
export type InferenceAsk = Pick<RequestParams, "release" | "input" | "policy"> &
  Partial<
    Pick<
      RequestParams,
      | "nonce"
      | "token"
      | "stake"
      | "bond"
      | "cover"
      | "maxGasPrice"
      | "verificationGas"
      | "callbackGas"
      | "provisionalGas"
    >
  > & {
    readonly fee: bigint;
    /** Fee at the last second of `lockSeconds`, to which it rises from `fee` at once; `fee` where absent. */
    readonly maxFee?: bigint;
    /** The release's circuit as `fetchRelease` returns it: each segment's proof takes gas to verify. One where absent. */
    readonly circuit?: ReleaseCircuit | null;
    /** The release's: what it demands beside `policy` counts for the defaults. */
    readonly floor?: Policy;
    readonly lockSeconds?: number;
    readonly seconds?: number;
  };

/**
 * Completes an ask with defaults; deadlines count from `now`, the chain's time in seconds. Where only a panel can answer they are those
 * of a panel: it is paid by the fee alone, exposes twice the fee, and takes the time of its phases (docs/quorum.md).
 */
export function completeAsk(ask: InferenceAsk, now: number, gasPrice: bigint): RequestParams {
  const lockSeconds = ask.lockSeconds ?? 300;
  const { release, input, policy, fee } = ask;
  const maxFee = ask.maxFee ?? fee;
  const token = ask.token ?? NATIVE_TOKEN;
  const demanded = ask.floor === undefined ? policy : conjoin(ask.floor, policy);
  const byPanel = needsPanel(demanded);
  // A lock that costs nothing invites squatting: by default it risks at least the fee.
  const atRisk = byPanel ? leastPanelStake({ token, maxFee }) : maxFee;
  const stake = ask.stake ?? (demanded.minStake > atRisk ? demanded.minStake : atRisk);
  return {
    nonce: ask.nonce ?? BigInt(hexlify(randomBytes(8))),
    release,
    input,
    policy,
    token,
    minFee: fee,
    maxFee,
    rampStart: now,
    stake,
    bond: ask.bond ?? (maxFee < stake ? maxFee : stake),
    cover: ask.cover ?? 0n,
    maxGasPrice: ask.maxGasPrice ?? (byPanel ? 0n : gasPrice * 2n),
    verificationGas: ask.verificationGas ?? verificationGasOf(ask.circuit ?? null),
    callbackGas: ask.callbackGas ?? 0,
    provisionalGas: ask.provisionalGas ?? 0,
    lockDeadline: now + lockSeconds,
    deadline: now + (ask.seconds ?? lockSeconds + (byPanel ? PANEL_SECONDS : 900)),
  };
}

/**
 * Escrows the worst case of a request and returns its id. The contracts' runner is the requester.
 *
 * @example
 * const { circuit } = await fetchRelease(contracts, release, deployment.fromBlock);
 * const params = completeAsk({ release, circuit, input, policy: allOf([requireZk("any")]), fee }, now, gasPrice);
 * const { id } = await requestInference(contracts, params);
 *
 * @throws {SdkError} `TRANSACTION_LOST`; a refusal by the contract passes through, for `findContractError` to read.
 */
export async function requestInference(
  { requests }: Pick<Contracts, "requests">,
  params: RequestParams,
): Promise<SentRequest> {
  const value = params.token === NATIVE_TOKEN ? escrowOf(params) : 0n;
  const sent = await requests.request(encodeRequestParams(params), { value });
  const receipt = await sent.wait();
  const address = (await requests.getAddress()).toLowerCase();
  const log = receipt?.logs
    .filter((entry) => entry.address.toLowerCase() === address)
    .map((entry) => requests.interface.parseLog(entry))
    .find((entry) => entry?.name === "InferenceRequested");
  if (receipt === null || log === null || log === undefined) {
    throw new SdkError({ code: "TRANSACTION_LOST", txHash: sent.hash });
  }
  return {
    id: log.args["id"] as RequestId,
    params,
    txHash: sent.hash as Hex,
    gasUsed: receipt.gasUsed,
  };
}
