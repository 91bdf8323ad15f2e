import type { TransformersBackend } from "@vouch/execution";
import { openTransformersBackend } from "@vouch/execution";
import type { Hex, Policy, Receipt, RequestId } from "@vouch/protocol";
import {
  allOf,
  dequantizeTensor,
  packWords,
  parseReceipt,
  parseRequestId,
  quantizeTensor,
  requireOptimisticByQuorum,
  requireSignature,
  requireTee,
  requireZk,
  serializeReceipt,
  unpackWords,
  verifyReceipt,
} from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import type {
  AnswerDelta,
  AnswererDeps,
  EnclaveStanding,
  ProofRoom,
  ServedRelease,
  ServedText,
} from "@vouch/worker";
import { openTranscriptSecret, transcriptSecret, unloadRelease, WorkerError } from "@vouch/worker";
import { expect } from "chai";
import { Wallet, id } from "ethers";
import { join } from "node:path";
import { charGptRelease, continuation } from "../../helpers/charGpt.ts";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import { temporaryFolder } from "../../helpers/executables.ts";
import { realAnswerer } from "../../helpers/realAnswerer.ts";
import { servedModel } from "../../helpers/servedModel.ts";
import { OPERATOR } from "../../helpers/trapdoorReceipt.ts";

const MODEL = "credit-german-mlp";
const SIGNATURE = allOf([requireSignature()]);
const NEVER = new AbortController().signal;
/** Longer than what is run waits to be signed. */
const SLOW_MS = 60;
const requestOf = (name: string | number): RequestId => parseRequestId(id(`request ${name}`));

/** A promise, and what resolves it. */
function latch(): [Promise<void>, () => void] {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [promise, open];
}

/** Reads a receipt as its holder does. */
const read = (receipt: Receipt) =>
  verifyReceipt(parseReceipt(JSON.parse(serializeReceipt(receipt))));

describe("createAnswerer", function () {
  this.timeout(30_000);

  describe("given a release of tensors", () => {
    let served: ServedRelease;
    let input: readonly bigint[];

    before(async () => {
      served = await servedModel(MODEL);
      const values = Array.from({ length: served.circuit.input.elements }, (_, i) => (i % 5) / 4);
      input = packWords(quantizeTensor(values, served.compiled.input), served.circuit.input);
    });
    after(() => unloadRelease(served));

    const ask = (policy: Policy = SIGNATURE, name: string | number = 1, signal = NEVER) => ({
      ...{ release: served.id, policy, requestId: requestOf(name), input, signal },
    });

    it("runs it, signs for what it gave, and says what ran it", async () => {
      const answerer = realAnswerer([served], []);
      const receipt = await answerer.infer(ask());
      const { assurance, execution } = read(receipt);
      expect(assurance.kinds).to.deep.equal(["signature"]);
      expect(execution).to.deep.include({ proves: "weights", signed: false });
      expect(execution?.backend).to.match(/^onnxruntime-node\/\d/);
      const elements = unpackWords(receipt.input, served.circuit.input);
      const output = await served.model.run(elements);
      expect(unpackWords(receipt.output, served.circuit.output)).to.deep.equal(output);
      const [logit] = dequantizeTensor(output, served.compiled.output);
      expect(logit).to.not.equal(0);
    });

    it("signs those of one moment together, each on record before", async () => {
      const answerer = realAnswerer([served], []);
      const names = Array.from({ length: 40 }, (_, i) => i);
      const receipts = await Promise.all(names.map((it) => answerer.infer(ask(SIGNATURE, it))));
      for (const receipt of receipts) expect(read(receipt).assurance.kinds).to.have.lengthOf(1);
      expect(answerer.signatures()).to.be.below(names.length);
      expect(answerer.recorded.map(({ request }) => request)).to.have.members(names.map(requestOf));
    });

    it("gives the same statement again, and signs no other for its request", async () => {
      const answerer = realAnswerer([served], []);
      const first = await answerer.infer(ask());
      expect((await answerer.infer(ask())).statement).to.deep.equal(first.statement);
      const other = { ...ask(), input: [input[0]! ^ 1n, ...input.slice(1)] };
      expect(await codeOfPromise(answerer.infer(other))).to.equal("EQUIVOCATION_REFUSED");
      expect((await answerer.infer({ ...other, requestId: requestOf(2) })).input).to.deep.equal(
        other.input,
      );
    });

    it("refuses a release that is not served, and words that are not its own", async () => {
      const answerer = realAnswerer([served], []);
      const refused = async (change: object) =>
        codeOfPromise(answerer.infer({ ...ask(), ...change }));
      expect(await refused({ release: id("another") })).to.equal("RELEASE_NOT_SERVED");
      expect(await refused({ input: [] })).to.equal("WORD_COUNT");
      expect(await refused({ input: input.map(() => 2n ** 253n) })).to.equal("WORDS_NOT_CANONICAL");
      expect(answerer.recorded).to.be.empty;
    });

    it("signs nothing for who went away", async () => {
      const answerer = realAnswerer([served], []);
      const gone = AbortSignal.abort();
      expect(await codeOfPromise(answerer.infer(ask(SIGNATURE, 1, gone)))).to.equal(
        "ANSWER_ABORTED",
      );
      expect(answerer.recorded).to.be.empty;
    });

    describe("under a policy", () => {
      const STANDING: EnclaveStanding = {
        ...{ measurement: id("measurement") as Hex, status: "UpToDate", simulated: false },
        ...{ vouched: false, isExempt: () => Promise.resolve(true) },
      };
      const enclaveOf = (standing: EnclaveStanding) => {
        const asked: string[] = [];
        const key = new Wallet(id("vouch.test.enclave"));
        const enclave: NonNullable<AnswererDeps["enclave"]> = {
          standing(release) {
            asked.push(release);
            return Promise.resolve(standing);
          },
          sign: (digest) => ({
            kind: "tee",
            signature: key.signingKey.sign(digest).serialized as Hex,
            key: key.address as Hex,
            measurement: id("measurement") as Hex,
            path: [],
          }),
        };
        return { enclave, asked };
      };

      it("that names an enclave, has its key sign the same statement, on record too", async () => {
        const { enclave, asked } = enclaveOf(STANDING);
        const answerer = realAnswerer([served], [], { enclave });
        const receipt = await answerer.infer(ask(allOf([requireTee("UpToDate")])));
        expect(read(receipt).assurance.kinds).to.deep.equal(["signature", "tee"]);
        expect(new Set(answerer.recorded.map(({ digest }) => digest)).size).to.equal(1);
        await answerer.infer(ask());
        expect(asked).to.deep.equal([served.id]);
      });

      it("that names one, refuses where there is none that counts", async () => {
        const policy = allOf([requireTee("UpToDate")]);
        for (const enclave of [undefined, enclaveOf({ reason: "it lapsed" }).enclave]) {
          const deps = enclave === undefined ? {} : { enclave };
          const answerer = realAnswerer([served], [], deps);
          expect(await codeOfPromise(answerer.infer(ask(policy)))).to.equal("POLICY_NOT_SERVABLE");
          expect(answerer.recorded).to.be.empty;
        }
      });

      it("that waits for challenges, or that only a verifier's word meets, refuses", async () => {
        const answerer = realAnswerer([served], []);
        for (const requirement of [
          requireOptimisticByQuorum(60, 2, 3),
          requireZk("attested", OPERATOR),
        ])
          expect(await codeOfPromise(answerer.infer(ask(allOf([requirement]))))).to.equal(
            "POLICY_NOT_SERVABLE",
          );
      });

      it("that names a proof, waits for room; any other passes it by", async () => {
        const asked: RequestId[] = [];
        const proofRoom: ProofRoom = (request) => {
          asked.push(request);
          const data = { code: "PROVER_BUSY", request, waiting: 3 } as const;
          return Promise.reject(new WorkerError(data));
        };
        const answerer = realAnswerer([served], [], { proofRoom });
        const proof = allOf([requireZk("any")]);
        expect(await codeOfPromise(answerer.infer(ask(proof, 7)))).to.equal("PROVER_BUSY");
        expect(answerer.recorded).to.be.empty;
        await answerer.infer(ask(SIGNATURE, 8));
        expect(asked).to.deep.equal([requestOf(7)]);
      });

      it("that names stake, looks at the operator's bond", async () => {
        const answerer = realAnswerer([served], []);
        const demanding = (stake: bigint) =>
          answerer.infer(ask(allOf([requireSignature()], stake)));
        expect((await demanding(10n)).evidence).to.have.lengthOf(1);
        expect(await codeOfPromise(demanding(11n))).to.equal("POLICY_NOT_SERVABLE");
      });

      it("holds to the release's floor beside it", async () => {
        const floored = await servedModel(MODEL, { floor: allOf([requireTee("UpToDate")]) });
        const { enclave } = enclaveOf(STANDING);
        const asked = { ...ask(), release: floored.id };
        const receipt = await realAnswerer([floored], [], { enclave }).infer(asked);
        expect(read(receipt).assurance.kinds).to.deep.equal(["signature", "tee"]);
        const without = realAnswerer([floored], []);
        expect(await codeOfPromise(without.infer(asked))).to.equal("POLICY_NOT_SERVABLE");
        await unloadRelease(floored);
      });
    });

    describe("given a back end that runs several at once", () => {
      /** The release's own session, that counts its calls and fails by a row that `isBad`. */
      const together = (isBad: (input: readonly bigint[]) => boolean = () => false) => {
        const sizes: number[] = [];
        const { name, proves } = { name: "together/1", proves: "weights" as const };
        const run = (input: readonly bigint[]) => served.model.run(input);
        const runAll = (_: unknown, inputs: readonly (readonly bigint[])[]) => {
          sizes.push(inputs.length);
          const fault = new RangeError("a row that fails");
          return Promise.all(inputs.map((it) => (isBad(it) ? Promise.resolve(fault) : run(it))));
        };
        const tensors = {
          name,
          proves,
          answers: "bitExact" as const,
          run: (_: unknown, it: readonly bigint[]) => run(it),
          runAll,
        };
        return { sizes, tensors };
      };
      const inputOf = (number: number): bigint[] =>
        packWords(
          Array.from({ length: served.circuit.input.elements }, () => BigInt(number)),
          served.circuit.input,
        );

      it("answers those of one moment by one run and one signature, each as if it were alone", async () => {
        const { sizes, tensors } = together();
        const answerer = realAnswerer([served], [], { tensors });
        const asks = [1, 2, 3, 4, 5].map((it) => ({ ...ask(SIGNATURE, it), input: inputOf(it) }));
        const receipts = await Promise.all(asks.map(answerer.infer));
        expect(sizes).to.deep.equal([5]);
        expect(answerer.signatures()).to.equal(1);
        const alone = realAnswerer([served], []);
        for (const [i, receipt] of receipts.entries()) {
          const { assurance, execution } = read(receipt);
          expect(assurance.kinds).to.deep.equal(["signature"]);
          expect(execution).to.deep.include({ backend: "together/1" });
          const { statement, input, output } = await alone.infer(asks[i]!);
          expect(receipt).to.deep.include({ statement, input, output });
        }
      });

      it("fails none by the others, and signs nothing for those that fail or went away", async () => {
        const { tensors } = together(([first]) => first === 2n);
        const answerer = realAnswerer([served], [], { tensors });
        await answerer.infer({ ...ask(SIGNATURE, "known"), input: inputOf(1) });
        const gone = AbortSignal.abort();
        const failing = [
          { ...ask(SIGNATURE, "words"), input: [] },
          { ...ask(SIGNATURE, "run"), input: inputOf(2) },
          { ...ask(SIGNATURE, "gone", gone), input: inputOf(3) },
          { ...ask(SIGNATURE, "known"), input: inputOf(4) },
        ];
        const good = answerer.infer({ ...ask(SIGNATURE, "good"), input: inputOf(5) });
        const settled = await Promise.allSettled(failing.map(answerer.infer));
        const codes = settled.map(
          (it) => it.status === "rejected" && (it.reason as { code?: string }).code,
        );
        expect(codes).to.deep.equal([
          ...["WORD_COUNT", undefined, "ANSWER_ABORTED", "EQUIVOCATION_REFUSED"],
        ]);
        expect(read(await good).assurance.kinds).to.deep.equal(["signature"]);
        expect(answerer.recorded.map(({ request }) => request)).to.deep.equal(
          ["known", "good", "known"].map(requestOf),
        );
      });

      it("tells everybody where nothing can be run, and answers the next", async () => {
        const { tensors } = together();
        let isDown = true;
        const runAll: typeof tensors.runAll = (id, inputs) =>
          isDown ? Promise.reject(new RangeError("it is down")) : tensors.runAll(id, inputs);
        const answerer = realAnswerer([served], [], { tensors: { ...tensors, runAll } });
        const settled = await Promise.allSettled(
          [1, 2].map((it) => answerer.infer(ask(SIGNATURE, it))),
        );
        expect(settled.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
        isDown = false;
        expect(read(await answerer.infer(ask())).assurance.kinds).to.deep.equal(["signature"]);
      });

      it("keeps nobody waiting until all that came with him are run", async () => {
        const { tensors } = together();
        const LAST = 31n;
        const asks = Array.from({ length: 32 }, (_, i) => ({
          ...ask(SIGNATURE, i),
          input: inputOf(i),
        }));
        const [begun, letBegin] = latch();
        const runAll: typeof tensors.runAll = async (release, inputs) => {
          const outcomes = await tensors.runAll(release, inputs);
          const start = performance.now();
          while (performance.now() - start < SLOW_MS);
          if (inputs.some(([first]) => first === LAST)) await begun;
          return outcomes;
        };
        const answerer = realAnswerer([served], [], { tensors: { ...tensors, runAll } });
        const receipts = asks.map(answerer.infer);
        expect(read((await receipts[0])!).assurance.kinds).to.deep.equal(["signature"]);
        letBegin();
        expect(await Promise.all(receipts)).to.have.lengthOf(asks.length);
      });

      it("runs nothing more for those who went away while others were run", async () => {
        const { sizes, tensors } = together();
        const away = new AbortController();
        const runAll: typeof tensors.runAll = (release, inputs) => {
          away.abort();
          return tensors.runAll(release, inputs);
        };
        const answerer = realAnswerer([served], [], { tensors: { ...tensors, runAll } });
        const asks = Array.from({ length: 64 }, (_, i) => ask(SIGNATURE, i, away.signal));
        const codes = await Promise.all(asks.map((it) => codeOfPromise(answerer.infer(it))));
        expect(new Set(codes)).to.deep.equal(new Set(["ANSWER_ABORTED"]));
        expect(sizes).to.have.lengthOf(1);
        expect(sizes[0]).to.be.below(asks.length);
      });

      it("asks it for what its signature alone does not meet one by one", async () => {
        const { sizes, tensors } = together();
        const asked: RequestId[] = [];
        const proofRoom: ProofRoom = (request) => {
          asked.push(request);
          return Promise.reject(new WorkerError({ code: "PROVER_BUSY", request, waiting: 3 }));
        };
        const answerer = realAnswerer([served], [], { tensors, proofRoom });
        const proof = answerer.infer(ask(allOf([requireZk("any")]), 7));
        await answerer.infer(ask(SIGNATURE, 8));
        expect(await codeOfPromise(proof)).to.equal("PROVER_BUSY");
        expect(asked).to.deep.equal([requestOf(7)]);
        expect(sizes).to.deep.equal([1]);
      });

      it("has no policy wait for what another asks of the chain", async () => {
        const { tensors } = together();
        const chain = {
          isAttestedBy: () => Promise.resolve(false),
          bond: () => new Promise<bigint>(() => undefined),
        };
        const answerer = realAnswerer([served], [], { tensors, chain });
        void answerer.infer(ask(allOf([requireSignature()], 10n), 1));
        expect(read(await answerer.infer(ask(SIGNATURE, 2))).assurance.kinds).to.have.lengthOf(1);
      });
    });

    describe("given another back end", () => {
      const backend = (
        change: Pick<NonNullable<AnswererDeps["tensors"]>, "proves" | "answers">,
      ): { readonly tensors: NonNullable<AnswererDeps["tensors"]> } => ({
        tensors: { name: "elsewhere/1", run: (_, it) => served.model.run(it), ...change },
      });

      it("names it on the receipt", async () => {
        const own = backend({ proves: "weights", answers: "bitExact" });
        const receipt = await realAnswerer([served], [], own).infer(ask());
        expect(read(receipt).execution).to.deep.include({ backend: "elsewhere/1" });
      });

      for (const [name, change] of [
        ["is only a server's word", { proves: "routing", answers: "bitExact" }],
        ["is rounded", { proves: "weights", answers: "tolerant" }],
      ] as const) {
        it(`signs nothing bit-exact by what ${name}`, async () => {
          const answerer = realAnswerer([served], [], backend(change));
          expect(await codeOfPromise(answerer.infer(ask()))).to.equal("BACKEND_UNFIT");
          expect(answerer.recorded).to.be.empty;
        });
      }

      it("signs for a release that promises no bits", async () => {
        const tolerant = await servedModel(MODEL, { runtime: "tolerant" });
        const change = backend({ proves: "routing", answers: "tolerant" });
        const answerer = realAnswerer([tolerant], [], change);
        const receipt = await answerer.infer({ ...ask(), release: tolerant.id });
        expect(read(receipt).execution).to.deep.include({ proves: "routing" });
        await unloadRelease(tolerant);
      });
    });
  });

  describe("given a release of text", () => {
    let backend: TransformersBackend;
    let release: TextRelease;
    let served: ServedText;

    before(async () => {
      backend = await openTransformersBackend();
      release = await charGptRelease();
      served = { release, backend };
    });
    after(() => backend.close());

    const ask = (policy: Policy = SIGNATURE, signal = NEVER) => ({
      ...{ release: release.id, policy, requestId: requestOf("text"), signal },
      request: continuation("The ", { temperature: 0.8, seed: 7 }),
    });
    const all = async (deltas: AsyncIterable<AnswerDelta>) => {
      let text = "";
      for await (const delta of deltas) {
        if (delta.kind === "end") return { text, ...delta };
        text += delta.text;
      }
      throw new RangeError("it ended without a receipt");
    };

    it("streams what it generates, and ends with a receipt that opens every word", async () => {
      const answerer = realAnswerer([], [served]);
      const { text, generation, receipt } = await all(answerer.text(ask()));
      expect(text).to.equal(generation.text).and.to.not.be.empty;
      const { transcript, execution, assurance } = read(receipt);
      expect(transcript).to.be.true;
      expect(assurance.kinds).to.deep.equal(["signature"]);
      expect(execution).to.deep.equal({ backend: backend.name, proves: "weights", signed: true });
      expect(receipt.transcript?.request).to.deep.equal(ask().request);
    });

    it("gives the same statement in another process, by the same secret", async () => {
      const [first, second] = [realAnswerer([], [served]), realAnswerer([], [served])];
      const [a, b] = [await all(first.text(ask())), await all(second.text(ask()))];
      expect(a.receipt.statement).to.deep.equal(b.receipt.statement);
      const secret = transcriptSecret(new Uint8Array(32).fill(8));
      const other = await all(realAnswerer([], [served], { secret }).text(ask()));
      expect(other.receipt.statement.outputHash).to.not.equal(a.receipt.statement.outputHash);
    });

    it("signs no other answer to the same request", async () => {
      const answerer = realAnswerer([], [served]);
      await all(answerer.text(ask()));
      const other = { ...ask(), request: continuation("The ", { temperature: 0.8, seed: 8 }) };
      expect(await codeOfPromise(all(answerer.text(other)))).to.equal("EQUIVOCATION_REFUSED");
      expect(answerer.signatures()).to.equal(1);
    });

    it("signs nothing for a reader who leaves", async () => {
      const answerer = realAnswerer([], [served]);
      let pieces = 0;
      for await (const delta of answerer.text(ask())) {
        expect(delta.kind).to.equal("text");
        if (++pieces === 2) break;
      }
      // The model is free again, so the generation is over.
      await all(realAnswerer([], [served]).text(ask()));
      expect(answerer.recorded).to.be.empty;
    });

    it("signs nothing where it is aborted, in the middle or at the end", async () => {
      const answerer = realAnswerer([], [served]);
      const stop = new AbortController();
      const middle = (async () => {
        for await (const { kind } of answerer.text(ask(SIGNATURE, stop.signal)))
          if (kind === "text") stop.abort();
      })();
      expect(await codeOfPromise(middle)).to.equal("GENERATION_ABORTED");

      const late = new AbortController();
      const whole: ServedText = {
        release,
        backend: {
          ...backend,
          async *generate(...given) {
            yield* backend.generate(...given);
            late.abort();
          },
        },
      };
      const aborted = realAnswerer([], [whole]);
      const end = all(aborted.text(ask(SIGNATURE, late.signal)));
      expect(await codeOfPromise(end)).to.equal("ANSWER_ABORTED");
      expect([...answerer.recorded, ...aborted.recorded]).to.be.empty;
    });

    it("refuses what nothing can prove, before it generates", async () => {
      const answerer = realAnswerer([], [served]);
      const proof = all(answerer.text(ask(allOf([requireZk("any")]))));
      expect(await codeOfPromise(proof)).to.equal("POLICY_NOT_SERVABLE");
      const unknown = all(answerer.text({ ...ask(), release: id("another") as never }));
      expect(await codeOfPromise(unknown)).to.equal("RELEASE_NOT_SERVED");
    });

    it("is not built over a release that is not what its description says", () => {
      const bitExact = {
        ...release,
        release: { ...release.release, runtime: "bitExact" as const },
      };
      expect(codeOf(() => realAnswerer([], [{ release: bitExact, backend }]))).to.equal(
        "CIRCUIT_MISMATCH",
      );
    });
  });
});

describe("openTranscriptSecret", () => {
  it("salts each request otherwise, and the same after a restart", () => {
    const path = join(temporaryFolder(), "operator", "transcripts.secret");
    const { saltOf } = openTranscriptSecret(path);
    const salts = [1, 2].map((it) => saltOf(requestOf(it)));
    expect(new Set(salts).size).to.equal(2);
    expect([1, 2].map((it) => openTranscriptSecret(path).saltOf(requestOf(it)))).to.deep.equal(
      salts,
    );
    const other = openTranscriptSecret(join(temporaryFolder(), "transcripts.secret"));
    expect(other.saltOf(requestOf(1))).to.not.equal(salts[0]);
  });
});
