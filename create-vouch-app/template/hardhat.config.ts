import { createRequire } from "node:module";
import mocha from "@nomicfoundation/hardhat-mocha";
import vouch from "@vouch/hardhat";
import { configVariable, defineConfig } from "hardhat/config";

// The compiler comes from npm, so that nothing is downloaded while it compiles.
const solc = createRequire(import.meta.url).resolve("solc/soljson.js");

export default defineConfig({
  plugins: [mocha, vouch],
  solidity: {
    version: "0.8.37",
    path: solc,
    settings: { evmVersion: "prague", optimizer: { enabled: true, runs: 200 } },
  },
  networks: {
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
    sepolia: {
      type: "http",
      chainType: "l1",
      url: configVariable("SEPOLIA_RPC_URL"),
      accounts: [configVariable("SEPOLIA_PRIVATE_KEY")],
    },
  },
  test: { mocha: { timeout: 180_000 } },
});
