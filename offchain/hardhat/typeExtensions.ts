import "@nomicfoundation/hardhat-ethers";
import "@nomicfoundation/hardhat-ignition-ethers";
import type { VouchConfig, VouchUserConfig } from "./config.ts";

// Interfaces, since that is what merges with Hardhat's own.
declare module "hardhat/types/config" {
  interface HardhatUserConfig {
    vouch?: VouchUserConfig;
  }
  interface HardhatConfig {
    vouch: VouchConfig;
  }
}
