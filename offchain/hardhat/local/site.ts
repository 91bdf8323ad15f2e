import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment } from "@vouch/protocol";
import type { HardhatConfig } from "hardhat/types/config";
import { PluginError } from "../errors.ts";
import type { Connection } from "../tasks/openChain.ts";
import { deployVouch } from "../tasks/openChain.ts";
import type { Local } from "./openLocal.ts";
import { openLocal } from "./openLocal.ts";
import type { LocalOptions, LocalSettings } from "./options.ts";
import { areAlike, parseLocalOptions } from "./options.ts";
import { endProvers } from "./proverRest.ts";
import { requireLocalChain } from "./requireLocalChain.ts";
import { slowProgress } from "./slowProgress.ts";

/** What one connection has of its own. */
export type Site = {
  readonly local: (options?: LocalOptions) => Promise<Local>;
  readonly close: () => Promise<void>;
};

type Opened = { readonly settings: LocalSettings; readonly local: Promise<Local> };

/** Provers are shared by all set-ups of a process: the last one to close ends their threads. */
const open = new Set<Promise<Local>>();

/** Returns the set-up of a connection, which is made when it is first asked for. */
export function createSite(config: HardhatConfig, connection: Connection): Site {
  const { networkName: network } = connection;
  let deployed: Promise<Deployment> | undefined;
  let opened: Opened | undefined;
  /** Of what was closed last: its accounts are in use until then. */
  let ending: Promise<void> | undefined;

  /** The contracts of this connection; deployed again where the chain was taken back to before they were. */
  async function deployment(): Promise<Deployment> {
    const earlier = await deployed?.catch(() => undefined); // whoever asked for it has the error
    if (earlier !== undefined && (await isThere(connection, earlier))) return earlier;
    deployed = deploy(config, connection);
    return deployed;
  }

  function begin(settings: LocalSettings): Opened {
    const self: Opened = {
      settings,
      local: (async () => {
        await requireLocalChain(connection, settings);
        const local = await openLocal(await deployment(), settings, { config, connection });
        return { ...local, close: () => (ending = end(self, local)) };
      })(),
    };
    return self;
  }

  /** Ends one set-up and no other, however often it is asked to. */
  async function end(self: Opened, local: Local): Promise<void> {
    if (opened === self) opened = undefined;
    await local.close();
    open.delete(self.local);
    if (open.size === 0) await endProvers();
  }

  async function local(options: LocalOptions = {}): Promise<Local> {
    const settings = parseLocalOptions(options);
    const earlier = opened;
    if (earlier !== undefined) {
      const before = await earlier.local;
      const isHere = await isThere(connection, before.deployment);
      if (isHere && opened === earlier) {
        if (areAlike(earlier.settings, settings)) return before;
        throw new PluginError({ code: "LOCAL_OPEN", network });
      }
      if (!isHere) await before.close();
    }
    await ending?.catch(() => undefined); // whoever closed it has the error
    if (opened !== undefined) return local(options); // another call was faster
    const own = begin(settings);
    opened = own;
    open.add(own.local);
    try {
      return await own.local;
    } catch (error) {
      open.delete(own.local);
      if (opened === own) opened = undefined;
      throw error;
    }
  }

  return {
    local,
    async close() {
      const last = await opened?.local.catch(() => undefined); // whoever asked for it has the error
      await last?.close();
      await ending;
    },
  };
}

async function isThere({ ethers }: Connection, { evidenceRouter }: Deployment): Promise<boolean> {
  return (await ethers.provider.getCode(evidenceRouter)) !== "0x";
}

/** Ignition keeps a journal of what it sends to a node; that of a chain which ends with the node is of no use to anybody. */
async function deploy(config: HardhatConfig, connection: Connection): Promise<Deployment> {
  const head = await connection.ethers.provider.getBlock("latest");
  const id = `vouch-local-${process.pid}-${head?.hash?.slice(2, 18) ?? ""}`;
  const { done } = slowProgress("deploying the contracts", (line) => process.stderr.write(line));
  try {
    const inProcess = connection.networkConfig.type === "edr-simulated";
    return await deployVouch({ config }, connection, inProcess ? undefined : id);
  } finally {
    done();
    await rm(join(config.paths.ignition, "deployments", id), { recursive: true, force: true });
  }
}
