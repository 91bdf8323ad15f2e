import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "@vouch/protocol";
import { parseDeployment } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";

/**
 * Reads where the contracts of a chain are: from `path`, or from `deployments/<chainId>.json` where that is empty.
 *
 * @throws {WorkerError} `DEPLOYMENT_MISSING`, `DEPLOYMENT_OF_OTHER_CHAIN`; {ProtocolError} `DEPLOYMENT_MALFORMED`.
 */
export function readDeployment(path: string, chainId: bigint): Deployment {
  const file = path === "" ? join("deployments", `${chainId}.json`) : path;
  if (!existsSync(file)) throw new WorkerError({ code: "DEPLOYMENT_MISSING", file, chainId });
  const deployment = parseDeployment(JSON.parse(readFileSync(file, "utf8")));
  const deployed = BigInt(deployment.chainId);
  if (deployed !== chainId)
    throw new WorkerError({ code: "DEPLOYMENT_OF_OTHER_CHAIN", file, deployed, chainId });
  return deployment;
}
