import { existsSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Hex } from "@vouch/protocol";
import { parseReleaseId } from "@vouch/protocol";
import { acceptBundle } from "@vouch/publisher";
import { openSealingIdentity } from "@vouch/worker";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { accountAt, openChain } from "../openChain.ts";
import { holderOf } from "../openWorker.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly folder: string;
  readonly grant: string;
  readonly account: string;
  readonly json: boolean;
};

/** Takes a sealed release and the grant for it into this operator's store, once both open to the release's own content. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const folder = resolve(args.folder);
  const id = parseReleaseId(basename(folder));
  if (!existsSync(args.grant))
    throw new TaskError(
      "ARGUMENT_INVALID",
      `There is no file ${args.grant}. The release's publisher makes it with \`npx hardhat model:grant\`.`,
    );
  const signer = await accountAt(chain, args.account);
  const operator = signer.address.toLowerCase() as Hex;
  const identity = await openSealingIdentity(chain.home, operator);
  const grant = await acceptBundle({ folder, grant: readFileSync(args.grant, "utf8") }, id, {
    releases: chain.home.releases,
    holder: holderOf(chain, operator, identity),
  });
  const until = new Date(grant.expiresAt * 1000).toISOString();
  if (args.json) {
    console.log(JSON.stringify({ release: id, generation: grant.generation, expiresAt: until }));
    return;
  }
  console.log(`Release     ${id} is served from here, sealed, until ${until}`);
  console.log("Its proving keys are not part of it: copy them into the store's `keys` as before.");
}
