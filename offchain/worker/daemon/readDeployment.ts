import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "@vouch/protocol";
import { parseDeployment, ProtocolError } from "@vouch/protocol";
import { shownFile } from "../config/looksSecret.ts";
import { WorkerError } from "../errors.ts";

/**
 * Reads where the contracts of a chain are: from `path`, or from `deployments/<chainId>.json` where that is empty.
 *
 * @throws {WorkerError} `DEPLOYMENT_MISSING`, `DEPLOYMENT_OF_OTHER_CHAIN`; {ProtocolError} `DEPLOYMENT_MALFORMED`.
 */
export function readDeployment(path: string, chainId: bigint): Deployment {
  const at = path === "" ? join("deployments", `${chainId}.json`) : path;
  const file = shownFile(at);
  if (!existsSync(at)) throw new WorkerError({ code: "DEPLOYMENT_MISSING", file, chainId });
  const deployment = parseDeployment(parseJson(readFileSync(at, "utf8")));
  const deployed = BigInt(deployment.chainId);
  if (deployed !== chainId)
    throw new WorkerError({ code: "DEPLOYMENT_OF_OTHER_CHAIN", file, deployed, chainId });
  return deployment;
}

/** The parser's own words repeat the text, and the file may be another than was meant. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProtocolError({ code: "DEPLOYMENT_MALFORMED", reason: "it is not JSON" });
  }
}
