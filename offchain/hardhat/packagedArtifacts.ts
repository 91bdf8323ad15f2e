import type { VouchArtifacts, VouchContractName } from "./ignition/modules/Vouch.ts";

/** Returns the contracts that come with the packages, so that a project deploys them without compiling one. */
export async function packagedArtifacts(): Promise<VouchArtifacts> {
  const { CONTRACT_ARTIFACTS } = await import("@vouch/protocol/artifacts");
  const artifactOf = (contractName: VouchContractName): VouchArtifacts[VouchContractName] => {
    const { abi, bytecode } = CONTRACT_ARTIFACTS[contractName];
    return {
      _format: "hh3-artifact-1",
      contractName,
      sourceName: `@vouch/contracts/${contractName}.sol`,
      abi,
      bytecode,
      // Of a contract that was deployed: Ignition keeps it and does not read it.
      deployedBytecode: "0x",
      linkReferences: {},
      deployedLinkReferences: {},
    };
  };
  const names = Object.keys(CONTRACT_ARTIFACTS) as VouchContractName[];
  return Object.fromEntries(names.map((name) => [name, artifactOf(name)])) as VouchArtifacts;
}
