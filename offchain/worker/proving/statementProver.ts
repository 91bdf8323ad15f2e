import { setImmediate as immediately } from "node:timers/promises";
import type { Groth16Proof, StatementProof } from "@vouch/protocol";
import { ProverError } from "@vouch/prover";
import { timed } from "../timed.ts";
import type { JoinSecret } from "./joinSecret.ts";
import { unkeptJoinSecret } from "./joinSecret.ts";
import type { KeptProofs } from "./keptProofs.ts";
import { decodeProof, encodeProof, memoryProofs } from "./keptProofs.ts";
import type { Fault, ProofMaker } from "./makeProof.ts";
import { makeProof } from "./makeProof.ts";
import type { ProofEvent } from "./proofEvents.ts";
import { KEPT_PROVER } from "./proofEvents.ts";
import type { ProofClaim } from "./proofClaim.ts";
import type { ProofTask, StatementClaims } from "./statementClaims.ts";
import { statementClaims } from "./statementClaims.ts";

export type StatementProverDeps = {
  /** Where proofs are looked for before one is made; this process's memory where absent. */
  readonly kept?: KeptProofs;
  /** One that others share lets them prove the segments of a statement; nobody keeps it where absent. */
  readonly joins?: JoinSecret;
  readonly make?: ProofMaker;
  readonly onEvent?: (event: ProofEvent) => void;
};

/** Proves statements: what was proven before is found again, and nothing is given out that does not verify. */
export type StatementProver = {
  readonly claimsOf: (task: ProofTask) => StatementClaims;
  /** Returns what is kept of a statement's claims, in step with them; each proof is verified. */
  readonly find: (
    task: Pick<ProofTask, "request">,
    claims: readonly ProofClaim[],
  ) => Promise<readonly (Groth16Proof | undefined)[]>;
  /** Whether a proof of each is kept; none is looked at. */
  readonly hasAll: (claims: readonly ProofClaim[]) => Promise<boolean>;
  /**
   * Returns one claim's proof, kept or made.
   *
   * @throws {ProverError} those of `prove`.
   */
  readonly proofOf: (
    task: Pick<ProofTask, "request">,
    claim: ProofClaim,
    signal?: AbortSignal,
  ) => Promise<Groth16Proof>;
  /**
   * Proves a whole statement in this process: by its circuit, or segment by segment, two at a time.
   *
   * @throws {ProverError} where the witness contradicts a circuit; the other proofs that are under way are finished.
   */
  readonly prove: (task: ProofTask, signal?: AbortSignal) => Promise<StatementProof>;
};

/** Segments that one process proves at a time, each with a witness and a key in memory. */
const AT_ONCE = 2;

/** Builds what proves statements. Of two that want one proof at once the second waits for the first. */
export function createStatementProver(deps: StatementProverDeps = {}): StatementProver {
  const { kept = memoryProofs(), joins = unkeptJoinSecret(), make = makeProof } = deps;
  const { onEvent = () => undefined } = deps;
  const underWay = new Map<string, Promise<Groth16Proof>>();

  const claimsOf = (task: ProofTask): StatementClaims => statementClaims(task, joins);

  async function find(
    { request }: Pick<ProofTask, "request">,
    claims: readonly ProofClaim[],
  ): Promise<readonly (Groth16Proof | undefined)[]> {
    const texts = await kept.get(claims.map(({ key }) => key));
    const proofs: (Groth16Proof | undefined)[] = [];
    for (const [index, claim] of claims.entries()) {
      await immediately(); // a verification takes all of the thread for 50 ms
      const text = texts[index];
      const proof = text === undefined ? undefined : decodeProof(text);
      const { key, isProof } = claim;
      if (proof !== undefined && isProof(proof)) {
        proofs.push(proof);
        continue;
      }
      proofs.push(undefined);
      if (text === undefined) continue;
      onEvent({ status: "proofRefused", request, circuit: key.circuit, prover: KEPT_PROVER });
      await kept.drop(key);
    }
    return proofs;
  }

  async function obtain(
    task: Pick<ProofTask, "request">,
    claim: ProofClaim,
    signal: AbortSignal | undefined,
  ): Promise<Groth16Proof> {
    const { request } = task;
    const { key } = claim;
    const { circuit } = key;
    const [found] = await find(task, [claim]);
    if (found !== undefined) {
      onEvent({ status: "proofFound", request, circuit });
      return found;
    }
    const onFault = (prover: string, fault: Fault): void => {
      const status = fault === "wrong" ? "proofRefused" : "proverFailed";
      onEvent({ status, request, circuit, prover });
    };
    const options = { onFault, ...(signal === undefined ? {} : { signal }) };
    const { value: made, ms } = await timed(() => claim.make(make, options));
    const { proof, prover } = made;
    await kept.put(key, encodeProof(proof));
    onEvent({ status: "proofMade", request, circuit, prover, ms });
    return proof;
  }

  async function proofOf(
    task: Pick<ProofTask, "request">,
    claim: ProofClaim,
    signal?: AbortSignal,
  ): Promise<Groth16Proof> {
    const { circuit, digest, commitment } = claim.key;
    const name = [circuit, digest, commitment].join();
    for (let other = underWay.get(name); other !== undefined; other = underWay.get(name)) {
      try {
        return await other;
      } catch (error) {
        if (!isAborted(error) || signal?.aborted === true) throw error; // the other's own end says nothing of this one
      }
    }
    const own = obtain(task, claim, signal).finally(() => underWay.delete(name));
    underWay.set(name, own);
    return own;
  }

  return {
    ...{ claimsOf, find, proofOf },
    async hasAll(claims) {
      return !(await kept.get(claims.map(({ key }) => key))).includes(undefined);
    },
    async prove(task, signal) {
      const { claims, evidenceOf } = claimsOf(task);
      const proofs: Groth16Proof[] = [];
      const failures: unknown[] = [];
      const left = claims.entries();
      const work = async (): Promise<void> => {
        for (const [index, claim] of left) {
          try {
            proofs[index] = await proofOf(task, claim, signal);
          } catch (error) {
            failures.push(error);
          }
          if (failures.length > 0) return;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      if (failures.length > 0) throw failures[0];
      return evidenceOf(proofs);
    },
  };
}

function isAborted(error: unknown): boolean {
  return error instanceof ProverError && error.code === "ABORTED";
}
