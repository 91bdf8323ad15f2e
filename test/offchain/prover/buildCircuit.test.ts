import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId } from "@vouch/protocol";
import { buildCircuit } from "@vouch/prover";
import { expect } from "chai";
import { problemOf, temporaryFolder, TINY } from "./fixture.ts";

describe("buildCircuit", function () {
  this.timeout(60_000);
  const cache = temporaryFolder();

  it("returns the counts and the hash of the r1cs", async () => {
    const circuit = await buildCircuit(TINY, { cache });
    expect(circuit).to.deep.include({ constraints: 9, publicSignals: 2 });
    expect(circuit.hash).to.equal(contentId(await readFile(circuit.r1cs)));
  });

  it("makes the same bytes in another cache, from another working folder", async () => {
    const home = process.cwd();
    const first = await buildCircuit(TINY, { cache });
    process.chdir("/");
    try {
      const second = await buildCircuit(TINY, { cache: temporaryFolder() });
      expect(second.r1cs).to.not.equal(first.r1cs);
      expect(await readFile(second.r1cs)).to.deep.equal(await readFile(first.r1cs));
      expect(await readFile(second.wasm)).to.deep.equal(await readFile(first.wasm));
    } finally {
      process.chdir(home);
    }
  });

  it("includes our templates, and circomlib through them", async () => {
    const main = `pragma circom 2.2.0;
include "commitments/HashWords.circom";
component main = HashWords(1, 2);`;
    const circuit = await buildCircuit(main, { cache });
    expect(circuit.constraints).to.be.above(200);
  });

  it("gives other sources other places", async () => {
    const [a, b] = await Promise.all([
      buildCircuit(TINY, { cache }),
      buildCircuit(TINY.replace("+ c", "- c"), { cache }),
    ]);
    expect(a.hash).to.not.equal(b.hash);
    expect(a.r1cs).to.not.equal(b.r1cs);
  });

  describe("given a cached circuit", () => {
    it("does not compile again", async () => {
      await buildCircuit(TINY, { cache });
      const steps: string[] = [];
      await buildCircuit(TINY, { cache, onProgress: (step) => steps.push(step) });
      expect(steps).to.deep.equal([]);
    });

    it("compiles once for concurrent calls, and leaves no draft", async () => {
      const folder = temporaryFolder();
      const steps: string[] = [];
      const options = { cache: folder, onProgress: (step: string) => steps.push(step) };
      await Promise.all([buildCircuit(TINY, options), buildCircuit(TINY, options)]);
      expect(steps).to.have.length(1);
      expect(await readdir(join(folder, "circuits"))).to.have.length(1);
    });

    it("compiles again where a file was damaged", async () => {
      const { r1cs } = await buildCircuit(TINY, { cache });
      const content = await readFile(r1cs);
      await writeFile(r1cs, content.subarray(0, 100));
      await buildCircuit(TINY, { cache });
      expect(await readFile(r1cs)).to.deep.equal(content);
    });
  });

  it("fails with the compiler's message", async () => {
    const problem = await problemOf(buildCircuit(TINY.replace("x[2]", "x[1]"), { cache }));
    expect(problem.code).to.equal("CIRCOM_FAILED");
    expect(problem).to.have.property("output").that.contains("main.circom");
  });

  it("caches no failure and leaves no draft", async () => {
    const folder = temporaryFolder();
    await problemOf(buildCircuit(TINY.replace("x[2]", "x[1]"), { cache: folder }));
    expect(await readdir(join(folder, "circuits"))).to.deep.equal([]);
  });

  for (const file of ["missing.circom", "../../../etc/hosts.circom", "/etc/hosts"]) {
    it(`names an include that no library has: ${file}`, async () => {
      const main = `${TINY}include "${file}";\n`;
      expect(await problemOf(buildCircuit(main, { cache }))).to.deep.equal({
        code: "INCLUDE_NOT_FOUND",
        file,
        from: "main.circom",
      });
    });
  }

  it("stops the compiler when aborted", async () => {
    const controller = new AbortController();
    const work = buildCircuit(TINY, {
      cache: temporaryFolder(),
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    expect((await problemOf(work)).code).to.equal("ABORTED");
  });
});
