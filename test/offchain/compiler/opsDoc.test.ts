import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { format, resolveConfig } from "prettier";
import { findDomain } from "../../../offchain/compiler/onnx/ops.ts";
import { OP_SECTIONS } from "../../../scripts/opsDoc/opEntries.ts";
import { opsetsOf, renderOps } from "../../../scripts/opsDoc/renderOps.ts";

const PAGE = join(import.meta.dirname, "../../../docs/ops.md");

describe("docs/ops.md", () => {
  for (const domain of ["ai.onnx", "ai.onnx.ml"] as const) {
    const sections = OP_SECTIONS.filter((it) => it.domain === domain);
    const entries = sections.flatMap((it) => Object.entries(it.entries));

    it(`has an entry for each op of ${domain} that is read, and for no other`, () => {
      const read = [...(findDomain(domain)?.ops.keys() ?? [])].sort();
      expect(entries.map(([op]) => op).sort()).to.deep.equal(read);
    });

    it(`names opsets of ${domain} that are read`, () => {
      for (const [op, entry] of entries) {
        const [first, last] = opsetsOf(domain, entry);
        expect(first, op).to.be.at.most(last);
      }
    });
  }

  it("is what `npm run docs:ops` writes", async () => {
    const options = await resolveConfig(PAGE);
    const expected = await format(renderOps(OP_SECTIONS), { ...options, filepath: PAGE });
    expect(readFileSync(PAGE, "utf8")).to.equal(expected);
  }).timeout(60_000);
});
