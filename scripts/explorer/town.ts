import type { Local } from "@vouch/hardhat";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { VouchClient } from "@vouch/sdk";
import { connect } from "@vouch/sdk";
import hre from "hardhat";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import { asChain, homeOf } from "../../offchain/hardhat/tasks/openChain.ts";

/** A chain of this process with operators that serve on it, and accounts that ask. */
export type Town = {
  readonly chain: Chain;
  readonly local: Local;
  /** Publishes, and approves enclaves. */
  readonly publisher: HardhatEthersSigner;
  /** Sells by HTTP. */
  readonly seller: HardhatEthersSigner;
  readonly requesters: readonly Requester[];
  /** Run feeds, delegate stake, and answer wrongly or not at all. */
  readonly keeper: HardhatEthersSigner;
  readonly delegators: readonly HardhatEthersSigner[];
  readonly liar: HardhatEthersSigner;
  readonly idler: HardhatEthersSigner;
};

/** Somebody who asks, and the client that does so. */
export type Requester = { readonly signer: HardhatEthersSigner; readonly sdk: VouchClient };

const STAKE = 25n * 10n ** 18n;
const REQUESTERS = { from: 2, to: 8 };
/** Wall milliseconds between two looks at a request. */
const POLL_MS = 50;

/** Starts a chain of this process at a date, with the contracts and four operators, each with a SIMULATED enclave. */
export async function openTown(
  initialDate: Date,
): Promise<{ readonly town: Town; readonly close: () => Promise<void> }> {
  const connection = await hre.network.create({ override: { initialDate } });
  try {
    const local = await connection.vouch.local({ operators: 4, stake: STAKE, tee: "simulated" });
    const chain = await asChain(connection, local.deployment, homeOf(hre), true);
    return { town: await castTown(chain, local), close: () => connection.close() };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Gives the network's accounts their parts; its last ones are the operators'. */
async function castTown(chain: Chain, local: Local): Promise<Town> {
  const { connection, deployment } = chain;
  const signers = await connection.ethers.getSigners();
  const at = (index: number): HardhatEthersSigner => {
    const signer = signers[index];
    if (signer === undefined) throw new RangeError(`the network has no account ${index}`);
    return signer;
  };
  const requesters = await Promise.all(
    signers.slice(REQUESTERS.from, REQUESTERS.to).map(async (signer) => {
      const sdk = await connect({ provider: signer, deployment, pollIntervalMs: POLL_MS });
      return { signer, sdk };
    }),
  );
  return {
    ...{ chain, local, requesters, publisher: at(0), seller: at(1), keeper: at(8) },
    ...{ delegators: [at(9), at(10)], liar: at(11), idler: at(12) },
  };
}
