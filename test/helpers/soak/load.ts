import type { Hex, RequestId, RequestParams } from "@vouch/protocol";
import {
  allOf,
  encodeRequestParams,
  escrowOf,
  packWords,
  REQUESTS_ABI,
  requireSignature,
} from "@vouch/protocol";
import { completeAsk } from "@vouch/sdk";
import { AbiCoder, Interface, keccak256 } from "ethers";
import type { PublishedModel } from "../../../scripts/demo/scenario.ts";
import type { Chain } from "../../../offchain/hardhat/tasks/openChain.ts";
import { rowOf } from "../creditScenario.ts";
import type { SoakAccount } from "./account.ts";
import type { Draw } from "./schedule.ts";

/** Requests that are to be answered, and such as no operator takes: too late, too cheap, taken back by who asked. */
export type AskKind = "ordinary" | "late" | "cheap" | "cancelled";

/** A request that somebody means to make. */
export type Asked = {
  readonly id: RequestId;
  readonly kind: AskKind;
  readonly params: RequestParams;
  readonly payer: SoakAccount;
  /** Nonce of the transaction that makes it. */
  readonly nonce: number;
};

/** Least fee that the operator's workers take; what they ask for at least of a request's time. */
export const MIN_FEE = 10n ** 12n;
export const MIN_SERVE_SECONDS = 30;

const GWEI = 10n ** 9n;
const SIGNED = allOf([requireSignature()]);
const TERMS: Readonly<
  Record<AskKind, { readonly fee: bigint; readonly lockSeconds: number; readonly seconds: number }>
> = {
  ordinary: { fee: 10n ** 15n, lockSeconds: 900, seconds: 1_800 },
  late: { fee: 10n ** 15n, lockSeconds: 8, seconds: MIN_SERVE_SECONDS - 10 },
  cheap: { fee: MIN_FEE / 2n, lockSeconds: 15, seconds: 60 },
  cancelled: { fee: MIN_FEE / 2n, lockSeconds: 900, seconds: 1_800 },
};
const CONTRACT = new Interface(REQUESTS_ABI);

/** Signs requests of one release by several accounts, and takes those back that nobody takes. */
export type Load = {
  readonly asked: readonly Asked[];
  /** Signs the next request; `now` is the chain's time in seconds. */
  readonly ask: (now: number) => Promise<void>;
  /** Signs the call that gives a request's escrow back once its time to be locked is over. */
  readonly expire: (asked: Asked) => Promise<number>;
  /** Hands the node whatever it has not mined. */
  readonly pump: () => Promise<void>;
};

/** @param keeper sends what anybody may send */
export function createLoad(
  chain: Chain,
  model: PublishedModel,
  { payers, keeper }: { readonly payers: readonly SoakAccount[]; readonly keeper: SoakAccount },
  draw: Draw,
): Load {
  const to = chain.deployment.inferenceRequests;
  const asked: Asked[] = [];

  function idOf(requester: Hex, nonce: bigint): RequestId {
    const words = [BigInt(chain.deployment.chainId), to, requester, nonce];
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["uint256", "address", "address", "uint256"],
      words,
    );
    return keccak256(encoded) as RequestId;
  }

  function kindOf(lot: number): AskKind {
    if (lot < 6) return "late";
    if (lot < 12) return "cheap";
    return lot < 18 ? "cancelled" : "ordinary";
  }

  return {
    asked,
    async ask(now) {
      const payer = payers[asked.length % payers.length];
      if (payer === undefined) throw new RangeError("nobody pays");
      const kind = kindOf(draw(0, 99));
      const input = packWords(
        rowOf(model, draw(0, model.samples.rows.length - 1)),
        model.prepared.compiled.input,
      );
      const { circuit } = model.prepared.bundle;
      const terms = { release: model.id, circuit, input, policy: SIGNED, ...TERMS[kind] };
      const params = completeAsk({ ...terms, nonce: BigInt(asked.length) }, now, 20n * GWEI);
      const encoded = encodeRequestParams(params);
      const data = CONTRACT.encodeFunctionData("request", [encoded]) as Hex;
      const nonce = await payer.push({ to, data, value: escrowOf(params) });
      const id = idOf(payer.address, params.nonce);
      asked.push({ id, kind, params, payer, nonce });
      if (kind === "cancelled") {
        const back = CONTRACT.encodeFunctionData("cancel", [id, encoded]) as Hex;
        await payer.push({ to, data: back });
      }
    },
    expire: ({ id, params }) =>
      keeper.push({
        to,
        data: CONTRACT.encodeFunctionData("expire", [id, encodeRequestParams(params)]) as Hex,
      }),
    async pump() {
      for (const account of [...payers, keeper]) await account.pump();
    },
  };
}
