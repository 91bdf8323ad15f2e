import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import type { CompiledModel } from "@vouch/compiler";
import { interpret } from "@vouch/compiler";
import type { Executable, OnnxBackend } from "@vouch/execution";
import { createOnnxBackend, ExecutionError, sha256Of } from "@vouch/execution";
import { elementRange, quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import { encodeModel } from "../../../offchain/compiler/onnx/modelProto.ts";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import {
  perceptronOnDisk,
  perceptronRows,
  releaseNamed,
  temporaryFolder,
} from "../../helpers/executables.ts";
import { ints, node, valueInfo } from "../../helpers/onnxModel.ts";

const INT64 = 7;
const HUGE = 2 ** 44;

/** Repeats its input 2^44 times along each row, and takes the first four. */
const greedy = encodeModel({
  irVersion: 8n,
  opsetImport: [{ domain: "", version: 13n }],
  graph: {
    name: "greedy",
    node: [
      node("Expand", ["column", "lengths"], "many"),
      node("ReduceMax", ["many"], "most"),
      node("Add", ["input", "most"], "output"),
    ],
    initializer: [
      { ...ints("lengths", [HUGE]), dims: [1n] },
      { ...ints("column", [1]), dims: [1n] },
    ],
    input: [valueInfo("input", ["batch", 4], INT64)],
    output: [valueInfo("output", ["batch", 4], INT64)],
  },
});

describe("createOnnxBackend", () => {
  let cache = "";
  let backend: OnnxBackend;
  beforeEach(() => {
    cache = temporaryFolder();
    backend = createOnnxBackend();
  });
  afterEach(async () => {
    await backend.close();
    rmSync(cache, { recursive: true });
  });

  async function registered(
    seed: number,
  ): Promise<{ readonly compiled: CompiledModel; readonly executable: Executable }> {
    const made = await perceptronOnDisk(cache, seed);
    backend.register(made.executable);
    return made;
  }

  const rowsOf = ({ input }: CompiledModel, count: number): bigint[][] =>
    perceptronRows(count, 77).map((row) => quantizeTensor(row, input));

  /** An executable of that file, whatever is in it, as if it had been verified. */
  function asVerified(name: string, like: Executable, onnx: Uint8Array): Executable {
    const path = `${like.path}.${name}`;
    writeFileSync(path, onnx);
    const release = releaseNamed(name);
    const made = { ...like, release, path, sha256: sha256Of(onnx), fileBytes: onnx.length };
    backend.register(made);
    return made;
  }

  it("says what it is and what that proves", () => {
    expect(backend.name).to.match(/^onnxruntime-node\/\d+\.\d+\.\d+$/);
    expect(backend).to.include({ proves: "weights", answers: "bitExact" });
  });

  it("equals the interpreter bit for bit, at the ends of the input's type too", async () => {
    const { compiled, executable } = await registered(1);
    const [min, max] = elementRange(compiled.input);
    const inputs = [...rowsOf(compiled, 5), Array<bigint>(4).fill(min), Array<bigint>(4).fill(max)];
    for (const input of inputs) {
      const output = await backend.run(executable.release, input);
      expect(output).to.deep.equal(interpret(compiled.graph, input));
    }
  });

  it("runs what comes together as batches, each row as if it were alone", async () => {
    const many = [await registered(1), await registered(2)];
    const asked = many.flatMap(({ compiled, executable }) =>
      rowsOf(compiled, 40).map((input) => ({ compiled, executable, input })),
    );
    const outputs = await Promise.all(
      asked.map(({ executable, input }) => backend.run(executable.release, input)),
    );
    expect(outputs).to.deep.equal(asked.map((it) => interpret(it.compiled.graph, it.input)));
    expect(backend.stats()).to.include({ answered: 80, failed: 0, loads: 2, batches: 2 * 3 });
  });

  it("runs several at once, in batches no larger than it may, and tells of each that is none of the release's", async () => {
    const { compiled, executable } = await registered(1);
    const inputs = rowsOf(compiled, 40);
    const [min] = elementRange(compiled.input);
    const bad = [inputs[0]!.slice(1), inputs[0]!.with(2, min - 1n)];
    const outputs = await backend.runAll(executable.release, [bad[0]!, ...inputs, bad[1]!]);
    expect(outputs.slice(1, -1)).to.deep.equal(inputs.map((it) => interpret(compiled.graph, it)));
    for (const it of [outputs[0], outputs.at(-1)])
      expect(it).to.have.property("code", "INPUT_INVALID");
    expect(backend.stats()).to.include({ answered: 40, failed: 2, batches: 3 });
    const unknown = codeOfPromise(backend.runAll(releaseNamed("unknown"), inputs));
    expect(await unknown).to.equal("RELEASE_NOT_REGISTERED");
  });

  it("loads nothing before it is asked for, or warmed up", async () => {
    const { executable } = await registered(1);
    expect(backend.stats()).to.include({ registered: 1, sessions: 0, residentBytes: 0 });
    await backend.warmUp(executable.release);
    expect(backend.stats()).to.include({ loads: 1, residentBytes: executable.residentBytes });
  });

  it("serves more releases than its budget holds", async () => {
    const made = await Promise.all([1, 2, 3, 4].map((seed) => perceptronOnDisk(cache, seed)));
    const bytes = made[0]!.executable.residentBytes;
    const small = createOnnxBackend({ budgetBytes: Math.ceil(2.5 * bytes) });
    for (const { executable } of made) small.register(executable);
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        made.map(async ({ compiled, executable }) => {
          const [input = []] = rowsOf(compiled, 1);
          const output = await small.run(executable.release, input);
          expect(output).to.deep.equal(interpret(compiled.graph, input));
        }),
      );
      expect(small.stats().residentBytes).to.be.at.most(2.5 * bytes);
    }
    expect(small.stats().evictions).to.be.at.least(2);
    await small.close();
  });

  describe("given files that are not what was verified", () => {
    it("runs none of their bytes, and goes on with the others", async () => {
      const [good, bad] = [await registered(1), await registered(2)];
      const bytes = readFileSync(bad.executable.path);
      bytes[bytes.length - 40]! ^= 1;
      writeFileSync(bad.executable.path, bytes);
      const [input = []] = rowsOf(bad.compiled, 1);
      const answer = backend.run(bad.executable.release, input);
      expect(await codeOfPromise(answer)).to.equal("MODEL_TAMPERED");
      expect(await backend.run(good.executable.release, input)).to.have.length(2);
    });
  });

  describe("given a file that was verified and that onnxruntime refuses", () => {
    it("says so, tries again, then waits", async () => {
      const { executable, compiled } = await registered(1);
      const bad = asVerified("garbage", executable, new Uint8Array(4_000).fill(0x5a));
      const [input = []] = rowsOf(compiled, 1);
      const outcome = (): Promise<string | undefined> =>
        codeOfPromise(backend.run(bad.release, input));
      expect([await outcome(), await outcome(), await outcome()]).to.deep.equal([
        ...["MODEL_LOAD_FAILED", "MODEL_LOAD_FAILED", "RELEASE_BACKED_OFF"],
      ]);
    });
  });

  describe("given a model that asks for more memory than there is", () => {
    it("finds out before it is asked to answer", async () => {
      const { executable } = await registered(1);
      const bad = asVerified("greedy", executable, greedy);
      expect(await codeOfPromise(backend.warmUp(bad.release))).to.equal("MODEL_RUN_FAILED");
      expect(backend.stats()).to.include({ sessions: 0, residentBytes: 0, failures: 1 });
    });

    it("fails that release alone, with a code", async () => {
      const { executable, compiled } = await registered(1);
      const bad = asVerified("greedy", executable, greedy);
      const [input = []] = rowsOf(compiled, 1);
      expect(await codeOfPromise(backend.run(bad.release, input))).to.be.oneOf([
        ...["MODEL_LOAD_FAILED", "MODEL_RUN_FAILED"],
      ]);
      expect(await backend.run(executable.release, input)).to.have.length(2);
      expect(backend.stats()).to.include({ answered: 1, failed: 1 });
    });

    it("takes none whose session, or one run of it, exceeds the budget", async () => {
      const { executable } = await registered(1);
      for (const more of [{ residentBytes: HUGE }, { rowBytes: HUGE }]) {
        const large = { ...executable, release: releaseNamed("large"), ...more };
        const register = (): void => {
          backend.register(large);
        };
        expect(codeOf(register)).to.equal("MODEL_TOO_LARGE");
        expect(await codeOfPromise(backend.warmUp(large.release))).to.equal(
          "RELEASE_NOT_REGISTERED",
        );
      }
      expect(backend.stats()).to.include({ registered: 1, loads: 0 });
    });
  });

  describe("given a session that is large enough for a thread of its own", () => {
    let threads: Worker[] = [];
    const count = (thread: Worker): void => {
      threads.push(thread);
    };
    beforeEach(async () => {
      threads = [];
      process.on("worker", count);
      await backend.close();
      backend = createOnnxBackend({ threadBytes: 0 });
    });
    afterEach(() => process.off("worker", count));

    it("runs it there, bit for bit, beside the others of its kind", async () => {
      const many = [await registered(1), await registered(2)];
      for (const { compiled, executable } of many)
        for (const input of rowsOf(compiled, 3)) {
          const output = await backend.run(executable.release, input);
          expect(output).to.deep.equal(interpret(compiled.graph, input));
        }
      expect(threads).to.have.length(1);
      await backend.close();
      expect(backend.stats()).to.include({ sessions: 0, residentBytes: 0 });
    });

    it("starts none for a small one", async () => {
      const own = createOnnxBackend();
      const { executable } = await perceptronOnDisk(cache, 1);
      own.register(executable);
      await own.warmUp(executable.release);
      await own.close();
      expect(threads).to.be.empty;
    });

    it("fails what was loaded in a thread that ends, and goes on in another", async () => {
      const { compiled, executable } = await registered(1);
      const [input = []] = rowsOf(compiled, 1);
      const answer = (): Promise<readonly bigint[]> => backend.run(executable.release, input);
      const first = await answer();
      await threads[0]?.terminate();
      expect(await codeOfPromise(answer())).to.equal("MODEL_RUN_FAILED");
      expect(await answer()).to.deep.equal(first);
      expect(threads).to.have.length(2);
    });

    it("makes room by a session whose thread ends meanwhile", async () => {
      const many = await Promise.all([1, 2].map((seed) => perceptronOnDisk(cache, seed)));
      const [first, second] = many.map(({ executable }) => executable);
      const { residentBytes, rowBytes } = first!;
      const small = createOnnxBackend({ threadBytes: 0, budgetBytes: residentBytes + rowBytes });
      for (const { executable } of many) small.register(executable);
      await small.warmUp(first!.release);
      const warm = codeOfPromise(small.warmUp(second!.release));
      await threads[0]?.terminate();
      expect(await warm).to.equal(undefined);
      expect(small.stats()).to.include({ sessions: 1, residentBytes: second!.residentBytes });
      await small.close();
    });

    it("says by the same codes what does not load, or run, or was changed", async () => {
      const { compiled, executable } = await registered(1);
      const garbage = asVerified("garbage", executable, new Uint8Array(4_000).fill(0x5a));
      const hungry = asVerified("greedy", executable, greedy);
      const tampered = asVerified("tampered", executable, readFileSync(executable.path));
      writeFileSync(tampered.path, "another");
      const codes = [garbage, hungry, tampered].map(({ release }) =>
        codeOfPromise(backend.warmUp(release)),
      );
      expect(await Promise.all(codes)).to.deep.equal([
        ...["MODEL_LOAD_FAILED", "MODEL_RUN_FAILED", "MODEL_TAMPERED"],
      ]);
      const [input = []] = rowsOf(compiled, 1);
      expect(await backend.run(executable.release, input)).to.have.length(2);
    });
  });

  it("makes each load by the attempt that it is given, and fails as that does", async () => {
    const { executable } = await perceptronOnDisk(cache, 1);
    const { release } = executable;
    const tried: string[] = [];
    const refusal = {
      code: "RELEASE_ENDED_PROCESS",
      release,
      times: 3,
      last: 0,
      until: 60_000,
      record: "",
    } as const;
    const own = createOnnxBackend(
      {},
      {
        attempt(of, work) {
          tried.push(of);
          return tried.length === 1 ? work() : Promise.reject(new ExecutionError(refusal));
        },
      },
    );
    for (const it of [executable, { ...executable, release: releaseNamed("another") }])
      own.register(it);
    await own.warmUp(release);
    await own.warmUp(release);
    expect(await codeOfPromise(own.warmUp(releaseNamed("another")))).to.equal(refusal.code);
    expect(tried).to.deep.equal([release, releaseNamed("another")]);
    await own.close();
  });

  it("refuses inputs that are none of the release's", async () => {
    const { compiled, executable } = await registered(1);
    const [, max] = elementRange(compiled.input);
    for (const input of [[], [1n, 2n, 3n], [0n, 0n, 0n, max + 1n]]) {
      const answer = backend.run(executable.release, input);
      expect(await codeOfPromise(answer)).to.equal("INPUT_INVALID");
    }
  });

  it("refuses a release that it does not know", async () => {
    const answer = backend.run(releaseNamed("nobody's"), []);
    expect(await codeOfPromise(answer)).to.equal("RELEASE_NOT_REGISTERED");
  });

  it("answers nobody who has gone, and those beside them", async () => {
    const { compiled, executable } = await registered(1);
    const [one = [], two = []] = rowsOf(compiled, 2);
    const controller = new AbortController();
    const gone = codeOfPromise(backend.run(executable.release, one, controller.signal));
    const stays = backend.run(executable.release, two);
    controller.abort();
    expect(await gone).to.equal("ABORTED");
    const warm = backend.warmUp(executable.release, controller.signal);
    expect(await codeOfPromise(warm)).to.equal("ABORTED");
    expect(await stays).to.deep.equal(interpret(compiled.graph, two));
  });

  it("finishes what runs when it is closed, and takes nothing more", async () => {
    const { compiled, executable } = await registered(1);
    const [input = []] = rowsOf(compiled, 1);
    const running = backend.run(executable.release, input);
    const closed = backend.close();
    expect(await codeOfPromise(backend.run(executable.release, input))).to.equal("BACKEND_CLOSED");
    expect(await running).to.deep.equal(interpret(compiled.graph, input));
    await closed;
    expect(backend.stats()).to.include({ sessions: 0, residentBytes: 0 });
  });

  it("refuses options that make no sense", () => {
    for (const options of [{ budgetBytes: 0 }, { batch: { maxSize: 0 } }, { intraOpThreads: 1.5 }])
      expect(codeOf(() => createOnnxBackend(options))).to.equal("OPTIONS_INVALID");
  });
});
