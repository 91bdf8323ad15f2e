// Gas that a paid request costs on the chain, by the way that it is settled: whole transactions, calldata and their 21,000 included.
// Receipts are signed; a batch's posting, claims and release of its bond are divided by its receipts. A deposit, which serves many
// requests, is beside it. Prints JSON.
//
//   npm run bench:vouchers
import type { Hex, Voucher } from "@vouch/protocol";
import type { ContractTransactionResponse, TypedDataField } from "ethers";
import { Signature, hexlify, randomBytes } from "ethers";
import { network } from "hardhat";
import { A_MOMENT, mined } from "../test/helpers/gasScenario.ts";
import { DISPUTE_PERIOD, PRICE, ledgerOn } from "../test/helpers/ledgerScenario.ts";
import { GOOD, sign } from "../test/helpers/vouchScenario.ts";

const COUNTS = [1, 8, 64, 512];
/** `payments.voucher.claimItems`, as it is by default. */
const CLAIMED_AT_ONCE = 64;
const FUNDS = 10n ** 24n;
const DEADLINE = A_MOMENT + 0x0101_0101;

const chain = await network.create();
const scenario = await ledgerOn(chain);
const { requester, operator, ledger, requests } = scenario;
await chain.networkHelpers.time.increaseTo(A_MOMENT);
const token = await chain.ethers.deployContract("TokenAuthorization");
const erc20 = (await token.getAddress()) as Hex;
await token.mint(requester, FUNDS);
await token.connect(requester).approve(ledger, FUNDS);
await token.connect(requester).approve(requests, FUNDS);
await token.mint(operator, 1n); // no first-time slot is counted

const deposit = await gasOf(ledger.connect(requester).deposit(operator, erc20, 10_000n * PRICE));
await batched(1, (i) => BigInt(i)); // opens the channel's earnings
const rows = [];
for (const count of COUNTS) {
  const first = BigInt(count) * 1_024n;
  rows.push({
    receipts: count,
    "batch, nonces that count up": await batched(count, (i) => first + BigInt(i)),
    "batch, nonces that are drawn": await batched(count, () => drawn()),
  });
}
await scenario.signatures.connect(operator).post(10n ** 18n); // lapsed meanwhile
const individual = await answered();
console.log(
  JSON.stringify(
    {
      command: "npm run bench:vouchers",
      gas: {
        ...{
          "payment (transferWithAuthorization)": await authorized(),
        },
        "individual (request, lock, fulfil)": individual,
        "deposit, once": deposit,
        "batch, a receipt": rows,
      },
    },
    undefined,
    2,
  ),
);

/** Gas of one receipt of a batch, from its posting to the bond's release. */
async function batched(count: number, nonceOf: (index: number) => bigint): Promise<number> {
  const entries = Array.from({ length: count }, (_, i) =>
    scenario.entry(scenario.voucher({ token: erc20, nonce: nonceOf(i), deadline: DEADLINE })),
  );
  const signatures = await Promise.all(entries.map((it) => scenario.signVoucher(it.voucher)));
  const head = await chain.ethers.provider.getBlockNumber();
  const batch = await scenario.post(entries);
  let gas = await gasSince(head);
  const { earned } = await ledger.channelOf(requester, operator, erc20);
  await chain.networkHelpers.time.increase(DISPUTE_PERIOD + 1);
  for (let start = 0; start < count; start += CLAIMED_AT_ONCE) {
    const indices = entries.map((_, i) => i).slice(start, start + CLAIMED_AT_ONCE);
    const inclusions = indices.map((i) => batch.inclusion(i));
    gas += await gasOf(
      ledger.claimMany(inclusions, signatures.slice(start, start + CLAIMED_AT_ONCE)),
    );
  }
  gas += await gasOf(ledger.releaseBond(batch.id));
  const paid = (await ledger.channelOf(requester, operator, erc20)).earned - earned;
  if (paid !== BigInt(count) * PRICE)
    throw new RangeError(`${paid} was paid for ${count} receipts`);
  return Math.round(gas / count);
}

/** What a facilitator sends for `exact`: each nonce takes a slot of its own. */
async function authorized(): Promise<number> {
  const domain = {
    ...{ name: "Authorization", version: "1", chainId: scenario.domain.chainId },
    verifyingContract: erc20,
  };
  const field = (name: string, type: string): TypedDataField => ({ name, type });
  const types = {
    TransferWithAuthorization: [
      ...[field("from", "address"), field("to", "address"), field("value", "uint256")],
      ...[field("validAfter", "uint256"), field("validBefore", "uint256")],
      field("nonce", "bytes32"),
    ],
  };
  const [from, to] = [requester.address, operator.address];
  const nonce = hexlify(randomBytes(32));
  const value = { from, to, value: PRICE, validAfter: 0n, validBefore: BigInt(DEADLINE), nonce };
  const { v, r, s } = Signature.from(await requester.signTypedData(domain, types, value));
  const { validAfter, validBefore } = value;
  return gasOf(
    token.transferWithAuthorization(from, to, PRICE, validAfter, validBefore, nonce, v, r, s),
  );
}

async function answered(): Promise<number> {
  const params = await scenario.params({ token: erc20 });
  const asked = await gasOf(requests.connect(requester).request(params));
  const id = await requests.requestIdOf(requester, params.nonce);
  const locked = await gasOf(requests.connect(operator).lock(id, params));
  const claim = scenario.claim(id, params);
  const evidence = [await sign(operator, scenario.domain, claim)];
  return (
    asked + locked + (await gasOf(requests.connect(operator).fulfil(id, params, GOOD, evidence)))
  );
}

async function gasSince(block: number): Promise<number> {
  let gas = 0;
  for (let at = block + 1; at <= (await chain.ethers.provider.getBlockNumber()); at++)
    gas += Number((await chain.ethers.provider.getBlock(at))?.gasUsed ?? 0n);
  return gas;
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  return Number((await mined(sent)).gasUsed);
}

function drawn(): Voucher["nonce"] {
  return BigInt(hexlify(randomBytes(32)));
}
