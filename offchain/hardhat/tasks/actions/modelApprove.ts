import { parseBytes32, parseReleaseId } from "@vouch/protocol";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { accountAt, contractsAs, openChain } from "../openChain.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly release: string;
  readonly measurement: string;
  readonly minSvn: string;
  readonly withdraw: boolean;
  readonly since: string;
  readonly account: string;
  readonly json: boolean;
};

const MAX_SVN = 0xffff;

/** Lets enclaves of a measurement serve a release, as its publisher; or takes that back, for good. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const release = parseReleaseId(args.release);
  const measurement = parseBytes32(args.measurement);
  const minSvn = parseSvn(args.minSvn);
  const chain = await openChain(hre);
  const { enclaves } = contractsAs(chain, await accountAt(chain, args.account));
  const since = await parseSince(args.since, async () => {
    const block = await chain.connection.ethers.provider.getBlock("latest");
    return block?.timestamp ?? 0;
  });
  const sent = args.withdraw
    ? await enclaves.withdraw(release, measurement, since)
    : await enclaves.approve(release, measurement, minSvn);
  const mined = await sent.wait();
  const facts = {
    release,
    measurement,
    ...(args.withdraw ? { withdrawnSince: since } : { minSvn }),
    servable: await enclaves.isServable(release, measurement),
    txHash: sent.hash,
    gas: mined?.gasUsed.toString() ?? null,
  };
  if (args.json) {
    console.log(JSON.stringify(facts));
    return;
  }
  console.log(
    args.withdraw
      ? `Measurement ${measurement} serves release ${release} no more, since ${new Date(since * 1000).toISOString()} and for good.`
      : `Measurement ${measurement} may serve release ${release}${minSvn === 0 ? "" : `, from version ${minSvn} on`}.`,
  );
}

function parseSvn(text: string): number {
  const svn = Number(text);
  if (/^\d{1,5}$/.test(text) && svn <= MAX_SVN) return svn;
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--min-svn is "${text}"; it takes a whole number up to ${MAX_SVN}.`,
  );
}

async function parseSince(text: string, now: () => Promise<number>): Promise<number> {
  if (text === "") return now();
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--since is "${text}"; it takes seconds since the epoch.`,
  );
}
