import { batchModel, compile } from "@vouch/compiler";
import { ExecutionError } from "@vouch/execution";
import type { ReleaseId } from "@vouch/protocol";
import type { Releases, ServedRelease } from "@vouch/worker";
import { compiledBytes, lazyReleases } from "@vouch/worker";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { releaseNamed } from "../../helpers/executables.ts";
import { CREDIT_OPTIONS, creditModel } from "../../helpers/onnxModel.ts";

const MANY = Array.from({ length: 1_000 }, (_, index) => releaseNamed(`release ${index}`));
const [A, B, C] = MANY as [ReleaseId, ReleaseId, ReleaseId];
const BYTES = 10;
const RETRY_MS = 30_000;

/** What is loaded here has an id, and nothing else that is looked at. */
const served = (id: ReleaseId): ServedRelease => ({ id }) as ServedRelease;

describe("lazyReleases", () => {
  let loads: ReleaseId[];
  let loading: number;
  let mostLoading: number;
  let fails: Error | undefined;
  let now: number;

  beforeEach(() => {
    [loads, loading, mostLoading, fails, now] = [[], 0, 0, undefined, 0];
  });

  function releasesWithin(budgetBytes: number, bytesOf = () => BYTES): Releases {
    const load = async (id: ReleaseId): Promise<ServedRelease> => {
      loads.push(id);
      loading += 1;
      mostLoading = Math.max(mostLoading, loading);
      await new Promise((resolve) => setImmediate(resolve));
      loading -= 1;
      if (fails !== undefined) throw fails;
      return served(id);
    };
    return lazyReleases(MANY, { budgetBytes }, { load, bytesOf, now: () => now });
  }

  it("loads one once, however many ask, and two at a time of many", async () => {
    const releases = releasesWithin(BYTES * MANY.length);
    await Promise.all([...MANY, ...MANY].map((id) => releases.get(id)));
    expect(loads).to.have.length(MANY.length);
    expect(mostLoading).to.equal(2);
  });

  it("keeps as many of a thousand as its budget holds: those that were asked for last", async () => {
    const kept = 50;
    const releases = releasesWithin(BYTES * kept);
    for (const id of MANY) await releases.get(id);
    loads = [];
    for (const id of MANY.slice(-kept)) expect((await releases.get(id)).id).to.equal(id);
    expect(loads).to.deep.equal([]);
    const [gone] = MANY.slice(-kept - 1) as [ReleaseId];
    expect((await releases.get(gone)).id).to.equal(gone);
    expect(loads).to.deep.equal([gone]);
  });

  it("lets go of what was asked for least recently, not of what was loaded first", async () => {
    const releases = releasesWithin(2 * BYTES);
    for (const id of [A, B, A, C]) await releases.get(id);
    loads = [];
    for (const id of [A, C]) await releases.get(id);
    expect(loads).to.deep.equal([]);
    await releases.get(B);
    expect(loads).to.deep.equal([B]);
  });

  it("serves one that is larger than its budget, and keeps nothing beside it", async () => {
    const releases = releasesWithin(BYTES - 1);
    for (const id of [A, A, B, A]) await releases.get(id);
    expect(loads).to.deep.equal([A, B, A]);
  });

  it("tries again after a while what failed, whoever asks meanwhile", async () => {
    const releases = releasesWithin(BYTES);
    const get = (): Promise<string | undefined> => codeOfPromise(releases.get(A));
    fails = new ExecutionError({ code: "MODEL_LOAD_FAILED", release: A });
    expect(await get()).to.equal("MODEL_LOAD_FAILED");
    now = RETRY_MS - 1;
    expect(await get()).to.equal("MODEL_LOAD_FAILED");
    expect(loads).to.deep.equal([A]);
    now = RETRY_MS;
    expect(await get()).to.equal("MODEL_LOAD_FAILED");
    expect(loads).to.deep.equal([A, A]);
    fails = undefined; // it was mended
    now = 2 * RETRY_MS;
    expect((await releases.get(A)).id).to.equal(A);
    now = 100 * RETRY_MS;
    await releases.get(A);
    expect(loads).to.deep.equal([A, A, A]);
  });

  it("compiles once what is too large, for good", async () => {
    const releases = releasesWithin(BYTES);
    const sizes = { bytes: 2, budgetBytes: 1 };
    fails = new ExecutionError({ code: "MODEL_TOO_LARGE", release: B, ...sizes });
    for (const at of [0, 1_000 * RETRY_MS]) {
      now = at;
      expect(await codeOfPromise(releases.get(B))).to.equal("MODEL_TOO_LARGE");
    }
    expect(loads).to.deep.equal([B]);
    await releases.close();
  });

  it("refuses what is not its own", async () => {
    const stranger = releasesWithin(BYTES).get(releaseNamed("stranger"));
    expect(await codeOfPromise(stranger)).to.equal("RELEASE_NOT_SERVED");
  });
});

describe("compiledBytes", () => {
  it("grows with values and nodes, and counts a model once", () => {
    const { file, samples } = creditModel();
    const calibration = { samples: samples.map((it) => it.input) };
    const compiled = compile(file, { ...CREDIT_OPTIONS, weights: "private", calibration });
    const { graph } = compiled;
    const values = [...graph.parameters, ...graph.constants].flatMap((it) => it.values).length;
    const alone = compiledBytes({ compiled, models: [], batches: [] });
    expect(alone).to.be.greaterThan(50 * values);
    expect(compiledBytes({ compiled, models: [compiled], batches: [] })).to.equal(alone);
    const segment = { ...compiled, graph: { ...graph, nodes: graph.nodes.slice(1) } };
    expect(compiledBytes({ compiled, models: [segment], batches: [] })).to.be.greaterThan(alone);
    const bytesOf = (count: number): number => {
      const batch = {
        count,
        model: batchModel(compiled, count),
        artefacts: { wasm: "", zkey: "" },
      };
      return compiledBytes({ compiled, models: [compiled], batches: [batch] });
    };
    expect(bytesOf(2)).to.be.greaterThan(alone);
    expect(bytesOf(64)).to.be.greaterThan(bytesOf(2));
  });
});
