import { availableParallelism } from "node:os";
import type { HardhatPlugin } from "hardhat/types/plugins";

/**
 * Compiles on every core. Hardhat leaves one free, which on two cores is one after the other: settings of their own make some thirty
 * jobs here, each a process that waits for no other.
 */
export const everyCore: HardhatPlugin = {
  id: "vouch-every-core",
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            build: (context, roots, options, next) =>
              next(context, roots, { concurrency: availableParallelism(), ...options }),
          }),
      }),
  },
};
