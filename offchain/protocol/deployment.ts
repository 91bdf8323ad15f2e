import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((value) => value.toLowerCase() as Hex);

const deploymentSchema = z.object({
  chainId: z.string().regex(/^\d+$/),
  /** Block from which events of this deployment can be read. */
  fromBlock: z.number().int().nonnegative(),
  /** Hash of that block: tells a chain from one that was started afresh under the same id. */
  anchor: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    .transform((value) => value as Hex),
  modelRegistry: address,
  circuitRegistry: address,
  stakeVault: address,
  signatureEvidence: address,
  enclaveAuthorities: address,
  enclaveCollateral: address,
  dcapVerifier: address,
  simulatedAuthorities: address,
  simulatedCollateral: address,
  simulatedVerifier: address,
  enclaveRegistry: address,
  nitroRegistrars: address,
  evidenceRouter: address,
  inferenceRequests: address,
  requestFunding: address,
  receiptLedger: address,
  policyQuotes: address,
  /** What creates feeds; records of earlier versions do not say. */
  scheduler: address.optional(),
});

/** Where the contracts of one chain are; `deployments/<chainId>.json`. */
export type Deployment = z.infer<typeof deploymentSchema>;

/**
 * Reads the record of a deployment.
 *
 * @throws {ProtocolError} `DEPLOYMENT_MALFORMED`, naming the first field that is wrong, or that an earlier version did not write.
 */
export function parseDeployment(json: unknown): Deployment {
  const parsed = deploymentSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = String(issue?.path[0] ?? "");
  const isMissing = typeof json === "object" && json !== null && field !== "" && !(field in json);
  const reason = isMissing
    ? `${field}: it is not recorded, as by an earlier version; \`npx hardhat deploy --network <name>\` records what is there`
    : `${field}: ${issue?.message ?? "invalid"}`;
  throw new ProtocolError({ code: "DEPLOYMENT_MALFORMED", reason }, { cause: parsed.error });
}
