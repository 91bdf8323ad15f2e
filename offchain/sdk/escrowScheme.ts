import type {
  EscrowPayment,
  EscrowTerms,
  FundingTransfer,
  FundingTypedData,
  FundingWay,
  Hex,
  Policy,
  ReleaseId,
  RequestParams,
  SignedFunding,
} from "@vouch/protocol";
import {
  ESCROW_SCHEME,
  authorizationTypedData,
  escrowOf,
  escrowPaymentToJson,
  hashOfWords,
  parseEscrowTerms,
  permit2TypedData,
  permitTypedData,
  policyHash,
  requestIdOf,
  requestTypedData,
} from "@vouch/protocol";
import type { Signer } from "ethers";
import { hexlify, randomBytes } from "ethers";
import { SdkError } from "./errors.ts";

/** The one request that is to be paid for, and the most that it may cost. */
export type EscrowAsk = {
  readonly chainId: bigint;
  /** `InferenceRequests` and `RequestFunding`, from a source that is trusted: they hold the money. */
  readonly requests: Hex;
  readonly funding: Hex;
  readonly token: Hex;
  readonly release: ReleaseId;
  /** The words that are sent, or that the numbers that are sent are packed to. */
  readonly input: readonly bigint[];
  readonly policy: Policy;
  /** Most that is escrowed, in the token's smallest unit. */
  readonly maxEscrow: bigint;
  /** Longest that it is held without an answer. */
  readonly maxSeconds: number;
  /** Ways to pay that the requester is ready for; an allowance, or one of Permit2, has to be there already. */
  readonly ways?: readonly FundingWay[];
};

export type EscrowSchemeDeps = {
  readonly signer: Pick<Signer, "getAddress" | "signTypedData">;
  /** Seconds since 1970, as of the chain (`chainTime`); the system's clock where absent. */
  readonly now?: () => number | Promise<number>;
  /** The token's nonce of EIP-2612 for an owner: needed for the way `permit` alone. */
  readonly permitNonce?: (owner: Hex) => Promise<bigint>;
};

/** What of an x402 offer this scheme reads. */
export type EscrowOffer = {
  readonly scheme: string;
  readonly network: string;
  readonly asset: string;
  readonly amount: string;
  readonly payTo: string;
  readonly extra: Readonly<Record<string, unknown>>;
};

/** A client of x402's, version 2: what its libraries register for a network. */
export type EscrowScheme = {
  readonly scheme: typeof ESCROW_SCHEME;
  readonly createPaymentPayload: (
    x402Version: number,
    offer: EscrowOffer,
  ) => Promise<{ readonly x402Version: number; readonly payload: Record<string, unknown> }>;
};

/**
 * Pays for one request by x402 on proof: the money goes to `InferenceRequests`, which pays the operator when it has verified the
 * evidence that the policy demands, and gives it back where none comes in time. Nothing is signed but for the request of `ask`.
 *
 * @example
 * const client = escrowScheme({ ...contracts, chainId, token, release, input, policy, maxEscrow, maxSeconds: 900 }, { signer });
 * const pay = wrapFetchWithPaymentFromConfig(fetch, { schemes: [{ network: `eip155:${chainId}`, client }], spendControls });
 *
 * @throws {SdkError} of its function: `ESCROW_REFUSED`; {ProtocolError} `ESCROW_MALFORMED`.
 */
export function escrowScheme(ask: EscrowAsk, deps: EscrowSchemeDeps): EscrowScheme {
  return {
    scheme: ESCROW_SCHEME,
    async createPaymentPayload(x402Version, offer) {
      const terms = parseEscrowTerms(offer.extra["escrow"]);
      requireAsked(offer, terms, ask);
      const payment = await signEscrow(offer, terms, ask, deps);
      return { x402Version, payload: escrowPaymentToJson(payment) };
    },
  };
}

/** Demands that an offer is of this request, at these contracts, and within what it may cost. */
function requireAsked(offer: EscrowOffer, terms: EscrowTerms, ask: EscrowAsk): void {
  const same = (field: string, offered: string, expected: string): void => {
    if (offered.toLowerCase() !== expected.toLowerCase())
      throw new SdkError({ code: "ESCROW_REFUSED", field, offered, expected });
  };
  same("scheme", offer.scheme, ESCROW_SCHEME);
  same("network", offer.network, `eip155:${ask.chainId}`);
  same("asset", offer.asset, ask.token);
  same("payTo", offer.payTo, ask.requests);
  same("requests", terms.requests, ask.requests);
  same("funding", terms.funding, ask.funding);
  same("release", terms.release, ask.release);
  same("inputHash", terms.inputHash, hashOfWords(ask.input));
  same("policyHash", terms.policyHash, policyHash(ask.policy));

  const escrow = escrowOf({ ...terms, maxFee: terms.fee, callbackGas: 0, provisionalGas: 0 });
  same("amount", offer.amount, escrow.toString());
  const within = (field: string, offered: bigint, limit: bigint): void => {
    if (offered > limit)
      throw new SdkError({
        ...{ code: "ESCROW_REFUSED", field, offered: offered.toString() },
        expected: `at most ${limit}`,
      });
  };
  within("amount", escrow, ask.maxEscrow);
  within("seconds", BigInt(terms.seconds), BigInt(ask.maxSeconds));
}

async function signEscrow(
  { extra }: EscrowOffer,
  terms: EscrowTerms,
  ask: EscrowAsk,
  { signer, now = systemTime, permitNonce = noPermitNonce }: EscrowSchemeDeps,
): Promise<EscrowPayment> {
  const way = wayOf(terms, ask, permitNonce !== noPermitNonce);
  const requester = (await signer.getAddress()).toLowerCase() as Hex;
  const params = paramsOf(terms, ask, await now());
  const { chainId, requests, funding, token } = ask;
  const typed = requestTypedData({ chainId, requests }, requester, params);
  const transfer: FundingTransfer = {
    ...{ chainId, token, funding, requester },
    ...{ name: textOf(extra["name"]), version: textOf(extra["version"]) },
    request: requestIdOf({ chainId, requests }, requester, params.nonce),
    ...{ amount: escrowOf(params), until: params.lockDeadline },
  };
  return {
    ...{ requester, params },
    signature: (await signer.signTypedData(typed.domain, typed.types, typed.value)) as Hex,
    funding: await signFunding(way, transfer, { signer, permitNonce }),
  };
}

function paramsOf(
  terms: EscrowTerms,
  { input, policy, token }: EscrowAsk,
  now: number,
): RequestParams {
  const { release, fee, stake, bond, maxGasPrice, verificationGas, lockSeconds, seconds } = terms;
  return {
    ...{ nonce: BigInt(hexlify(randomBytes(32))), release, input, policy, token },
    ...{ minFee: fee, maxFee: fee, rampStart: now, stake, bond, cover: 0n },
    ...{ maxGasPrice, verificationGas, callbackGas: 0, provisionalGas: 0 },
    ...{ lockDeadline: now + lockSeconds, deadline: now + seconds },
  };
}

function wayOf(terms: EscrowTerms, { ways }: EscrowAsk, hasPermitNonce: boolean): FundingWay {
  const ready = (ways ?? ["authorization"]).filter((it) => it !== "permit" || hasPermitNonce);
  const way = terms.ways.find((it) => ready.includes(it));
  if (way !== undefined) return way;
  const [offered, expected] = [terms.ways.join(", "), ready.join(" or ")];
  throw new SdkError({ code: "ESCROW_REFUSED", field: "ways", offered, expected });
}

async function signFunding(
  way: FundingWay,
  transfer: FundingTransfer,
  { signer, permitNonce }: Required<Pick<EscrowSchemeDeps, "signer" | "permitNonce">>,
): Promise<SignedFunding> {
  const sign = async ({ domain, types, value }: FundingTypedData): Promise<Hex> =>
    (await signer.signTypedData(domain, types, value)) as Hex;
  const deadline = BigInt(transfer.until);
  switch (way) {
    case "authorization": {
      const signature = await sign(authorizationTypedData(transfer));
      return { way, validBefore: deadline + 1n, signature };
    }
    case "permit2": {
      const nonce = BigInt(hexlify(randomBytes(32)));
      return { way, nonce, deadline, signature: await sign(permit2TypedData(transfer, nonce)) };
    }
    case "permit": {
      const nonce = await permitNonce(transfer.requester);
      return { way, deadline, signature: await sign(permitTypedData(transfer, nonce)) };
    }
    case "allowance":
      return { way };
  }
}

function noPermitNonce(): Promise<bigint> {
  const [offered, expected] = ["permit", "a way that needs no nonce of the token's"];
  return Promise.reject(new SdkError({ code: "ESCROW_REFUSED", field: "ways", offered, expected }));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function systemTime(): number {
  return Math.floor(Date.now() / 1000);
}
