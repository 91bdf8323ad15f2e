import type {
  Network,
  PaymentPayload,
  PaymentRequirements,
  SchemeNetworkFacilitator,
  SettleResponse,
  VerifyResponse,
} from "@x402/core/types";
import type { FacilitatorEvmSigner } from "@x402/evm";
import type { EscrowPayment, EscrowTerms, Hex } from "@vouch/protocol";
import {
  ESCROW_SCHEME,
  ProtocolError,
  REQUESTS_ABI,
  REQUEST_FUNDING_ABI,
  escrowOf,
  findContractError,
  findEscrowFault,
  parseEscrowPayment,
  parseEscrowTerms,
  requestIdOf,
} from "@vouch/protocol";
import { BaseError, ContractFunctionRevertedError, zeroAddress } from "viem";
import { fundingCallOf } from "./fundingCall.ts";

/** Where the escrow is; nothing is sent anywhere else. */
export type EscrowContracts = { readonly requests: Hex; readonly funding: Hex };

/**
 * Settles `vouch-escrow`: makes the signed request, whose escrow its requester pays. The contracts take each once, so that
 * nothing is paid twice, whoever sends it.
 */
export function createEscrowFacilitator(
  { chainId, requests, funding }: EscrowContracts & { readonly chainId: bigint },
  { signer }: { readonly signer: FacilitatorEvmSigner },
): SchemeNetworkFacilitator {
  const network: Network = `eip155:${chainId}`;

  async function verify(
    { payload }: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<VerifyResponse> {
    const read = readPayment(payload, requirements);
    if (typeof read === "string") return { isValid: false, invalidReason: read };
    const { payment, terms } = read;
    const payer = payment.requester;
    const fault = faultOf(payment, terms, requirements, { requests, funding });
    if (fault !== undefined) return { isValid: false, invalidReason: fault, payer };
    const call = { address: funding, abi: REQUEST_FUNDING_ABI, ...fundingCallOf(payment) };
    try {
      await signer.readContract(call);
    } catch (error) {
      return { isValid: false, invalidReason: refusalIn(error), payer };
    }
    return { isValid: true, payer };
  }

  return {
    scheme: ESCROW_SCHEME,
    caipFamily: "eip155:*",
    getExtra: () => ({ requests, funding }),
    getSigners: () => [...signer.getAddresses()],
    verify,
    async settle(payload, requirements): Promise<SettleResponse> {
      const read = readPayment(payload.payload, requirements);
      const refused = (errorReason: string): SettleResponse => ({
        ...{ success: false, errorReason, transaction: "", network },
      });
      if (typeof read === "string") return refused(read);
      const { payment } = read;
      const payer = payment.requester;
      const id = requestIdOf({ chainId, requests }, payer, payment.params.nonce);
      const asker = await signer.readContract({
        ...{ address: requests, abi: REQUESTS_ABI, functionName: "requesterOf", args: [id] },
      });
      // It was made before: by this facilitator, whose answer was lost, or by whoever saw it.
      if (asker !== zeroAddress) return { success: true, transaction: "", network, payer };
      const { isValid, invalidReason } = await verify(payload, requirements);
      if (!isValid) return refused(invalidReason ?? "refused");
      const call = { address: funding, abi: REQUEST_FUNDING_ABI, ...fundingCallOf(payment) };
      const transaction = await signer.writeContract(call);
      const { status } = await signer.waitForTransactionReceipt({ hash: transaction });
      return status === "success"
        ? { success: true, transaction, network, payer }
        : { success: false, errorReason: "reverted", transaction, network, payer };
    },
  };
}

type Read = { readonly payment: EscrowPayment; readonly terms: EscrowTerms };

/** Returns the payment and its terms, or why they cannot be read. */
function readPayment(
  payload: PaymentPayload["payload"],
  { extra }: PaymentRequirements,
): Read | string {
  try {
    return { payment: parseEscrowPayment(payload), terms: parseEscrowTerms(extra["escrow"]) };
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

/** Returns what of a payment is not as required. */
function faultOf(
  { params, funding: { way } }: EscrowPayment,
  terms: EscrowTerms,
  { amount, asset, payTo }: PaymentRequirements,
  { requests, funding }: EscrowContracts,
): string | undefined {
  if (terms.requests !== requests || payTo.toLowerCase() !== requests) return "requests";
  if (terms.funding !== funding) return "funding";
  if (!terms.ways.includes(way)) return "way";
  if (escrowOf(params) !== BigInt(amount)) return "amount";
  return findEscrowFault(terms, asset as Hex, params);
}

/** Returns the error that the contracts refuse with; what is none of theirs is thrown on: it says nothing of the payment. */
function refusalIn(error: unknown): string {
  const reverted =
    error instanceof BaseError
      ? error.walk((it) => it instanceof ContractFunctionRevertedError)
      : null;
  if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
  return findContractError({ data: reverted.raw })?.name ?? reverted.signature ?? "reverted";
}
