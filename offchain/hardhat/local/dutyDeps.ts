import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Hex } from "@vouch/protocol";
import { connectCourts } from "@vouch/protocol";
import type { Openings, PanelSecret, Releases, RoundDeps } from "@vouch/worker";
import {
  createStatementProver,
  directSend,
  memoryBytes,
  memorySignLog,
  readHeader,
} from "@vouch/worker";
import type { Logger } from "pino";
import type { Chain } from "../tasks/openChain.ts";
import { contractsAs } from "../tasks/openChain.ts";
import type { OneAtATime } from "./oneAtATime.ts";
import { markProving } from "./proverRest.ts";

/** Wall milliseconds between two looks at the chain. */
export const POLL_MS = 25;

/** What an operator's duties are done with. */
export type DutySite = {
  readonly chain: Chain;
  readonly releases: Releases;
  readonly log: Logger;
  readonly openings: Openings;
  /** Outlives a chain that is taken back: what was committed to before can be revealed after. */
  readonly secret: PanelSecret;
  /** Shared by all operators of a set-up: what any of them may do one does, and the others find it done. */
  readonly inTurn: OneAtATime;
};

/** Returns what the worker's duties take, with a memory that ends with this history of the chain. */
export async function dutyDeps(
  signer: HardhatEthersSigner,
  { chain, releases, openings, log, secret }: Omit<DutySite, "inTurn">,
): Promise<RoundDeps> {
  const contracts = contractsAs(chain, signer);
  const { provider } = chain.connection.ethers;
  return {
    ...{ contracts, releases, openings, log, secret },
    operator: signer.address.toLowerCase() as Hex,
    send: directSend(signer, POLL_MS),
    courts: await connectCourts(contracts),
    domain: chain.domain,
    fromBlock: chain.deployment.fromBlock,
    proofs: memoryBytes(),
    outputs: memoryBytes(),
    signLog: memorySignLog(),
    prover: createStatementProver({
      onEvent: (event) => {
        if (event.status === "proofMade") markProving();
      },
    }),
    header: (number) =>
      readHeader(number, { send: (method, params) => provider.send(method, params) }),
  };
}
