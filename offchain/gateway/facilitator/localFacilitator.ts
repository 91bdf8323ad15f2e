import { x402Facilitator } from "@x402/core/facilitator";
import type { FacilitatorClient } from "@x402/core/server";
import type {
  Network,
  PaymentPayload,
  PaymentRequirements,
  SettleResponse,
  VerifyResponse,
} from "@x402/core/types";
import type { FacilitatorEvmSigner } from "@x402/evm";
import { ExactEvmScheme } from "@x402/evm/exact/facilitator";
import type { Hex } from "@vouch/protocol";
import { ESCROW_SCHEME } from "@vouch/protocol";
import { GatewayError } from "../errors.ts";
import { parseExactPayment } from "../payment/exactPayment.ts";
import type { EscrowContracts } from "./escrowFacilitator.ts";
import { createEscrowFacilitator } from "./escrowFacilitator.ts";
import { withTokenCode } from "./tokenCode.ts";

export type LocalFacilitatorOptions = {
  readonly chainId: bigint;
  /** Whose payments are settled: settling costs gas, and anybody may ask. */
  readonly payees: readonly Hex[];
  /** Tokens that are settled in. */
  readonly assets: readonly Hex[];
  /** Where payments may be held until they are proven; without it none is. */
  readonly escrow?: EscrowContracts;
};

/**
 * A facilitator in this process, for `exact` over EIP-3009 and `vouch-escrow` on one chain: it needs nothing but a node and a key
 * with gas.
 *
 * @throws {GatewayError} of its functions: `FACILITATOR_REFUSED` for a payee or token that is not its own; `PAYMENT_MALFORMED`.
 */
export function createLocalFacilitator(
  { chainId, payees, assets, escrow }: LocalFacilitatorOptions,
  deps: { readonly signer: FacilitatorEvmSigner },
): FacilitatorClient {
  const network: Network = `eip155:${chainId}`;
  const { signer, know } = withTokenCode(deps.signer);
  const facilitator = new x402Facilitator().register(network, new ExactEvmScheme(signer));
  if (escrow !== undefined)
    facilitator.register(network, createEscrowFacilitator({ chainId, ...escrow }, { signer }));
  const requireOwn = ({ scheme, payTo, asset }: PaymentRequirements): void => {
    const isEscrow = scheme === ESCROW_SCHEME && escrow !== undefined;
    requireIn(isEscrow ? [escrow.requests] : payees, payTo, "payee");
    requireIn(assets, asset, "token");
  };
  const settling = new Map<string, Promise<SettleResponse>>();
  return {
    async verify(
      payment: PaymentPayload,
      requirements: PaymentRequirements,
    ): Promise<VerifyResponse> {
      requireOwn(requirements);
      await know(requirements.asset);
      return facilitator.verify(payment, requirements);
    },
    settle(payment: PaymentPayload, requirements: PaymentRequirements): Promise<SettleResponse> {
      requireOwn(requirements);
      const key = keyOf(payment, requirements);
      // All but one transaction would revert, and cost gas all the same.
      const known = settling.get(key);
      if (known !== undefined) return known;
      const settled = know(requirements.asset)
        .then(() => facilitator.settle(payment, requirements))
        .finally(() => settling.delete(key));
      settling.set(key, settled);
      return settled;
    },
    getSupported() {
      const { kinds, ...rest } = facilitator.getSupported();
      return Promise.resolve({ ...rest, kinds: kinds.map((kind) => ({ ...kind, network })) });
    },
  };
}

/** Names what a token takes once: for another scheme the payment itself. */
function keyOf(payment: PaymentPayload, { scheme, asset }: PaymentRequirements): string {
  if (scheme === ESCROW_SCHEME) return JSON.stringify(payment.payload);
  const { payer, nonce } = parseExactPayment(payment);
  return [asset.toLowerCase(), payer, nonce].join();
}

function requireIn(allowed: readonly Hex[], found: string, what: string): void {
  if (!allowed.some((it) => it.toLowerCase() === found.toLowerCase()))
    throw new GatewayError({
      code: "FACILITATOR_REFUSED",
      reason: `${what} ${found} is not its own`,
    });
}
