import type { HardhatConfig } from "hardhat/types/config";
import type { Local } from "./local/openLocal.ts";
import type { LocalOptions } from "./local/options.ts";
import type { Site } from "./local/site.ts";
import type { Connection } from "./tasks/openChain.ts";

/** What the plugin puts on a connection as `vouch`. */
export type VouchConnection = {
  /**
   * Returns the protocol on this connection's chain, which has to be one for development: deploys the contracts, stakes operators
   * on the last accounts and has them serve in this process, with real signatures and proofs. Called again it returns the same, until
   * that is closed or the chain is taken back to before it. It ends with the connection.
   *
   * @throws {PluginError} `OPTIONS_INVALID`, `LOCAL_OPEN`, `CHAIN_NOT_LOCAL`, `MINING_MANUAL`, `HARDFORK_TOO_OLD`, `GAS_LIMIT_LOW`,
   * `ACCOUNTS_MISSING`, `ACCOUNT_UNFUNDED`.
   */
  readonly local: (options?: LocalOptions) => Promise<Local>;
};

const sites = new WeakMap<object, Promise<Site>>();

/** Returns what a connection gets; compiler and provers are loaded when they are first needed. */
export function vouchOf(config: HardhatConfig, connection: Connection): VouchConnection {
  const site = async (): Promise<Site> => {
    const { createSite } = await import("./local/site.ts");
    return createSite(config, connection);
  };
  return {
    async local(options) {
      const known = sites.get(connection) ?? site();
      sites.set(connection, known);
      return (await known).local(options);
    },
  };
}

/** Ends what a connection has under way. */
export async function closeVouchOf(connection: object): Promise<void> {
  await (await sites.get(connection))?.close();
}
