import { join, resolve } from "node:path";
import { findContractError } from "@vouch/protocol";
import { openHome } from "@vouch/publisher";
import { expect } from "chai";
import hre from "hardhat";
import { assessOnChain } from "../../bench/zoo/assessOnChain.ts";
import { fitEncoding } from "../../bench/zoo/fitEncoding.ts";
import { measureApart } from "../../bench/zoo/measureApart.ts";
import type { Measured, MeasureOptions } from "../../bench/zoo/measureModel.ts";
import { optionsFor } from "../../bench/zoo/optionsFor.ts";
import type { ZooEntry } from "../../bench/zoo/zooEntry.ts";
import { listEntries } from "../../bench/zoo/zooEntry.ts";
import { encodeReceipt } from "../../scripts/demo/receipt.ts";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import { startChain } from "../../offchain/hardhat/tasks/openChain.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const ZOO = process.env["VOUCH_ZOO"];
const MAX_CONSTRAINTS = 2 ** 17;
/** Of the largest output: what 8 bits, and ranges of few rows, may lose. A label beside the right one is more. */
const MAX_ERROR = 0.25;
/** Models with these are refused by name: control flow, chance, and shapes that depend on data unless they fold. */
const REFUSED =
  /^(If|Loop|Scan|SequenceMap|Bernoulli|Multinomial|Random.*|NonZero|Unique|NonMaxSuppression)$/;

/** Of the estimate: what circom may fold that two layers have in common. */
const MAX_FOLDED = 0.01;

describe("bench/zoo", () => {
  describe("fitEncoding", () => {
    for (const [what, values, bits, fractionBits] of [
      ["numbers below 2", [0.5, -1.99], 16, 14],
      ["a number that rounds to 2", [1.99999], 16, 13],
      ["larger ones", [-33.25, 80.5], 16, 8],
      ["ones that need more than 16 bits", [70_000.5], 18, 0],
      ["whole ones", [3, -8], 5, 0],
      ["truth values", [0, 1], 2, 0],
      ["zeros", [0, 0], 2, 0],
    ] as const) {
      it(`takes ${what} in ${bits} bits, ${fractionBits} of them fraction`, () => {
        expect(fitEncoding([values])).to.deep.equal({ mode: "public", bits, fractionBits });
      });
    }
  });

  if (process.env["VOUCH_DEEP"] === undefined) return; // the rest takes an hour

  describe("from ONNX file to a receipt that a chain accepts", function () {
    this.timeout(3_600_000);

    let chain: Chain;

    before(async () => {
      chain = await startChain(hre, await hre.network.create());
    });

    for (const entry of listEntries(join(ROOT, "models"), ZOO && resolve(ZOO))) {
      it(`${entry.source}: ${entry.name}`, async () => {
        const committed = await measure(chain, entry, "private");
        if (isRefused(committed)) return;
        await expectProven(chain, committed);
        if (committed.proven !== undefined) return;
        await expectProven(chain, await measure(chain, entry, "public"));
      });
    }

    if (ZOO === undefined || ZOO === "") {
      process.stderr.write("\n!!! VOUCH_ZOO is not set: the zoo is NOT TRIED, only models/.\n\n");
      it("zoo: NOT TRIED, for VOUCH_ZOO names no folder");
    }
  });
});

async function measure(
  chain: Chain,
  entry: ZooEntry,
  weights: MeasureOptions["weights"],
): Promise<Measured> {
  const { cache } = openHome(join(ROOT, ".vouch", "test-zoo"));
  const choices = { weights, maxConstraints: MAX_CONSTRAINTS, cache };
  return measureApart(entry, await optionsFor(chain, choices), () => undefined);
}

/** Whether the compiler refused the model, as it must, for an op that no circuit can have. */
function isRefused({ row }: Measured): boolean {
  if (row.failure === undefined || !row.ops.some((it) => REFUSED.test(it))) return false;
  expect(row.failure.code).to.be.oneOf([
    "OP_UNSUPPORTED",
    "OP_FORM_UNSUPPORTED",
    "SUBGRAPH_UNSUPPORTED",
  ]);
  return true;
}

/** Everything that was run gave the same integers; and what is small enough is proven, which no other output would be. */
async function expectProven(chain: Chain, { row, proven }: Measured): Promise<void> {
  expect(row.failure, row.name).to.be.undefined;
  expect(row.bitExact, "bit-exact").to.equal(true);
  const { max = Infinity, largestOutput = 0 } = row.error ?? {};
  expect(max, "error against onnxruntime").to.be.at.most(MAX_ERROR * largestOutput);
  if (proven === undefined) {
    expect(row.constraints?.estimate, row.notProven).to.be.greaterThan(MAX_CONSTRAINTS);
    return;
  }
  expect(row.lowerings).to.deep.equal(["interpreter", "onnx", "witness"]);
  const { estimate = 0, r1cs = Infinity } = row.constraints ?? {};
  expect(r1cs, "constraints").to.be.within(estimate * (1 - MAX_FOLDED), estimate);
  expect(await assessOnChain(chain, proven)).to.be.greaterThan(0);

  const [first = 0n, ...rest] = proven.receipt.output;
  const forged = { ...proven.receipt, output: [first ^ 1n, ...rest] };
  const refusal = await chain.contracts.router.assess(encodeReceipt(forged)).then(
    () => "accepted",
    (error: unknown) => findContractError(error)?.name,
  );
  expect(refusal).to.equal("ProofInvalid");
}
