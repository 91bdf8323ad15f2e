import type { Contracts, Deployment } from "@vouch/protocol";
import { isMock, parseDeployment } from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import type { ChainReader } from "./chainReader.ts";

/** What `requests` names, by the deployment's field. */
const NAMED = {
  evidenceRouter: "router",
  modelRegistry: "models",
  circuitRegistry: "circuits",
  stakeVault: "vault",
} as const;

/**
 * Returns the deployment of the chain that a provider is on: the one that is given, or the one of several by chain id.
 *
 * @throws {SdkError} `CHAIN_MISMATCH`; {ProtocolError} `DEPLOYMENT_MALFORMED`.
 */
export function chooseDeployment(given: unknown, chainId: bigint): Deployment {
  const found = chainId.toString();
  // Ids of chains alone: what has other keys is one record, whole or not.
  const ids = isRecord(given) ? Object.keys(given) : [];
  const several = isRecord(given) && ids.length > 0 && ids.every((it) => /^\d+$/.test(it));
  if (several && !Object.hasOwn(given, found))
    throw new SdkError({ code: "CHAIN_MISMATCH", expected: ids, found });
  const deployment = parseDeployment(several ? given[found] : given);
  if (deployment.chainId !== found)
    throw new SdkError({ code: "CHAIN_MISMATCH", expected: [deployment.chainId], found });
  return deployment;
}

/**
 * Demands that the contracts of a deployment are where its record says, belong to each other, and that the chain is the one they
 * were deployed to, not another that was started afresh under its id. Nothing is asked of a test's mock.
 *
 * @throws {SdkError} `NOT_DEPLOYED`, `MOCK_DEPLOYED`, `DEPLOYMENT_MISMATCH`.
 */
export async function requireDeployed(
  deployment: Deployment,
  { requests }: Pick<Contracts, "requests">,
  reader: ChainReader,
): Promise<void> {
  for (const contract of ["inferenceRequests", "evidenceRouter"] as const) {
    const address = deployment[contract];
    if ((await reader.getCode(address)) === "0x") {
      const { chainId } = deployment;
      throw new SdkError({ code: "NOT_DEPLOYED", chainId, contract, address });
    }
  }
  const named = await Promise.all(
    Object.entries(NAMED).map(async ([field, getter]) => ({
      field: field as keyof typeof NAMED,
      address: (await requests[getter]()).toLowerCase(),
    })),
  );
  for (const { field, address } of named) requireSame(field, deployment[field], address);
  if (await isMock({ requests })) {
    const { chainId, inferenceRequests: address } = deployment;
    throw new SdkError({ code: "MOCK_DEPLOYED", chainId, address });
  }
  const block = await reader.getBlock(deployment.fromBlock);
  requireSame("anchor", deployment.anchor, block?.hash ?? "no such block");
}

function requireSame(field: string, expected: string, found: string): void {
  if (expected !== found)
    throw new SdkError({ code: "DEPLOYMENT_MISMATCH", field, expected, found });
}

function isRecord(it: unknown): it is Readonly<Record<string, unknown>> {
  return typeof it === "object" && it !== null;
}
