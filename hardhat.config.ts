import { availableParallelism } from "node:os";
import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import vouch from "@vouch/hardhat";
import { configVariable, defineConfig } from "hardhat/config";
import { abiModules } from "./scripts/abis/abiModules.ts";
import { everyCore } from "./scripts/compile/everyCore.ts";
import { branchCoverage } from "./scripts/coverage/branchCoverage.ts";

// The compiler comes from npm, so that a build reaches nothing but the registry.
const path = createRequire(import.meta.url).resolve("solc/soljson.js");
// `npm run test:deep` runs the long forms.
const deep = process.env["VOUCH_DEEP"] !== undefined;
const solc = (settings: Record<string, unknown> = {}) => ({
  version: "0.8.37",
  path,
  settings: { evmVersion: "prague", optimizer: { enabled: true, runs: 20_000 }, ...settings },
});
// What every request pays for, and what the other pipeline makes too large. The IR pipeline takes longer to compile; few `runs`
// keep the largest within the limit on code, and the others run for less gas without that.
const hot = solc({ viaIR: true, optimizer: { enabled: true, runs: 200 } });
const hotter = solc({ viaIR: true });
// Tests of the libraries that slice calldata, of which the other pipeline's stack holds too little.
const slicing = [
  "Dates/Dates.t.sol",
  "DcapQuote/DcapQuote.t.sol",
  "Der/Der.t.sol",
  "Json/Json.t.sol",
  "PckExtension/PckExtension.t.sol",
  "QeIdentity/QeIdentity.t.sol",
  "TcbInfo/TcbInfo.t.sol",
  "TcbInfo/statusOf.t.sol",
  "TcbLevels/TcbLevels.t.sol",
  "TcbLevels/levelOf.t.sol",
  "X509/RevocationLists.t.sol",
  "X509/X509.t.sol",
  "X509/X509Reader.sol",
  "X509/requireSignedBy.t.sol",
];
const overrides = {
  ...Object.fromEntries(slicing.map((name) => [`test/contracts/${name}`, hotter])),
  "contracts/InferenceRequests.sol": hot,
  "contracts/Quorum.sol": hot,
  "contracts/ReceiptLedger.sol": hot,
  "contracts/EvidenceRouter.sol": hotter,
  // They slice calldata, too.
  "contracts/EnclaveAuthorities.sol": hotter,
  "contracts/EnclaveCollateral.sol": hotter,
  "contracts/DcapVerifier.sol": hotter,
  "contracts/EnclaveRegistry.sol": hotter,
  // As in the code of the registry, which creates it.
  "contracts/NitroRegistrars.sol": hotter,
  "contracts/evidence/Groth16Evidence.sol": hotter,
  "contracts/evidence/SignatureEvidence.sol": hotter,
  // Composes nested arrays from calldata, which the other pipeline cannot.
  "contracts/PolicyQuotes.sol": hot,
  // Copies nested arrays to storage, which the other pipeline cannot.
  "test/contracts/Quorum/Quorum.t.sol": hot,
  // The whole test kit is one contract, which a development node takes within the limit on code.
  "testing/MockVouch.sol": hot,
  // It holds the code of the feeds that it creates.
  "contracts/Scheduler.sol": hot,
  "contracts/ModelFeed.sol": hot,
  // Passes a policy and an assurance from memory, which the other pipeline's stack is too short for.
  "contracts/examples/VolatilityFee.sol": hotter,
};

export default defineConfig({
  plugins: [toolbox, vouch, abiModules, everyCore, branchCoverage],
  vouch: { contracts: "project" },
  solidity: {
    profiles: {
      default: { compilers: [solc()], overrides },
      production: { compilers: [solc({ viaIR: true })], overrides },
    },
  },
  networks: {
    default: { type: "edr-simulated", chainType: "l1" },
    localhost: {
      type: "http",
      chainType: "l1",
      url: process.env["VOUCH_LOCALHOST_URL"] ?? "http://127.0.0.1:8545",
    },
    sepolia: {
      type: "http",
      chainType: "l1",
      url: configVariable("SEPOLIA_RPC_URL"),
      accounts: [configVariable("SEPOLIA_PRIVATE_KEY")],
    },
  },
  typechain: { outDir: "offchain/protocol/typechain" },
  paths: {
    sources: { solidity: ["contracts", "testing"] },
    tests: { mocha: "test", solidity: "test/contracts" },
  },
  test: {
    solidity: {
      fuzz: { runs: deep ? 10_000 : 256, seed: "0x766f756368" },
      invariant: { runs: deep ? 2560 : 256, depth: 100, failOnRevert: false },
    },
    mocha: { timeout: 120_000, parallel: true, jobs: Math.min(availableParallelism() + 1, 4) },
  },
});
