import { definePlugin } from "hardhat/plugins";
import type { HardhatPlugin } from "hardhat/types/plugins";
import { tasks } from "./tasks/index.ts";
import "./typeExtensions.ts";

export type { VouchConfig, VouchUserConfig } from "./config.ts";

/** Vouch's tasks for a Hardhat project. */
const plugin: HardhatPlugin = definePlugin({
  id: "vouch",
  npmPackage: "@vouch/hardhat",
  dependencies: () => [
    import("@nomicfoundation/hardhat-ethers"),
    import("@nomicfoundation/hardhat-ignition-ethers"),
  ],
  hookHandlers: { config: () => import("./hooks/config.ts") },
  tasks: [...tasks],
});

export default plugin;
