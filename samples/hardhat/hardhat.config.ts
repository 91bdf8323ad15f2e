import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

// The compiler comes from npm. Without `path` Hardhat downloads one.
const path = createRequire(import.meta.url).resolve("solc/soljson.js");

export default defineConfig({
  plugins: [toolbox],
  solidity: { version: "0.8.37", path, settings: { optimizer: { enabled: true, runs: 200 } } },
  paths: { tests: { mocha: "test", solidity: "test" } },
});
