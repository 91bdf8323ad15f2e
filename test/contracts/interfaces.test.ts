import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Interface, id, toBeHex } from "ethers";
import hre from "hardhat";
import Vouch from "../../offchain/hardhat/ignition/modules/Vouch.ts";
import { connection } from "../helpers/deployVouch.ts";

/** What each contract answers for, beside ERC-165 itself: all that it implements, what those inherit included. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  CircuitRegistry: ["ICircuitRegistry"],
  ModelRegistry: ["IModelRegistry"],
  WrappedNative: ["IWrappedNative", "IERC20", "IERC20Metadata"],
  StakeVault: ["IStakeVault"],
  SignatureEvidence: ["IEvidenceVerifier", "IOperatorBonds"],
  Groth16Evidence: ["IEvidenceVerifier", "IBatchVerifier"],
  ExternalProofEvidence: ["IEvidenceVerifier", "IExternalPrograms"],
  Quorum: ["IQuorum", "IEvidenceVerifier", "IEscrow"],
  PanelArbiter: ["IArbiter", "IEscrow"],
  EvidenceRouter: ["IEvidenceRouter"],
  Disputes: ["IDisputes", "IEscrow"],
  InferenceRequests: ["IInferenceRequests", "IEscrow", "ITallies"],
  ProgramRegistry: ["IProgramRegistry"],
  ReceiptLedger: ["IReceiptLedger"],
  RequestFunding: ["IRequestFunding"],
  Scheduler: ["IScheduler"],
  PolicyQuotes: ["IPolicyQuotes"],
  EnclaveAuthorities: ["IEnclaveAuthorities"],
  EnclaveCollateral: ["IEnclaveCollateral"],
  DcapVerifier: ["IDcapVerifier"],
  EnclaveRegistry: ["IEnclaveRegistry", "IEvidenceVerifier"],
  NitroRegistrars: ["INitroRegistrars", "IEscrow"],
  OperatorPools: ["IOperatorPools"],
  OperatorShares: ["IOperatorShares", "IERC20", "IERC20Metadata", "IERC20Permit", "IERC4626"],
  ReceiptProver: ["IReceiptProver"],
};

/** Own functions of interfaces that come with no artifact. */
const STANDARDS: Readonly<Record<string, readonly string[]>> = {
  IERC165: ["supportsInterface(bytes4)"],
  IERC20: [
    "totalSupply()",
    "balanceOf(address)",
    "transfer(address,uint256)",
    "allowance(address,address)",
    "approve(address,uint256)",
    "transferFrom(address,address,uint256)",
  ],
  IERC20Metadata: ["name()", "symbol()", "decimals()"],
  IERC20Permit: [
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    "nonces(address)",
    "DOMAIN_SEPARATOR()",
  ],
  IERC4626: [
    "asset()",
    "totalAssets()",
    "convertToShares(uint256)",
    "convertToAssets(uint256)",
    ...["Deposit", "Mint", "Withdraw", "Redeem"].flatMap((it) => [
      `max${it}(address)`,
      `preview${it}(uint256)`,
    ]),
    "deposit(uint256,address)",
    "mint(uint256,address)",
    "withdraw(uint256,address,address)",
    "redeem(uint256,address,address)",
  ],
};

const INVALID = "0xffffffff";
const RANDOM = id("no interface").slice(0, 10);
const ERC165 = new Interface(["function supportsInterface(bytes4) view returns (bool)"]);

/** What a contract or interface of this project names after `is`. */
async function parentsOf(name: string): Promise<string[]> {
  const { sourceName } = await hre.artifacts.readArtifact(name);
  const source = readFileSync(join(hre.config.paths.root, sourceName), "utf8");
  const heading = new RegExp(
    `^(?:abstract contract|contract|interface) ${name}( is [^{]*)? \\{`,
    "m",
  );
  const found = heading.exec(source);
  if (found === null) throw new Error(`${sourceName} has no heading of ${name}`);
  return (found[1] ?? "")
    .replace(" is ", "")
    .split(",")
    .flatMap((it) => it.trim() || []);
}

/** All interfaces of this project that a contract or interface inherits. */
async function inherited(name: string): Promise<string[]> {
  const all = new Set<string>();
  for (const parent of await parentsOf(name)) {
    if (!(await hre.artifacts.artifactExists(parent))) continue;
    if (/^I[A-Z]/.test(parent)) all.add(parent);
    for (const it of await inherited(parent)) all.add(it);
  }
  return [...all];
}

const xor = (selectors: readonly string[]): string =>
  toBeHex(
    selectors.reduce((sum, it) => sum ^ BigInt(it), 0n),
    4,
  );

async function selectorsOf(name: string): Promise<string[]> {
  const { abi } = await hre.artifacts.readArtifact(name);
  const selectors: string[] = [];
  new Interface(abi).forEachFunction(({ selector }) => selectors.push(selector));
  return selectors;
}

/** As `type(I).interfaceId`: of the interface's own functions, without those that it inherits. */
async function interfaceId(name: string): Promise<string> {
  const standard = STANDARDS[name];
  if (standard !== undefined) return xor(standard.map((it) => id(it).slice(0, 10)));
  const theirs = new Set((await Promise.all((await inherited(name)).map(selectorsOf))).flat());
  return xor((await selectorsOf(name)).filter((it) => !theirs.has(it)));
}

/** Every contract of a deployment by its name: those that the module deploys, and those that they create. */
async function deployed(): Promise<Map<string, string>> {
  const { ethers, ignition } = connection;
  const vouch = await ignition.deploy(Vouch);
  const addresses = new Map<string, string>();
  for (const [key, contract] of Object.entries(vouch)) {
    if (key.startsWith("simulated")) continue; // the same contracts, below another root
    const name = `${key[0]?.toUpperCase() ?? ""}${key.slice(1)}`;
    addresses.set(name, await contract.getAddress());
  }
  const at = (name: string): string => addresses.get(name) ?? "";
  const [signer] = await ethers.getSigners();
  const vault = await ethers.getContractAt("StakeVault", at("StakeVault"));
  await vault.openPool();
  addresses.set("OperatorShares", await vault.sharesOf(signer!)); // Hardhat has twenty accounts
  const quorum = await ethers.getContractAt("Quorum", at("Quorum"));
  addresses.set("OperatorPools", await quorum.pools());
  const ledger = await ethers.getContractAt("ReceiptLedger", at("ReceiptLedger"));
  addresses.set("ReceiptProver", await ledger.prover());
  return addresses;
}

describe("interfaces", () => {
  it("has a row for every contract that is deployed, and no other", async () => {
    const addresses = await connection.networkHelpers.loadFixture(deployed);
    expect([...addresses.keys()]).to.have.members(Object.keys(TABLE));
  });

  for (const [name, answered] of Object.entries(TABLE)) {
    describe(name, () => {
      it("has a row with all that it implements", async () => {
        expect(answered).to.include.members(await inherited(name));
      });

      for (const it_ of ["IERC165", ...answered]) {
        it(`answers true for ${it_}`, async () => {
          expect(await supports(name, await interfaceId(it_))).to.equal(true);
        });
      }

      it("answers false for 0xffffffff and for an id of no interface", async () => {
        expect(await supports(name, INVALID)).to.equal(false);
        expect(await supports(name, RANDOM)).to.equal(false);
      });
    });
  }
});

async function supports(name: string, asked: string): Promise<boolean> {
  const addresses = await connection.networkHelpers.loadFixture(deployed);
  const { provider } = connection.ethers;
  const contract = new connection.ethers.Contract(addresses.get(name) ?? "", ERC165, provider);
  return (await contract.getFunction("supportsInterface")(asked)) as boolean;
}
