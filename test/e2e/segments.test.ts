import { join } from "node:path";
import { expect } from "chai";
import { concat, id, keccak256, toUtf8Bytes } from "ethers";
import { config } from "hardhat";
import {
  circuitTensor,
  compile,
  constraintEstimate,
  emitCircom,
  interpret,
  runSegments,
  segmentGraph,
} from "@vouch/compiler";
import type { CompiledModel, ProvableModel } from "@vouch/compiler";
import type { Circuit, Hex, Receipt, Release, SegmentedProof, Statement } from "@vouch/protocol";
import {
  circuitId,
  encodeCircuit,
  encodeRelease,
  encodeSegmentedProof,
  decodeSegmentedProof,
  encodeRecordedSegments,
  encodeSegmentRecord,
  hashOfWords,
  joinSalt,
  NO_FLOOR,
  packWords,
  releaseId,
  segmentedWeights,
  segmentsId,
  serializeReceipt,
  segmentWeightsSalt,
  statementDigest,
  verifyReceipt,
  weightsCommitment,
} from "@vouch/protocol";
import type { ProvingArtefacts } from "@vouch/prover";
import {
  buildCircuit,
  developmentSetup,
  proveSegments,
  terminate,
  verifyReceiptIndependently,
} from "@vouch/prover";
import { codeOf } from "../helpers/codeOf.ts";
import { connection } from "../helpers/deployVouch.ts";
import { floats, node, onnxModel, randomNumbers } from "../helpers/onnxModel.ts";
import { ZK, all, deployScenario, zk } from "../helpers/vouchScenario.ts";
import type { Scenario } from "../helpers/vouchScenario.ts";

const SIZES = [8, 20, 4, 20, 4, 20, 2] as const;
const CACHE = join(config.paths.root, ".vouch", "test", "cache");

/** A release that is proven in segments, with all that its operator holds. */
type Segmented = {
  readonly compiled: CompiledModel;
  readonly segments: readonly ProvableModel[];
  readonly circuits: readonly Circuit[];
  readonly artefacts: readonly ProvingArtefacts[];
  readonly weightsSalts: readonly bigint[];
  readonly release: Release;
};

/** A receipt whose only evidence is a proof in segments, taken apart. */
type SegmentedReceipt = Omit<Receipt, "evidence" | "circuit"> & {
  readonly circuits: readonly Circuit[];
  readonly proof: SegmentedProof;
};

/** A training of an MLP with bottlenecks; `change` is added to its first weight. */
function bottlenecks(seed: number, change = 0): Uint8Array {
  const next = randomNumbers(seed);
  const draw = (count: number): number[] => Array.from({ length: count }, next);
  const layers = SIZES.slice(1).map((outputs, i) => ({ inputs: SIZES[i]!, outputs }));
  return onnxModel({
    input: ["N", SIZES[0]],
    nodes: layers.flatMap((_, i) => [
      node("Gemm", [i === 0 ? "x" : `h${i - 1}`, `w${i}`, `b${i}`], i === 5 ? "y" : `a${i}`),
      ...(i === 5 ? [] : [node("Relu", [`a${i}`], `h${i}`)]),
    ]),
    initializers: layers.flatMap(({ inputs, outputs }, i) => [
      floats(
        `w${i}`,
        [inputs, outputs],
        draw(inputs * outputs).map((it, at) => (at === 0 && i === 2 ? it + change : it)),
      ),
      floats(`b${i}`, [outputs], draw(outputs)),
    ]),
  });
}

function compileMlp(file: Uint8Array): CompiledModel {
  const samples = Array.from({ length: 8 }, (_, row) => {
    const next = randomNumbers(100 + row);
    return Array.from({ length: SIZES[0] }, next);
  });
  return compile(file, {
    name: "bottlenecks",
    input: { mode: "public", bits: 8, fractionBits: 6 },
    output: { mode: "public", bits: 24, fractionBits: 12 },
    calibration: { samples },
  });
}

/** Statements are proven in parts on real circuits, and settled on a chain. */
describe("segments", function () {
  this.timeout(600_000);

  let scenario: Scenario;
  let own: Segmented;
  let input: readonly bigint[];
  let request: string;
  let terms: Awaited<ReturnType<Scenario["params"]>>;
  let honest: SegmentedReceipt;

  before(async () => {
    scenario = await connection.networkHelpers.loadFixture(deployScenario);
    own = await publish(scenario, bottlenecks(1), "1");
    input = rowOf(0);
    terms = await scenario.params({
      release: releaseId(own.release),
      input: packWords(input, own.compiled.input),
      policy: all(zk()),
      verificationGas: 1_200_000n,
    });
    request = await scenario.lock(terms);
    honest = await prove(own, input, request);
  });

  after(terminate);

  /** An honest operator's receipt for the request. */
  async function prove(
    of: Segmented,
    x: readonly bigint[],
    forRequest: string,
    change: Partial<Parameters<typeof receiptOf>[0]> = {},
  ): Promise<SegmentedReceipt> {
    const passed = runSegments(of.segments, x);
    const receipt = receiptOf({
      scenario,
      of,
      x,
      y: passed.at(-1)!,
      request: forRequest,
      ...change,
    });
    const digest = statementDigest(receipt.domain, receipt.statement);
    const joinSalts = of.segments.slice(1).map((_, k) => joinSalt(SECRET, digest, k));
    const opening = { passed, weightsSalts: of.weightsSalts, joinSalts };
    return { ...receipt, proof: await proveSegments(of.segments, of.artefacts, opening, digest) };
  }

  describe("given a model above the budget", () => {
    it("is several circuits within it, and gives what the whole gives", () => {
      const { compiled, segments } = own;
      expect(segments).to.have.length(3);
      const output = interpret(compiled.graph, input);
      expect(runSegments(segments, input).at(-1)).to.deep.equal(output);
      expect(honest.output).to.deep.equal(packWords(output, compiled.output));
    });

    it("has one list of circuits for two trainings, and other weights", async () => {
      const other = await prepare(scenario, bottlenecks(2), "2");
      expect(other.release.circuit).to.equal(own.release.circuit);
      expect(other.release.weights).to.not.equal(own.release.weights);
    });

    it("settles a request for zk evidence in one transaction", async () => {
      const { requests, operator } = scenario;
      const evidence = [{ kind: ZK, data: encodeSegmentedProof(honest.proof) }];
      const sent = await requests
        .connect(operator)
        .fulfil(request, terms, [...honest.output], evidence);
      expect(await requests.statusOf(request)).to.equal(5n);
      expect((await sent.wait())!.gasUsed).to.be.below(1_200_000n);
      expect((await requests.assuranceOf(request)).kinds).to.equal(16n);
    });

    it("can be recorded one segment a transaction, for receipts that one would not hold", async () => {
      const { router, groth16, stranger } = scenario;
      const { statement, input: words, output, proof } = honest;
      const receipt = {
        ...{ release: statement.release, request: statement.request, operator: statement.operator },
        ...{ input: [...words], output: [...output] },
      };
      for (const index of own.segments.keys()) {
        await groth16
          .connect(stranger)
          .record(router, { ...receipt, evidence: [] }, index, encodeSegmentRecord(proof, index));
      }
      const evidence = [{ kind: ZK, data: encodeRecordedSegments(proof) }];
      await router.requireReceipt({ ...receipt, evidence }, all(zk()));
    });

    it("verifies without a chain, and once more without our code", async () => {
      verifyReceipt(asReceipt(honest));
      const data = encodeSegmentedProof(honest.proof);
      expect(decodeSegmentedProof(data, honest.circuits)).to.deep.equal(honest.proof);
      const again = await verifyReceiptIndependently(serializeReceipt(asReceipt(honest)));
      expect(again).to.deep.equal({ input: true, output: true, zk: true });
    });

    it("reports progress and can be aborted between segments", async () => {
      const passed = runSegments(own.segments, input);
      const digest = statementDigest(honest.domain, honest.statement);
      const opening = { passed, weightsSalts: own.weightsSalts, joinSalts: [1n, 2n] };
      const controller = new AbortController();
      const steps: (readonly [string, number | undefined])[] = [];
      const proving = proveSegments(own.segments, own.artefacts, opening, digest, {
        atOnce: 1,
        signal: controller.signal,
        onProgress: (step, fraction) => {
          steps.push([step, fraction]);
          if (step.startsWith("proved")) controller.abort();
        },
      });
      const error = await proving.then(
        () => undefined,
        (it: unknown) => it as { readonly code: string },
      );
      expect(error?.code).to.equal("ABORTED");
      expect(steps).to.deep.equal([
        ["prove segment 1 of 3", 0],
        ["proved segment 1 of 3", 1 / 3],
      ]);
    });
  });

  describe("forged", () => {
    /** How the off-chain verifier and the router refuse a receipt. */
    async function refusals(receipt: SegmentedReceipt): Promise<readonly (string | undefined)[]> {
      const { router, groth16, circuits } = scenario;
      const { statement, proof } = receipt;
      const call = router.assess({
        ...{ release: statement.release, request: statement.request, operator: statement.operator },
        ...{ input: [...receipt.input], output: [...receipt.output] },
        evidence: [{ kind: ZK, data: encodeSegmentedProof(proof) }],
      });
      const onChain = await call.then(
        () => undefined,
        (error: unknown) => {
          const { data = "" } = error as { readonly data?: string };
          return (groth16.interface.parseError(data) ?? circuits.interface.parseError(data))?.name;
        },
      );
      return [offChain(receipt), onChain];
    }

    const REFUSED = ["PROOF_INVALID", "SegmentProofInvalid"];

    it("nothing: the honest receipt is accepted", async () => {
      expect(await refusals(honest)).to.deep.equal([undefined, undefined]);
    });

    it("segments in another order are refused", async () => {
      const [a, b, c] = honest.proof.proofs;
      const swapped = { ...honest.proof, proofs: [a!, c!, b!] };
      expect(await refusals({ ...honest, proof: swapped })).to.deep.equal(REFUSED);
    });

    it("a missing segment is refused", async () => {
      const { weights, joins, proofs } = honest.proof;
      const proof = { weights, joins, proofs: proofs.slice(1) };
      expect(await refusals({ ...honest, proof })).to.deep.equal([
        "SEGMENT_COUNT",
        "ProofLengthInvalid",
      ]);
    });

    it("proofs of another request, with their joins or without, are refused", async () => {
      const other = await prove(own, input, id("another request"));
      verifyReceipt(asReceipt(other));
      expect(await refusals({ ...honest, proof: other.proof })).to.deep.equal(REFUSED);
      const { weights, proofs } = honest.proof;
      const reused = { weights, joins: other.proof.joins, proofs };
      expect(other.proof.joins).to.not.deep.equal(honest.proof.joins);
      expect(await refusals({ ...honest, proof: reused })).to.deep.equal(REFUSED);
      for (const index of [0, 1, 2]) {
        const mixed = { ...honest.proof, proofs: proofs.with(index, other.proof.proofs[index]!) };
        expect(await refusals({ ...honest, proof: mixed })).to.deep.equal(REFUSED);
      }
    });

    it("an output that goes on from other activations is refused", async () => {
      // Both halves are valid proofs bound to this very statement; they meet at no join.
      const x = rowOf(1);
      const y = runSegments(own.segments, x).at(-1)!;
      const claimed = receiptOf({ scenario, of: own, x: input, y, request });
      const digest = statementDigest(claimed.domain, claimed.statement);
      const salts = [7n, 8n];
      const halves = await Promise.all(
        [input, x].map((from) =>
          proveSegments(
            own.segments,
            own.artefacts,
            {
              passed: runSegments(own.segments, from),
              ...{ weightsSalts: own.weightsSalts, joinSalts: salts },
            },
            digest,
          ),
        ),
      );
      const [one, two] = halves as [SegmentedProof, SegmentedProof];
      expect(one.joins).to.not.deep.equal(two.joins);
      for (const joins of [one.joins, two.joins, [one.joins[0]!, two.joins[1]!]]) {
        for (const from of [1, 2]) {
          const proofs = [...one.proofs.slice(0, from), ...two.proofs.slice(from)];
          const proof = { weights: one.weights, joins, proofs };
          expect(await refusals({ ...claimed, proof })).to.deep.equal(REFUSED);
        }
      }
    });

    it("one segment on other weights is refused, whichever commitment it is shown with", async () => {
      const other = await prepare(scenario, bottlenecks(1, 0.5), "changed");
      expect(other.release.circuit).to.equal(own.release.circuit);
      const proof = (await prove({ ...other, release: own.release }, input, request)).proof;
      const changed = proof.weights.findIndex((it, i) => it !== honest.proof.weights[i]);
      expect(changed).to.not.equal(-1);
      const y = runSegments(other.segments, input).at(-1)!;
      const claimed = receiptOf({ scenario, of: own, x: input, y, request });
      expect(await refusals({ ...claimed, proof })).to.deep.equal([
        "WEIGHTS_INVALID",
        "SegmentWeightsMismatch",
      ]);
      const shown = { ...proof, weights: honest.proof.weights };
      expect(await refusals({ ...claimed, proof: shown })).to.deep.equal(REFUSED);
    });

    it("another output is refused", async () => {
      const { proof } = honest;
      const y = runSegments(own.segments, input).at(-1)!;
      const claimed = receiptOf({ scenario, of: own, x: input, y: y.with(0, y[0]! + 1n), request });
      expect(await refusals({ ...claimed, proof })).to.deep.equal(REFUSED);
    });

    it("a list in another order, or of fewer circuits, is another release's", () => {
      const [a, b, c] = honest.circuits;
      for (const circuits of [
        [b!, a!, c!],
        [a!, c!],
      ]) {
        expect(offChain({ ...honest, circuits })).to.equal("CIRCUIT_ID_MISMATCH");
      }
    });
  });
});

const SECRET = keccak256(toUtf8Bytes("what only the prover knows")) as Hex;

/** The receipt as it is handed on; a list that does not join is left as it is. */
function asReceipt({ circuits, proof, ...rest }: SegmentedReceipt): Receipt {
  const { weights, setup, input } = circuits[0]!;
  const { output } = circuits.at(-1)!;
  const outline = { system: "groth16Segments", weights, setup, input, output } as const;
  const circuit = { ...outline, segments: circuits };
  return { ...rest, circuit, evidence: [{ kind: "zk", ...proof }] };
}

/** Code of the error with which the verifier without a chain refuses a receipt. */
function offChain(receipt: SegmentedReceipt): string | undefined {
  return codeOf(() => {
    verifyReceipt(asReceipt(receipt));
  });
}

function rowOf(row: number): readonly bigint[] {
  const next = randomNumbers(500 + row);
  return Array.from({ length: SIZES[0] }, () => BigInt(Math.floor(next() * 100)));
}

async function prepare(
  { publisher }: Scenario,
  file: Uint8Array,
  version: string,
): Promise<Segmented> {
  const compiled = compileMlp(file);
  const budget = Math.ceil(constraintEstimate(compiled).total * 0.5);
  const segments = segmentGraph(compiled, budget);
  const circuits: Circuit[] = [];
  const artefacts: ProvingArtefacts[] = [];
  for (const segment of segments) {
    const built = await buildCircuit(emitCircom(segment), { cache: CACHE });
    const setup = await developmentSetup(built, { cache: CACHE });
    artefacts.push({ wasm: built.wasm, zkey: setup.zkey, key: setup.key });
    circuits.push({
      ...{ system: "groth16", weights: "committed", setup: setup.class },
      ...{ input: circuitTensor(segment.input), output: circuitTensor(segment.output) },
      ...{ r1cs: built.hash, transcript: setup.transcript, key: setup.key },
    });
  }
  const salt = id(`release ${version}`) as Hex;
  const weightsSalts = segments.map((_, index) => segmentWeightsSalt(salt, index));
  const weights = segments.map(({ graph }, index) =>
    weightsCommitment(
      weightsSalts[index]!,
      graph.parameters.map(({ type, values }) => ({ ...type, values })),
    ),
  );
  const release: Release = {
    ...{ publisher: publisher.address.toLowerCase() as Hex, model: "bottlenecks", version },
    ...{ content: keccak256(concat([salt, file])) as Hex, weights: segmentedWeights(weights) },
    circuit: segmentsId(circuits.map(circuitId)),
    inputFractionBits: compiled.input.fractionBits,
    outputFractionBits: compiled.output.fractionBits,
    ...{ runtime: "bitExact", manifest: id("manifest") as Hex, licence: "MIT", royaltyBps: 0 },
    floor: NO_FLOOR,
  };
  return { compiled, segments, circuits, artefacts, weightsSalts, release };
}

/** Prepares a release, registers its circuits and their list, and publishes it. */
async function publish(scenario: Scenario, file: Uint8Array, version: string): Promise<Segmented> {
  const prepared = await prepare(scenario, file, version);
  const { circuits, models } = scenario;
  for (const circuit of prepared.circuits) await circuits.register(encodeCircuit(circuit));
  await circuits.registerSegments(prepared.circuits.map(circuitId));
  await models.publish(encodeRelease(prepared.release), "");
  expect(await models.isPublished(releaseId(prepared.release))).to.equal(true);
  return prepared;
}

/** The claim that the release gives `y` on `x`, without a proof. */
function receiptOf({
  scenario: { domain, operator },
  of: { compiled, circuits, release },
  x,
  y,
  request,
}: {
  readonly scenario: Scenario;
  readonly of: Segmented;
  readonly x: readonly bigint[];
  readonly y: readonly bigint[];
  readonly request: string;
}): Omit<SegmentedReceipt, "proof"> {
  const [input, output] = [packWords(x, compiled.input), packWords(y, compiled.output)];
  const statement: Statement = {
    release: releaseId(release),
    request: request as Statement["request"],
    operator: operator.address.toLowerCase() as Hex,
    inputHash: hashOfWords(input),
    outputHash: hashOfWords(output),
  };
  const router = domain.router.toLowerCase() as Hex;
  return { domain: { ...domain, router }, statement, input, output, release, circuits };
}
