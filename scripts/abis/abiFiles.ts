import { readFile } from "node:fs/promises";

/** Spoken to by every client: whoever loads one of these modules loads them all. */
const CONNECTED = [
  ...["CircuitRegistry", "DcapVerifier", "EnclaveAuthorities", "EnclaveCollateral"],
  ...["EnclaveRegistry", "EvidenceRouter", "Groth16Evidence", "InferenceRequests", "ModelRegistry"],
  ...["NitroRegistrars", "PolicyQuotes", "SignatureEvidence", "StakeVault"],
];
/** Spoken to by some. */
const OTHERS = [
  ...["Disputes", "ModelFeed", "OperatorPools", "PanelArbiter", "Quorum"],
  ...["ReceiptLedger", "ReceiptProver", "RequestFunding", "Scheduler"],
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

/**
 * Returns the ABIs of the contracts that TypeScript speaks to as modules, by their names: without bytecode, which the factories of
 * TypeChain carry, and without Solidity's own types. `otherErrors.ts` has the errors that no connected contract's ABI has.
 *
 * @param artifacts Paths of the artifacts of a build.
 */
export async function abiFiles(artifacts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const abiOf = async (name: string): Promise<readonly Item[]> => {
    const path = artifacts.find((it) =>
      it.replaceAll("\\", "/").endsWith(`/${name}.sol/${name}.json`),
    );
    if (path === undefined) throw new ReferenceError(`there is no artifact of ${name}`);
    const text = await readFile(path, "utf8");
    return (JSON.parse(text) as { readonly abi: readonly Item[] }).abi
      .filter(({ type }) => type !== "constructor")
      .map(itemOf);
  };
  const files = new Map<string, string>();
  const known = new Set<string>();
  const others: Item[] = [];
  for (const name of [...CONNECTED, ...OTHERS, ...EXAMPLES]) {
    const abi = await abiOf(name);
    for (const item of abi.filter(({ type }) => type === "error")) {
      const signature = JSON.stringify([item.name, item.inputs?.map(typeOf)]);
      if (!known.has(signature) && !CONNECTED.includes(name)) others.push(item);
      known.add(signature);
    }
    if (!EXAMPLES.includes(name)) files.set(`${name}.ts`, moduleOf(`${constantOf(name)}_ABI`, abi));
  }
  files.set("otherErrors.ts", moduleOf("OTHER_ERRORS", others));
  return files;
}

function itemOf({ type, name, inputs, outputs, ...rest }: Item): Item {
  return {
    ...{ type, ...(name === undefined ? {} : { name }), ...stated(rest) },
    ...(inputs === undefined ? {} : { inputs: inputs.map(parameterOf) }),
    ...(outputs === undefined ? {} : { outputs: outputs.map(parameterOf) }),
  };
}

/** Without Solidity's own names of types. */
function parameterOf({ components, ...rest }: Parameter): Parameter {
  const plain = stated({ ...rest, internalType: "" });
  return components === undefined ? plain : { ...plain, components: components.map(parameterOf) };
}

/** Without what readers of an ABI take for granted: an empty name, an event or parameter that is not special. */
function stated<T extends object>(fields: T): Partial<T> {
  const said = Object.entries(fields).filter(([, value]) => value !== "" && value !== false);
  return Object.fromEntries(said) as Partial<T>;
}

function typeOf({ type, components }: Parameter): unknown {
  return [type, components?.map(typeOf)];
}

function constantOf(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}

function moduleOf(constant: string, abi: readonly Item[]): string {
  const items = abi.map((it) => `  ${JSON.stringify(it)},\n`).join("");
  return `// Written by the build (scripts/abis).\nexport const ${constant} = [\n${items}] as const;\n`;
}
