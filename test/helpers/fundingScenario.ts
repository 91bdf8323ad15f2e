import type { Hex } from "@vouch/protocol";
import { decodeRequestParams, requestTypedData } from "@vouch/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { BaseContract, TypedDataField } from "ethers";
import { MaxUint256 } from "ethers";
import type {
  Permit2Mock,
  TokenAuthorization,
  TokenPermit,
} from "../../offchain/protocol/typechain/index.ts";
import { connection } from "./deployVouch.ts";
import type { Params, Scenario } from "./vouchScenario.ts";
import { deployScenario, escrowOf } from "./vouchScenario.ts";

/** Units of each token that the requester starts with. */
export const FUNDS: bigint = 10n ** 24n;

export type FundingScenario = Scenario & {
  readonly relayer: HardhatEthersSigner;
  readonly permit2: Permit2Mock;
  readonly permitToken: TokenPermit;
  readonly authorizationToken: TokenAuthorization;
};

/** What a holder of tokens signs, and may sign otherwise than it should. */
export type TransferTerms = {
  readonly request: string;
  readonly amount: bigint;
  readonly spender: string;
};

const field = (name: string, type: string): TypedDataField => ({ name, type });

const PERMIT = {
  Permit: [
    field("owner", "address"),
    field("spender", "address"),
    field("value", "uint256"),
    field("nonce", "uint256"),
    field("deadline", "uint256"),
  ],
};

const AUTHORIZATION = {
  ReceiveWithAuthorization: [
    field("from", "address"),
    field("to", "address"),
    field("value", "uint256"),
    field("validAfter", "uint256"),
    field("validBefore", "uint256"),
    field("nonce", "bytes32"),
  ],
};

const WITNESS_TRANSFER = {
  PermitWitnessTransferFrom: [
    field("permitted", "TokenPermissions"),
    field("spender", "address"),
    field("nonce", "uint256"),
    field("deadline", "uint256"),
    field("request", "bytes32"),
  ],
  TokenPermissions: [field("token", "address"), field("amount", "uint256")],
};

/** The protocol, Permit2 where it is on public chains, and tokens of both standards that the requester holds. */
export async function deployFundingScenario(): Promise<FundingScenario> {
  const { ethers, networkHelpers } = connection;
  const scenario = await deployScenario();
  const relayer = (await ethers.getSigners())[5]!; // Hardhat has twenty
  const canonical = await scenario.funding.permit2();
  const deployed = await ethers.deployContract("Permit2Mock");
  await networkHelpers.setCode(canonical, (await deployed.getDeployedCode())!); // just deployed
  const permit2 = await ethers.getContractAt("Permit2Mock", canonical);
  const permitToken = await ethers.deployContract("TokenPermit");
  const authorizationToken = await ethers.deployContract("TokenAuthorization");
  for (const token of [permitToken, authorizationToken]) {
    await token.mint(scenario.requester, FUNDS);
  }
  return { ...scenario, relayer, permit2, permitToken, authorizationToken };
}

/** Signs a request as `requestFor` takes it. */
export async function signRequest(
  { domain, requests }: Scenario,
  signer: HardhatEthersSigner,
  terms: Params,
  requester: string = signer.address,
): Promise<string> {
  const at = (await requests.getAddress()) as Hex;
  const typed = requestTypedData(
    { chainId: domain.chainId, requests: at },
    requester as Hex,
    decodeRequestParams(terms),
  );
  return signer.signTypedData(typed.domain, typed.types, typed.value);
}

/** What has to be signed, over a token or Permit2, for a request to be paid for by `requester`. */
export async function transferOf(
  { funding, requests }: Scenario,
  terms: Params,
  requester: string,
): Promise<TransferTerms> {
  return {
    request: await requests.requestIdOf(requester, terms.nonce),
    amount: escrowOf(terms),
    spender: await funding.getAddress(),
  };
}

/** Signs an EIP-2612 permit without an end. */
export async function signPermit(
  { domain }: Scenario,
  token: TokenPermit,
  signer: HardhatEthersSigner,
  { amount, spender }: TransferTerms,
  { owner = signer.address, deadline = MaxUint256 }: { owner?: string; deadline?: bigint } = {},
): Promise<{ value: bigint; deadline: bigint; signature: string }> {
  const signature = await signer.signTypedData(
    await domainOf("Permit", "1", domain.chainId, token),
    PERMIT,
    { owner, spender, value: amount, nonce: await token.nonces(owner), deadline },
  );
  return { value: amount, deadline, signature };
}

/** Signs an EIP-3009 authorization that was always valid. */
export async function signAuthorization(
  { domain }: Scenario,
  token: BaseContract,
  signer: HardhatEthersSigner,
  { amount, spender, request }: TransferTerms,
  { from = signer.address, validBefore = 2n ** 40n }: { from?: string; validBefore?: bigint } = {},
): Promise<{ validAfter: bigint; validBefore: bigint; signature: string }> {
  const signature = await signer.signTypedData(
    await domainOf("Authorization", "1", domain.chainId, token),
    AUTHORIZATION,
    { from, to: spender, value: amount, validAfter: 0n, validBefore, nonce: request },
  );
  return { validAfter: 0n, validBefore, signature };
}

/** Signs a Permit2 transfer whose witness is a request. */
export async function signPermit2(
  { domain, permit2 }: FundingScenario,
  token: string,
  signer: HardhatEthersSigner,
  { amount, spender, request }: TransferTerms,
  { nonce = 0n, deadline = MaxUint256 }: { nonce?: bigint; deadline?: bigint } = {},
): Promise<{ nonce: bigint; deadline: bigint; signature: string }> {
  const signature = await signer.signTypedData(
    await domainOf("Permit2", undefined, domain.chainId, permit2),
    WITNESS_TRANSFER,
    { permitted: { token, amount }, spender, nonce, deadline, request },
  );
  return { nonce, deadline, signature };
}

async function domainOf(
  name: string,
  version: string | undefined,
  chainId: bigint,
  contract: BaseContract,
): Promise<Record<string, unknown>> {
  const verifyingContract = await contract.getAddress();
  return { name, ...(version === undefined ? {} : { version }), chainId, verifyingContract };
}
