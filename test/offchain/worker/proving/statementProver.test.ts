import { interpret } from "@vouch/compiler";
import type { Hex, SegmentedProof, ZkEvidence } from "@vouch/protocol";
import { packWords, parseRequestId, verifyProof } from "@vouch/protocol";
import { ProverError } from "@vouch/prover";
import type { KeptProofs, ProofEvent, ProofMaker, ProofTask, StatementProver } from "@vouch/worker";
import { createStatementProver, joinSecret, KEPT_PROVER, memoryProofs } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import { codeOf, codeOfPromise } from "../../../helpers/codeOf.ts";
import type { SegmentedModel } from "../../../helpers/segmentedModel.ts";
import { segmentedModel, trapdoorMaker } from "../../../helpers/segmentedModel.ts";

const SECRET = joinSecret(new Uint8Array(32).fill(3));
const INPUT = [3n, -20n, 64n, 5n];

describe("createStatementProver", () => {
  let model: SegmentedModel;
  let kept: KeptProofs;
  let events: ProofEvent[];
  /** Segments whose proofs were made, in order. */
  let made: number[];

  before(async () => {
    model = await segmentedModel();
  });
  beforeEach(() => {
    kept = memoryProofs();
    events = [];
    made = [];
  });

  const count: ProofMaker = (...asked) =>
    trapdoorMaker(model, (segment) => void made.push(segment))(...asked);

  /** As a process that begins anew: its memory is empty, and what is kept is there. */
  const prover = (make = count, joins = SECRET): StatementProver =>
    createStatementProver({ kept, joins, make, onEvent: (event) => events.push(event) });

  const taskOf = (name = "statement"): ProofTask => {
    const { graph } = model.served.compiled;
    const witness = { input: INPUT, output: interpret(graph, INPUT) };
    const digest = id(name) as Hex;
    return { served: model.served, request: parseRequestId(id("request")), digest, witness };
  };

  const verdictOf = (evidence: ZkEvidence, { digest, witness }: ProofTask): string | undefined => {
    const { release, circuit, compiled } = model.served;
    const input = packWords(witness.input, compiled.input);
    const output = packWords(witness.output, compiled.output);
    return codeOf(() => {
      verifyProof(evidence, { release, input, output }, circuit, digest);
    });
  };

  const statuses = (): readonly string[] => events.map(({ status }) => status);

  it("proves every segment of a statement, and what it gives verifies", async () => {
    const task = taskOf();
    const evidence = await prover().prove(task);
    expect(verdictOf(evidence, task)).to.equal(undefined);
    expect(made.toSorted()).to.deep.equal([0, 1, 2]);
    expect(statuses()).to.deep.equal(["proofMade", "proofMade", "proofMade"]);
  });

  describe("given proofs that were made before", () => {
    let first: ZkEvidence;
    beforeEach(async () => {
      first = await prover().prove(taskOf());
      made = [];
      events = [];
    });

    it("finds them again after a restart, and makes none", async () => {
      expect(await prover().prove(taskOf())).to.deep.equal(first);
      expect(made).to.deep.equal([]);
      expect(statuses()).to.deep.equal(["proofFound", "proofFound", "proofFound"]);
    });

    it("gives none of them out for another statement", async () => {
      const other = taskOf("another");
      expect(verdictOf(await prover().prove(other), other)).to.equal(undefined);
      expect(made).to.have.length(3);
      expect(verdictOf(first, other)).to.equal("PROOF_INVALID");
    });

    it("gives none of them out under joins of another secret", async () => {
      const other = prover(count, joinSecret(new Uint8Array(32).fill(4)));
      expect(verdictOf(await other.prove(taskOf()), taskOf())).to.equal(undefined);
      expect(made).to.have.length(3);
    });

    it("makes anew what is damaged, says so, and leaves the others", async () => {
      const { claims } = prover().claimsOf(taskOf());
      const [, second, third] = claims.map(({ key }) => key);
      const [of] = await kept.get([third!]);
      for (const wrong of [of!, "0x00", `0x${"00".repeat(32 * 8)}`]) {
        await kept.drop(second!);
        await kept.put(second!, wrong); // a valid proof of the third segment, no proof, points at infinity
        const evidence = await prover().prove(taskOf());
        expect(verdictOf(evidence, taskOf())).to.equal(undefined);
      }
      expect(made).to.deep.equal([1, 1, 1]);
      const refused = events.filter((it) => it.status === "proofRefused");
      expect(refused.map((it) => [it.prover, it.circuit])).to.deep.equal(
        [1, 1, 1].map(() => [KEPT_PROVER, second!.circuit]),
      );
    });
  });

  describe("given a prover that fails at one segment", () => {
    const failingAt = (error: Error): ProofMaker =>
      trapdoorMaker(model, (segment) => {
        if (segment === 1) throw error;
        made.push(segment);
      });

    it("keeps the proofs of the others, and makes only the lost one the next time", async () => {
      const lost = new ProverError({ code: "PROOF_FAILED", reason: "no memory" });
      expect(await codeOfPromise(prover(failingAt(lost)).prove(taskOf()))).to.equal("PROOF_FAILED");
      const before = made.splice(0);
      expect(before).to.include(0);
      expect(verdictOf(await prover().prove(taskOf()), taskOf())).to.equal(undefined);
      expect([...before, ...made].toSorted()).to.deep.equal([0, 1, 2]);
    });
  });

  describe("given a prover that returns a wrong proof", () => {
    it("refuses one that is valid for something else, names the prover, and keeps nothing", async () => {
      const wrong: ProofMaker = async (artefacts, inputs, options) => {
        const proven = await count(artefacts, { ...inputs, e: 1n }, options);
        return { ...proven, prover: "liar" };
      };
      const task = taskOf();
      const [claim] = prover().claimsOf(task).claims;
      expect(await codeOfPromise(prover(wrong).proofOf(task, claim!))).to.equal("PROOF_REJECTED");
      expect(events).to.deep.equal([
        { status: "proofRefused", ...of(task, claim!.key.circuit), prover: "liar" },
      ]);
      expect(await kept.get([claim!.key])).to.deep.equal([undefined]);
    });

    it("says which it was that another was asked in the place of, and keeps the other's", async () => {
      const replaced: ProofMaker = (artefacts, inputs, options) => {
        options.onFault("liar", "wrong");
        return count(artefacts, inputs, options);
      };
      const task = taskOf();
      expect(verdictOf(await prover(replaced).prove(task), task)).to.equal(undefined);
      expect(statuses().filter((it) => it === "proofRefused")).to.have.length(3);
      expect(await prover().hasAll(prover().claimsOf(task).claims)).to.equal(true);
    });
  });

  describe("given two that want one proof at once", () => {
    it("makes it once", async () => {
      const one = prover();
      const [a, b] = await Promise.all([one.prove(taskOf()), one.prove(taskOf())]);
      expect(a).to.deep.equal(b);
      expect(made.toSorted()).to.deep.equal([0, 1, 2]);
    });

    it("makes it for the second where the first is told to stop", async () => {
      const first = new AbortController();
      const stoppable: ProofMaker = async (artefacts, inputs, options) => {
        first.abort();
        if (options.signal?.aborted === true) throw new ProverError({ code: "ABORTED" });
        return count(artefacts, inputs, options);
      };
      const one = prover(stoppable);
      const task = taskOf();
      const claim = one.claimsOf(task).claims[0]!;
      const [stopped, other] = await Promise.allSettled([
        one.proofOf(task, claim, first.signal),
        one.proofOf(task, claim),
      ]);
      expect([stopped.status, other.status]).to.deep.equal(["rejected", "fulfilled"]);
      expect(made).to.deep.equal([0]);
    });
  });

  it("commits to the same joins of a statement in every process that has the secret", () => {
    const joinsOf = (of: StatementProver, name?: string): SegmentedProof["joins"] =>
      of.claimsOf(taskOf(name)).joins;
    const here = joinsOf(prover());
    expect(joinsOf(prover())).to.deep.equal(here);
    const others = [joinsOf(prover(), "another"), joinsOf(createStatementProver())];
    for (const joins of others) for (const join of joins) expect(here).to.not.include(join);
  });
});

function of(task: ProofTask, circuit: string): object {
  return { request: task.request, circuit };
}
