import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * Writes the ABIs of the contracts that TypeScript speaks to into offchain/protocol/abi, from the artifacts of a build: without
 * bytecode, which the factories of TypeChain carry, and without Solidity's own types. Run it after a contract's interface changed:
 * `npm run abis`. A test fails where they differ.
 */

const ROOT = resolve(import.meta.dirname, "..");
const TARGET = join(ROOT, "offchain/protocol/abi");

/** Spoken to, or found in errors. */
const CONTRACTS = [
  ...["CircuitRegistry", "DcapVerifier", "Disputes", "EnclaveAuthorities", "EnclaveCollateral"],
  ...["EnclaveRegistry", "EvidenceRouter", "Groth16Evidence", "InferenceRequests", "ModelRegistry"],
  ...["NitroRegistrars", "OperatorPools", "PanelArbiter", "PolicyQuotes", "Quorum"],
  ...["ReceiptLedger", "ReceiptProver", "RequestFunding", "SignatureEvidence", "StakeVault"],
];
/** Whose errors alone are read. */
const EXAMPLES = ["CreditDesk", "CreditLine"];

type Parameter = { readonly [key: string]: unknown; readonly components?: readonly Parameter[] };
type Item = {
  readonly type: string;
  readonly name?: string;
  readonly inputs?: readonly Parameter[];
  readonly outputs?: readonly Parameter[];
};

/** Returns the files by their names in the folder. */
export async function abiFiles(): Promise<ReadonlyMap<string, string>> {
  const artifacts = await readdir(join(ROOT, "artifacts"), { recursive: true });
  const abiOf = async (name: string): Promise<readonly Item[]> => {
    const path = artifacts.find((it) => it.endsWith(`${name}.sol/${name}.json`));
    if (path === undefined)
      throw new Error(`There is no artifact of ${name}: run \`npm run build\`.`);
    const text = await readFile(join(ROOT, "artifacts", path), "utf8");
    return (JSON.parse(text) as { readonly abi: readonly Item[] }).abi.map(itemOf);
  };
  const files = new Map<string, string>();
  const errors = new Map<string, Item>();
  for (const name of [...CONTRACTS, ...EXAMPLES]) {
    const abi = await abiOf(name);
    for (const item of abi.filter(({ type }) => type === "error")) {
      const signature = JSON.stringify([item.name, item.inputs?.map(typeOf)]);
      if (!errors.has(signature)) errors.set(signature, item);
    }
    if (!EXAMPLES.includes(name)) files.set(`${name}.ts`, moduleOf(name, abi));
  }
  files.set("contractErrors.ts", moduleOf("ContractErrors", [...errors.values()]));
  return files;
}

function itemOf({ type, name, inputs, outputs, ...rest }: Item): Item {
  return {
    ...{ type, ...(name === undefined ? {} : { name }), ...rest },
    ...(inputs === undefined ? {} : { inputs: inputs.map(parameterOf) }),
    ...(outputs === undefined ? {} : { outputs: outputs.map(parameterOf) }),
  };
}

/** Without Solidity's own names of types. */
function parameterOf({ components, ...rest }: Parameter): Parameter {
  const plain = Object.fromEntries(Object.entries(rest).filter(([key]) => key !== "internalType"));
  return components === undefined ? plain : { ...plain, components: components.map(parameterOf) };
}

function typeOf({ type, components }: Parameter): unknown {
  return [type, components?.map(typeOf)];
}

function moduleOf(name: string, abi: readonly Item[]): string {
  const constant = `${name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase()}${name === "ContractErrors" ? "" : "_ABI"}`;
  const items = abi.map((it) => `  ${JSON.stringify(it)},\n`).join("");
  return `// Written by \`npm run abis\`.\nexport const ${constant} = [\n${items}] as const;\n`;
}

if (import.meta.main) {
  await rm(TARGET, { recursive: true, force: true });
  await mkdir(TARGET, { recursive: true });
  for (const [name, text] of await abiFiles()) await writeFile(join(TARGET, name), text);
}
