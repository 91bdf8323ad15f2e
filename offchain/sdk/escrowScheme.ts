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
import type { OfferChecks, X402Client, X402Offer } from "./x402Client.ts";
import { drawNonce, offerChecks, systemTime } from "./x402Client.ts";

const CHECKS: OfferChecks = offerChecks("ESCROW_REFUSED");

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

/** What x402's libraries register for a network. */
export type EscrowScheme = X402Client<typeof ESCROW_SCHEME>;

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
function requireAsked(offer: X402Offer, terms: EscrowTerms, ask: EscrowAsk): void {
  const { same, within } = CHECKS;
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
  within("amount", escrow, ask.maxEscrow);
  within("seconds", BigInt(terms.seconds), BigInt(ask.maxSeconds));
  // What pays may be used for as long as the request may be locked.
  within("lockSeconds", BigInt(terms.lockSeconds), BigInt(terms.seconds));
}

async function signEscrow(
  { extra }: X402Offer,
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
    ...{ nonce: drawNonce(), release, input, policy, token },
    ...{ minFee: fee, maxFee: fee, rampStart: now, stake, bond, cover: 0n },
    ...{ maxGasPrice, verificationGas, callbackGas: 0, provisionalGas: 0 },
    ...{ lockDeadline: now + lockSeconds, deadline: now + seconds },
  };
}

function wayOf(terms: EscrowTerms, { ways }: EscrowAsk, hasPermitNonce: boolean): FundingWay {
  const ready = (ways ?? ["authorization"]).filter((it) => it !== "permit" || hasPermitNonce);
  const way = terms.ways.find((it) => ready.includes(it));
  if (way !== undefined) return way;
  return CHECKS.refuse("ways", terms.ways.join(", "), ready.join(" or "));
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
      const nonce = drawNonce();
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

function noPermitNonce(): never {
  return CHECKS.refuse("ways", "permit", "a way that needs no nonce of the token's");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
