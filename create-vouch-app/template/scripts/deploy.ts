// Deploys SwapFee to a chain that has Vouch and the model: `npx hardhat run scripts/deploy.ts --network localhost`.
import { readFileSync } from "node:fs";
import { connect } from "@vouch/sdk";
import { network } from "hardhat";

const RELEASE = process.env["RELEASE"] ?? "vol-eth-mlp";

const { ethers } = await network.create();
const [signer] = await ethers.getSigners();
if (signer === undefined) throw new Error("This network has no account: see hardhat.config.ts.");
const { chainId } = await ethers.provider.getNetwork();
const deployment: unknown = JSON.parse(readFileSync(`deployments/${chainId}.json`, "utf8"));
const vouch = await connect({ provider: signer, deployment });
const { id } = await vouch.release(RELEASE);
const fee = await ethers.deployContract("SwapFee", [vouch.deployment.inferenceRequests, id]);
await fee.waitForDeployment();
console.log(`SwapFee of ${RELEASE} (${id}) is at ${await fee.getAddress()}`);
