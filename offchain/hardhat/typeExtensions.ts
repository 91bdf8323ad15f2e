import "@nomicfoundation/hardhat-ethers";
import "@nomicfoundation/hardhat-ignition-ethers";
import type { VouchConfig, VouchUserConfig } from "./config.ts";
import type { VouchConnection } from "./connection.ts";

// Interfaces, since that is what merges with Hardhat's own.
declare module "hardhat/types/config" {
  interface HardhatUserConfig {
    vouch?: VouchUserConfig;
  }
  interface HardhatConfig {
    vouch: VouchConfig;
  }
}

declare module "hardhat/types/network" {
  // With the parameters of Hardhat's own.
  interface NetworkConnection<ChainTypeT extends ChainType | string = DefaultChainType> {
    vouch: VouchConnection;
  }
}
