import { join } from "node:path";
import { expect } from "chai";
import { interpret } from "@vouch/compiler";
import type { Evidence, Hex, Receipt, RequestId } from "@vouch/protocol";
import {
  challenge,
  evaluateWords,
  hashOfWords,
  releaseId,
  SCALAR_FIELD,
  statementDigest,
  verifyGroth16,
} from "@vouch/protocol";
import { developmentSetup, terminate } from "@vouch/prover";
import { publishRelease } from "@vouch/publisher";
import type { ProvenClaim } from "@vouch/worker";
import { proofOf } from "../../scripts/demo/forgeries.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import {
  openCreditScenario,
  proveNearby,
  refusalsOf,
  resign,
  rowOf,
  serveRow,
} from "../helpers/creditScenario.ts";
import { oneCircuit } from "../helpers/oneCircuit.ts";

const ACCEPTED = ["accepted", "accepted"];
const PROOF_REFUSED = ["PROOF_INVALID", "ProofInvalid"];

/** One test for each row of the table in docs/statement.md, section 6: a valid proof of a nearby claim is refused. */
describe("docs/statement.md: bindings", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let receipt: Receipt;
  let input: readonly bigint[];
  let output: readonly bigint[];

  before(async () => {
    scenario = await openCreditScenario();
    const served = await serveRow(scenario, 0);
    receipt = served.receipt;
    input = served.elements;
    output = interpret(scenario.served.compiled.graph, input);
  });

  after(terminate);

  /** Demands that the nearby proof is a valid Groth16 proof of its own signals, so that only the binding refuses it. */
  function zkOf(
    { commitment, proof, publicSignals }: ProvenClaim,
    key = oneCircuit(receipt.circuit).key,
  ): Evidence {
    expect(verifyGroth16(key, proof, publicSignals), "nearby proof on its own signals").to.equal(
      true,
    );
    return { kind: "zk", commitment, proof };
  }

  async function refuseNearby(
    change: Parameters<typeof proveNearby>[4],
    given = { input, output },
  ): Promise<void> {
    const nearby = await proveNearby(scenario, receipt, given.input, given.output, change);
    const forged = await resign(receipt, scenario.cast.operator, zkOf(nearby));
    expect(await refusalsOf(scenario, forged)).to.deep.equal(PROOF_REFUSED);
  }

  it("accepts the honest receipt, and a second proof of the same claim", async () => {
    const again = await proveNearby(scenario, receipt, input, output);
    const resigned = await resign(receipt, scenario.cast.operator, zkOf(again));
    expect(await refusalsOf(scenario, receipt)).to.deep.equal(ACCEPTED);
    expect(await refusalsOf(scenario, resigned)).to.deep.equal(ACCEPTED);
  });

  it("binds the chain id", () => refuseNearby({ chainId: receipt.domain.chainId + 1n }));

  it("binds the router", () => refuseNearby({ router: scenario.chain.deployment.stakeVault }));

  it("binds the release, even one with the same weights and circuit", async () => {
    const twin = { ...receipt.release, version: "twin" };
    const { bundle } = scenario.open.prepared;
    await publishRelease(scenario.chain.contracts, {
      ...bundle,
      id: releaseId(twin),
      release: twin,
    });
    await refuseNearby({ statement: { release: releaseId(twin) } });
  });

  it("binds the request", () =>
    refuseNearby({ statement: { request: hashOfWords([1n]) as RequestId } }));

  it("binds the operator: a proof taken from the mempool serves nobody else", async () => {
    const thief = scenario.cast.otherOperator;
    const operator = thief.address.toLowerCase() as Hex;
    const stolen = { ...receipt, statement: { ...receipt.statement, operator } };
    const forged = await resign(stolen, thief, proofOf(receipt));
    expect(await refusalsOf(scenario, forged)).to.deep.equal(PROOF_REFUSED);
  });

  it("binds the input words", async () => {
    const otherInput = rowOf(scenario.open, 1);
    const otherOutput = interpret(scenario.served.compiled.graph, otherInput);
    await refuseNearby({}, { input: otherInput, output: otherOutput });
  });

  it("binds the output words", async () => {
    const forged = await resign(receipt, scenario.cast.operator, proofOf(receipt), {
      output: [7n],
    });
    expect(await refusalsOf(scenario, forged)).to.deep.equal(PROOF_REFUSED);
  });

  it("binds the words before the challenge: solving the linear equation for the output is no use", async () => {
    const { commitment, proof } = proofOf(receipt);
    const z = challenge(commitment, statementDigest(receipt.domain, receipt.statement));
    const honest = [receipt.release.weights, ...receipt.input, ...receipt.output];
    const e = evaluateWords(honest, z);
    const forgedWords = solveForOutput(honest, z, receipt.input.length);

    // A verifier that took the hashes from its caller would be satisfied:
    expect(evaluateWords(forgedWords, z)).to.equal(e);
    expect(forgedWords).to.not.deep.equal(honest);
    const key = oneCircuit(receipt.circuit).key;
    expect(verifyGroth16(key, proof, [commitment, z, e])).to.equal(true);

    const forged = await resign(receipt, scenario.cast.operator, proofOf(receipt), {
      input: forgedWords.slice(1, 1 + receipt.input.length),
      output: forgedWords.slice(1 + receipt.input.length),
    });
    expect(await refusalsOf(scenario, forged)).to.deep.equal(PROOF_REFUSED);
  });

  for (const name of ["a weight", "a bias", "a multiplier"]) {
    it(`binds the weights: ${name} changed`, async () => {
      const compiled = withChange(scenario, name);
      await refuseNearby({ compiled }, { input, output: interpret(compiled.graph, input) });
    });
  }

  it("binds the commitment: c of another claim, and c + p", async () => {
    const other = await proveNearby(
      scenario,
      receipt,
      rowOf(scenario.open, 1),
      interpret(scenario.served.compiled.graph, rowOf(scenario.open, 1)),
    );
    const { commitment, proof } = proofOf(receipt);
    const swapped = await resign(receipt, scenario.cast.operator, {
      kind: "zk",
      commitment: other.commitment,
      proof,
    });
    const aliased = await resign(receipt, scenario.cast.operator, {
      kind: "zk",
      commitment: commitment + SCALAR_FIELD,
      proof,
    });
    expect(await refusalsOf(scenario, swapped)).to.deep.equal(PROOF_REFUSED);
    expect(await refusalsOf(scenario, aliased)).to.deep.equal([
      "PROOF_INVALID",
      "ProofCommitmentNotCanonical",
    ]);
  });

  it("binds the circuit: a proof under another key of the same r1cs", async () => {
    const cache = join(scenario.chain.home.cache, "other-key");
    const other = await developmentSetup(scenario.open.prepared.circuits[0]!.artefacts, { cache });
    expect(other.key).to.not.deep.equal(oneCircuit(receipt.circuit).key);
    const nearby = await proveNearby(scenario, receipt, input, output, { zkey: other.zkey });
    const forged = await resign(receipt, scenario.cast.operator, zkOf(nearby, other.key));
    expect(await refusalsOf(scenario, forged)).to.deep.equal(PROOF_REFUSED);
  });

  describe("canonical form", () => {
    const NOT_CANONICAL = ["WORDS_NOT_CANONICAL", "WordNotCanonical"];
    const COUNT = ["WORD_COUNT", "WordCountInvalid"];
    const head = (): bigint => receipt.input[0] ?? 0n;
    const forms = {
      "a word + p": [
        () => ({ input: [head() + SCALAR_FIELD, ...receipt.input.slice(1)] }),
        NOT_CANONICAL,
      ],
      "an unused high bit of a full word": [
        () => ({ input: [head() + (1n << 252n), ...receipt.input.slice(1)] }),
        NOT_CANONICAL,
      ],
      "an unused high bit of the output": [
        () => ({ output: [(receipt.output[0] ?? 0n) + (1n << 32n)] }),
        NOT_CANONICAL,
      ],
      "a word too many": [() => ({ output: [...receipt.output, 0n] }), COUNT],
      "a word too few": [() => ({ input: receipt.input.slice(1) }), COUNT],
    } as const;
    for (const [name, [words, refusal]] of Object.entries(forms)) {
      it(`refuses ${name}`, async () => {
        const forged = await resign(receipt, scenario.cast.operator, proofOf(receipt), words());
        expect(await refusalsOf(scenario, forged)).to.deep.equal(refusal);
      });
    }
  });
});

/**
 * Changes the output by as little as it takes for the first input word, solved from the equation, to be canonical: words
 * that evaluate to the same `e` at a `z` that was drawn first.
 */
function solveForOutput(honest: readonly bigint[], z: bigint, inputWords: number): bigint[] {
  const last = inputWords + 1;
  const ratio = power(z, BigInt(last - 1));
  for (let step = 1n; step < 1_000n; step++) {
    const word = ((honest[1] ?? 0n) - step * ratio) % SCALAR_FIELD;
    const solved = word < 0n ? word + SCALAR_FIELD : word;
    if (solved < 1n << 252n) {
      const forged = [...honest];
      forged[1] = solved;
      forged[last] = (honest[last] ?? 0n) + step;
      return forged;
    }
  }
  throw new Error("no canonical solution among a thousand");
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let i = 0n; i < exponent; i++) result = (result * base) % SCALAR_FIELD;
  return result;
}

/** The model with one parameter of a kind changed by one step. */
function withChange(
  { served }: CreditScenario,
  kind: string,
): CreditScenario["served"]["compiled"] {
  const { graph } = served.compiled;
  const node = graph.nodes.find((it) => it.op === "linear");
  const rescale = graph.nodes.find((it) => it.op === "rescale");
  if (node === undefined || rescale === undefined) throw new Error("the model has no layer");
  const target = {
    "a weight": node.weights,
    "a bias": node.bias,
    "a multiplier": rescale.multiplier,
  }[kind];
  const parameters = graph.parameters.map((it) =>
    it.id === target
      ? {
          ...it,
          values: it.values.map((value, i) =>
            i === 0 ? (value > 1n ? value - 1n : value + 1n) : value,
          ),
        }
      : it,
  );
  expect(parameters).to.not.deep.equal(graph.parameters);
  return { ...served.compiled, graph: { ...graph, parameters } };
}
