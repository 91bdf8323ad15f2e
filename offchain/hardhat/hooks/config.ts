import type { ConfigHooks } from "hardhat/types/hooks";
import { faultsOf, resolveConfig } from "../config.ts";

/** Checks and resolves `vouch` of a user's configuration. */
export default (): Promise<Partial<ConfigHooks>> =>
  Promise.resolve({
    validateUserConfig: ({ vouch }) => Promise.resolve([...faultsOf(vouch)]),
    resolveUserConfig: async (user, resolveVariable, next) => {
      const config = await next(user, resolveVariable);
      return { ...config, vouch: resolveConfig(user.vouch, config.paths.root) };
    },
  });
