import { ExecutionError } from "@vouch/execution";
import type { Releases, ServedRelease } from "@vouch/worker";
import { lazyReleases } from "@vouch/worker";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { releaseNamed } from "../../helpers/executables.ts";

const RELEASE = releaseNamed("lazy");
const RETRY_MS = 30_000;

describe("releases that are loaded when they are asked for", () => {
  let now: number;
  let loads: number;
  let failure: Error | undefined;
  let releases: Releases;
  let unloaded: number;

  beforeEach(() => {
    [now, loads, unloaded] = [0, 0, 0];
    failure = undefined;
    const release = (): Promise<void> => {
      unloaded += 1;
      return Promise.resolve();
    };
    const load = (id: typeof RELEASE): Promise<ServedRelease> => {
      loads += 1;
      const served = { id, model: { release } } as unknown as ServedRelease; // all that is asked of it
      return failure === undefined ? Promise.resolve(served) : Promise.reject(failure);
    };
    releases = lazyReleases([RELEASE], load, () => now);
  });

  const get = (): Promise<string | undefined> => codeOfPromise(releases.get(RELEASE));

  it("are loaded once, and freed", async () => {
    const [one, two] = await Promise.all([releases.get(RELEASE), releases.get(RELEASE)]);
    expect(one).to.equal(two);
    expect(loads).to.equal(1);
    await releases.close();
    expect(unloaded).to.equal(1);
  });

  it("are no others than are published", async () => {
    const other = releases.get(releaseNamed("other"));
    expect(await codeOfPromise(other)).to.equal("RELEASE_NOT_SERVED");
    expect(loads).to.equal(0);
  });

  it("are tried again after a while where they failed, whoever asks meanwhile", async () => {
    failure = new ExecutionError({ code: "MODEL_LOAD_FAILED", release: RELEASE });
    expect(await get()).to.equal("MODEL_LOAD_FAILED");
    now = RETRY_MS - 1;
    expect(await get()).to.equal("MODEL_LOAD_FAILED");
    expect(loads).to.equal(1);
    now = RETRY_MS;
    expect(await get()).to.equal("MODEL_LOAD_FAILED");
    expect(loads).to.equal(2);
    failure = undefined; // it was mended
    now = 2 * RETRY_MS;
    expect((await releases.get(RELEASE)).id).to.equal(RELEASE);
    now = 100 * RETRY_MS;
    await releases.get(RELEASE);
    expect(loads).to.equal(3);
  });

  it("are compiled once where they are too large, for good", async () => {
    const sizes = { bytes: 2, budgetBytes: 1 };
    failure = new ExecutionError({ code: "MODEL_TOO_LARGE", release: RELEASE, ...sizes });
    expect(await get()).to.equal("MODEL_TOO_LARGE");
    now = 1_000 * RETRY_MS;
    expect(await get()).to.equal("MODEL_TOO_LARGE");
    expect(loads).to.equal(1);
    await releases.close();
  });
});
