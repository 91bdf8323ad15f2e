import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Hex, Release } from "@vouch/protocol";
import { parseAddress } from "@vouch/protocol";
import {
  nextSealing,
  readBundle,
  readSealing,
  writeHolders,
  writeSealedBundle,
  writeSealing,
} from "@vouch/publisher";
import type { SealingKey } from "@vouch/sealing";
import { grantText, issueGrant, issueHolders, readSealingKey } from "@vouch/sealing";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { chooseRelease } from "../chooseRelease.ts";
import type { Chain } from "../openChain.ts";
import { accountAt, openChain } from "../openChain.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly release: string;
  readonly to: string;
  readonly revoke: string;
  readonly days: string;
  readonly out: string;
  readonly account: string;
  readonly json: boolean;
};

const DAY_SECONDS = 86_400;
const MAX_DAYS = 3_650;

/** Seals a release for operators, and grants each the keys to it; or takes grants back, which seals it anew for the others. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const days = Number(args.days);
  if (!(days > 0 && days <= MAX_DAYS))
    throw new TaskError("ARGUMENT_INVALID", `--days is "${args.days}"; it takes 1 to ${MAX_DAYS}.`);
  const chain = await openChain(hre);
  const { id, release } = await chooseRelease(chain, args.release);
  const publisher = await accountAt(chain, args.account);
  requirePublisher(release, publisher.address);
  const to = listOf(args.to).map((path) => readKey(path, chain));
  const revoke = listOf(args.revoke).map(parseAddress);
  const { releases } = chain.home;
  const bundle = readBundle(releases, id);
  const sealing = await nextSealing(readSealing(releases, id), revoke);
  requireWelcome(to, sealing.revoked);

  await writeSealing(releases, id, sealing); // before anything is sealed to it
  const folder = resolve(args.out, `generation-${sealing.generation}`);
  const sealed = await writeSealedBundle(folder, bundle, sealing);
  const now = Math.floor(Date.now() / 1000);
  const { domain } = chain;
  const { generation, revoked, identity } = sealing;
  await writeHolders(
    sealed,
    await issueHolders(publisher, { domain, release: id, generation, revoked, issuedAt: now }),
  );
  const grants = join(folder, "grants");
  await mkdir(grants, { recursive: true });
  const written: { readonly holder: Hex; readonly grant: string }[] = [];
  for (const key of to) {
    const { salt } = bundle;
    if (salt === undefined) throw new TypeError("a bundle that was sealed has a salt");
    const keys = { release: id, generation, identity, salt };
    const expiresAt = now + Math.round(days * DAY_SECONDS);
    const path = join(grants, `${id}-${key.holder}.json`);
    await writeFile(path, grantText(await issueGrant(publisher, keys, key, { expiresAt })));
    written.push({ holder: key.holder, grant: path });
  }
  if (args.json) {
    console.log(JSON.stringify({ release: id, generation, sealed, grants: written, revoked }));
    return;
  }
  console.log(`Release     ${id}, keys of generation ${generation}`);
  console.log(`Sealed      ${sealed}: anybody may have it`);
  for (const { holder, grant } of written) console.log(`Grant       ${grant} for ${holder}`);
  for (const holder of revoke) console.log(`Revoked     ${holder}`);
  if (revoke.length > 0)
    console.log(
      "Whoever was revoked keeps what it opened before. Grant the others anew, and send all holders the sealed folder: its list has their workers stop.",
    );
}

function requirePublisher({ publisher }: Release, address: string): void {
  if (publisher === address.toLowerCase()) return;
  throw new TaskError(
    "ARGUMENT_INVALID",
    `The release is ${publisher}'s, and the account is ${address}: nobody would take its grants. Give --account.`,
  );
}

function requireWelcome(to: readonly SealingKey[], revoked: readonly Hex[]): void {
  const refused = to.find(({ holder }) => revoked.includes(holder));
  if (refused === undefined) return;
  throw new TaskError(
    "ARGUMENT_INVALID",
    `${refused.holder} is revoked for this release, and its worker would not take the grant.`,
  );
}

function readKey(path: string, { domain }: Chain): SealingKey {
  if (!existsSync(path))
    throw new TaskError(
      "ARGUMENT_INVALID",
      `There is no file ${path}. Operators make it with \`npx hardhat sealing:key\`.`,
    );
  return readSealingKey(readFileSync(path, "utf8"), domain);
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((it) => it.trim())
    .filter((it) => it !== "");
}
