import { definePlugin } from "hardhat/plugins";
import type { HardhatPlugin } from "hardhat/types/plugins";
import { tasks } from "./tasks/index.ts";
import "./typeExtensions.ts";

export type { VouchConfig, VouchUserConfig } from "./config.ts";
export type { VouchConnection } from "./connection.ts";
export { PluginError } from "./errors.ts";
export type { PluginErrorData } from "./errors.ts";
export type { LocalOperator } from "./local/localOperator.ts";
export type { NumberFormat, PublishModelOptions } from "./local/modelPlan.ts";
export type { Local } from "./local/openLocal.ts";
export type { LocalOptions } from "./local/options.ts";
export type { LocalRelease } from "./local/publishModel.ts";

/** Vouch's tasks for a Hardhat project, and `vouch.local()` on its connections. */
const plugin: HardhatPlugin = definePlugin({
  id: "vouch",
  npmPackage: "@vouch/hardhat",
  dependencies: () => [
    import("@nomicfoundation/hardhat-ethers"),
    import("@nomicfoundation/hardhat-ignition-ethers"),
  ],
  hookHandlers: {
    config: () => import("./hooks/config.ts"),
    network: () => import("./hooks/network.ts"),
  },
  tasks: [...tasks],
});

export default plugin;
