import { randomBytes } from "node:crypto";
import { runSegments } from "@vouch/compiler";
import type { Hex, ZkEvidence } from "@vouch/protocol";
import { bytesToHex, joinSalt } from "@vouch/protocol";
import { proveSegments } from "@vouch/prover";
import type { ClaimWitness } from "./proveClaim.ts";
import { proveClaim } from "./proveClaim.ts";
import type { ServedRelease } from "./servedRelease.ts";

/**
 * Proves that a release gives `witness.output` on `witness.input`, bound to the statement with this digest: by its circuit,
 * or segment by segment, several at a time. The joins' salts come from a secret that nobody keeps, new for every proof.
 *
 * @throws {ProverError} where the witness contradicts a circuit.
 */
export async function proveStatement(
  { compiled, models, proving, weightsSalts }: ServedRelease,
  witness: Omit<ClaimWitness, "weightsSalt">,
  digest: Hex,
): Promise<ZkEvidence> {
  const [only] = proving;
  if (only !== undefined && models.length === 1) {
    const claim = { ...witness, weightsSalt: weightsSalts[0] };
    const { commitment, proof } = await proveClaim(compiled, only, claim, digest);
    return { kind: "zk", commitment, proof };
  }
  const { input, inputSalt, outputSalt } = witness;
  const secret = bytesToHex(randomBytes(32));
  const opening = {
    passed: runSegments(models, input),
    weightsSalts,
    joinSalts: models.slice(1).map((_, index) => joinSalt(secret, digest, index)),
    ...(inputSalt === undefined ? {} : { inputSalt }),
    ...(outputSalt === undefined ? {} : { outputSalt }),
  };
  return { kind: "zk", ...(await proveSegments(models, proving, opening, digest)) };
}
