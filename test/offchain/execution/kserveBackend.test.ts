import { interpret } from "@vouch/compiler";
import type { KserveBackend, KserveOptions } from "@vouch/execution";
import { createKserveBackend } from "@vouch/execution";
import { dequantizeTensor, quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import { compilePerceptron, perceptronRows, releaseNamed } from "../../helpers/executables.ts";
import type { KserveServer, KserveServerOptions, ServedModel } from "../../helpers/kserveServer.ts";
import { kserveGrpcServer, kserveHttpServer } from "../../helpers/kserveServer.ts";

const compiled = compilePerceptron(1);
const { input, output } = compiled;
const RELEASE = releaseNamed("perceptron");
const ROWS = perceptronRows(5).map((row) => quantizeTensor(row, input));
const [ROW = []] = ROWS;

const tensor = (name: string, datatype: string, length: number) => ({
  ...{ name, datatype },
  shape: [-1, length],
});

const integers: ServedModel = {
  inputs: [tensor("input", "INT64", 4)],
  outputs: [tensor("output", "INT64", 2)],
  run: (elements) => interpret(compiled.graph, elements.map(BigInt)),
};
/** The same answers as floats, each a little beside its place in the encoding. */
const floats: ServedModel = {
  inputs: [tensor("x", "FP32", 4)],
  outputs: [tensor("y", "FP32", 2)],
  run: (elements) => {
    const exact = interpret(compiled.graph, quantizeTensor(elements.map(Number), input));
    return dequantizeTensor(exact, output).map((it) => it + 2 ** -18);
  },
};

const OPEN = {
  HTTP: kserveHttpServer,
  gRPC: kserveGrpcServer,
} as const;

for (const [protocol, openServer] of Object.entries(OPEN)) {
  describe(`createKserveBackend, over ${protocol}`, () => {
    const open: (KserveServer | KserveBackend)[] = [];
    afterEach(async () => {
      for (const it of open.splice(0).reverse()) await it.close();
    });

    async function serve(
      model: ServedModel,
      server: Omit<KserveServerOptions, "models"> = {},
      options: Partial<KserveOptions> = {},
    ): Promise<{ readonly server: KserveServer; readonly backend: KserveBackend }> {
      const opened = await openServer({ ...server, models: { m: model } });
      const backend = createKserveBackend({ url: opened.url, holds: "integers", ...options });
      backend.register(RELEASE, { model: "m", input, output });
      open.push(opened, backend);
      return { server: opened, backend };
    }

    it("runs integers to the bit, and says that it only routes", async () => {
      const { backend, server } = await serve(integers, {}, { headers: { "x-key": "k" } });
      for (const row of ROWS)
        expect(await backend.run(RELEASE, row)).to.deep.equal(interpret(compiled.graph, row));
      expect(backend).to.include({ proves: "routing", answers: "bitExact" });
      expect(backend.name).to.equal(`kserve-v2/${new URL(server.url).host}`);
      expect(backend.stats()).to.deep.equal({ answered: ROWS.length, failed: 0 });
      expect(server.headers()["x-key"]).to.equal("k");
    });

    it("rounds the answers of a model in floats, and calls them tolerant", async () => {
      const { backend } = await serve(floats, {}, { holds: "floats" });
      expect(backend).to.include({ proves: "routing", answers: "tolerant" });
      expect(await backend.run(RELEASE, ROW)).to.deep.equal(interpret(compiled.graph, ROW));
    });

    it("asks for readiness and tensors once", async () => {
      const { backend, server } = await serve(integers);
      await backend.warmUp(RELEASE);
      const warmed = server.calls.length;
      await backend.run(RELEASE, ROW);
      await backend.run(RELEASE, ROW);
      const rest = server.calls.slice(warmed).filter((it) => it !== "/v2");
      expect(rest).to.have.length(2);
      expect(new Set(rest).size).to.equal(1);
    });

    it("does not ask a server, or for a model, that is not ready", async () => {
      const asleep = await serve(integers, { isReady: false });
      expect(await codeOfPromise(asleep.backend.run(RELEASE, ROW))).to.equal("BACKEND_NOT_READY");
      const loading = await serve({ ...integers, isReady: false });
      expect(await codeOfPromise(loading.backend.run(RELEASE, ROW))).to.equal("BACKEND_NOT_READY");
    });

    const mismatches: Readonly<Record<string, Partial<ServedModel>>> = {
      "another length of input": { inputs: [tensor("input", "INT64", 5)] },
      "another length of output": { outputs: [tensor("output", "INT64", 3)] },
      "floats in place of integers": { inputs: [tensor("input", "FP32", 4)] },
      "a datatype that no release has": { outputs: [tensor("output", "BYTES", 2)] },
      "two outputs": { outputs: [tensor("output", "INT64", 2), tensor("more", "INT64", 2)] },
      "no word of its tensors": { inputs: [], outputs: [] },
    };
    for (const [what, change] of Object.entries(mismatches)) {
      it(`refuses a model with ${what}`, async () => {
        const { backend, server } = await serve({ ...integers, ...change });
        expect(await codeOfPromise(backend.warmUp(RELEASE))).to.equal("MODEL_MISMATCH");
        expect(server.calls.some((it) => /infer$/i.test(it))).to.be.false;
      });
    }

    const answers: Readonly<Record<string, Partial<ServedModel>>> = {
      "one element too few": { run: () => [1n] },
      "an element beyond the release's type": { run: () => [1n, 2n ** 31n] },
    };
    for (const [what, change] of Object.entries(answers)) {
      it(`refuses an answer with ${what}`, async () => {
        const { backend } = await serve({ ...integers, ...change });
        const answer = backend.run(RELEASE, ROW);
        expect(await codeOfPromise(answer)).to.equal("BACKEND_ANSWER_INVALID");
        expect(backend.stats()).to.deep.equal({ answered: 0, failed: 1 });
      });
    }

    it("refuses an answer of another name or datatype", async () => {
      const renamed = await serve(integers, { alter: (it) => ({ ...it, name: "else" }) });
      const retyped = await serve(integers, { alter: (it) => ({ ...it, datatype: "FP64" }) });
      for (const { backend } of [renamed, retyped]) {
        const answer = backend.run(RELEASE, ROW);
        expect(await codeOfPromise(answer)).to.equal("BACKEND_ANSWER_INVALID");
      }
    });

    it("refuses floats that have no place in the encoding", async () => {
      for (const beyond of [1e9, NaN, Infinity]) {
        if (protocol === "HTTP" && !Number.isFinite(beyond)) continue; // JSON has none
        const { backend } = await serve(
          { ...floats, run: () => [0, beyond] },
          {},
          { holds: "floats" },
        );
        const answer = backend.run(RELEASE, ROW);
        expect(await codeOfPromise(answer)).to.equal("BACKEND_ANSWER_INVALID");
      }
    });

    it("says what the server refuses, and asks it once", async () => {
      const { backend, server } = await serve({
        ...integers,
        run: () => Promise.reject(new RangeError("not today")),
      });
      expect(await codeOfPromise(backend.run(RELEASE, ROW))).to.equal("BACKEND_REFUSED");
      expect(server.calls.filter((it) => /infer$/i.test(it))).to.have.length(1);
    });

    it("tries again where a connection is lost, and no further than it may", async () => {
      const twice = await serve(integers, { cut: 2 });
      expect(await twice.backend.run(RELEASE, ROW)).to.have.length(2);
      const ever = await serve(integers, { cut: 1_000 }, { attempts: 2 });
      expect(await codeOfPromise(ever.backend.run(RELEASE, ROW))).to.equal("BACKEND_UNREACHABLE");
    });

    it("says that nobody listens", async () => {
      const { backend, server } = await serve(integers, {}, { attempts: 2 });
      await server.close();
      expect(await codeOfPromise(backend.run(RELEASE, ROW))).to.equal("BACKEND_UNREACHABLE");
    });

    it("waits no longer than its deadline", async () => {
      const never = { ...integers, run: () => new Promise<never>(() => undefined) };
      const { backend } = await serve(never, {}, { deadlineMs: 1_000 });
      await backend.warmUp(RELEASE);
      expect(await codeOfPromise(backend.run(RELEASE, ROW))).to.equal("BACKEND_TIMEOUT");
    });

    it("stops where the caller does", async () => {
      const controller = new AbortController();
      const { backend } = await serve({
        ...integers,
        run: () => {
          controller.abort();
          return new Promise<never>(() => undefined);
        },
      });
      const answer = backend.run(RELEASE, ROW, controller.signal);
      expect(await codeOfPromise(answer)).to.equal("ABORTED");
      expect(await codeOfPromise(backend.run(RELEASE, ROW, controller.signal))).to.equal("ABORTED");
    });

    it("refuses what is not the release's before it asks", async () => {
      const { backend, server } = await serve(integers);
      expect(await codeOfPromise(backend.run(RELEASE, [1n]))).to.equal("INPUT_INVALID");
      const stranger = backend.run(releaseNamed("stranger"), ROW);
      expect(await codeOfPromise(stranger)).to.equal("RELEASE_NOT_REGISTERED");
      expect(server.calls).to.deep.equal([]);
    });

    it("takes nothing more when it is closed", async () => {
      const { backend } = await serve(integers);
      await backend.close();
      expect(await codeOfPromise(backend.run(RELEASE, ROW))).to.equal("BACKEND_CLOSED");
    });

    if (protocol === "HTTP") {
      it("sends and takes bytes where the server has that extension", async () => {
        const { backend, server } = await serve(integers, { hasBinary: true });
        expect(await backend.run(RELEASE, ROW)).to.deep.equal(interpret(compiled.graph, ROW));
        expect(server.binaryBytes()).to.equal(8 * ROW.length);
      });

      it("refuses an integer that a double may have rounded", async () => {
        const wide = { ...output, bits: 62 };
        const model: ServedModel = { ...integers, run: () => [0n, 2n ** 53n + 1n] };
        const { backend } = await serve(model);
        backend.register(RELEASE, { model: "m", input, output: wide });
        const answer = backend.run(RELEASE, ROW);
        expect(await codeOfPromise(answer)).to.equal("BACKEND_ANSWER_INVALID");
        const exact = await serve(model, { hasBinary: true });
        exact.backend.register(RELEASE, { model: "m", input, output: wide });
        expect(await exact.backend.run(RELEASE, ROW)).to.deep.equal([0n, 2n ** 53n + 1n]);
      });

      it("reads no more than an answer may have", async () => {
        const endless = { ...integers, run: () => new Array<bigint>(400_000).fill(1n) };
        const { backend } = await serve(endless, {
          alter: (it) => ({ ...it, name: "x".repeat(2 ** 20) }),
        });
        const answer = backend.run(RELEASE, ROW);
        expect(await codeOfPromise(answer)).to.equal("BACKEND_ANSWER_INVALID");
      });
    } else {
      it("takes lists of numbers as well as bytes", async () => {
        const exact = await serve(integers, { hasContents: true });
        expect(await exact.backend.run(RELEASE, ROW)).to.deep.equal(interpret(compiled.graph, ROW));
        const rounded = await serve(floats, { hasContents: true }, { holds: "floats" });
        const answer = await rounded.backend.run(RELEASE, ROW);
        expect(answer).to.deep.equal(interpret(compiled.graph, ROW));
      });
    }
  });
}

describe("createKserveBackend", () => {
  it("refuses addresses that it has no protocol for, and other nonsense", () => {
    for (const change of [{ url: "ftp://x" }, { url: "somewhere" }, { deadlineMs: 0 }]) {
      const options = { url: "http://x", holds: "integers", ...change } as const;
      expect(codeOf(() => createKserveBackend(options))).to.equal("OPTIONS_INVALID");
    }
  });
});
