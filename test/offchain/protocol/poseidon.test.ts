import { expect } from "chai";
import fc from "fast-check";
import * as poseidonLite from "poseidon-lite";
import { poseidon } from "../../../offchain/protocol/poseidon.ts";
import { SCALAR_FIELD } from "../../../offchain/protocol/field.ts";
import { codeOf } from "../../helpers/codeOf.ts";

const REFERENCE: Readonly<Record<string, unknown>> = { ...poseidonLite };

/** All of them by `npm run test:deep`: constants take up to a tenth of a second for each. */
const COUNTS =
  process.env["VOUCH_DEEP"] === "1" ? Array.from({ length: 16 }, (_, i) => i + 1) : [1, 2, 5, 16];

describe("poseidon", () => {
  for (const count of COUNTS) {
    it(`is what tables of constants give for ${count} elements`, () => {
      const reference = REFERENCE[`poseidon${count}`] as (inputs: readonly bigint[]) => bigint;
      const element = fc.oneof(
        fc.constantFrom(0n, 1n, SCALAR_FIELD - 1n),
        fc.bigInt({ min: 0n, max: SCALAR_FIELD - 1n }),
      );
      const inputs = fc.array(element, { minLength: count, maxLength: count });
      fc.assert(
        fc.property(inputs, (it) => poseidon(it) === reference(it)),
        { seed: count, numRuns: 5 },
      );
    });
  }

  it("refuses none, and more than 16", () => {
    for (const count of [0, 17])
      expect(codeOf(() => poseidon(new Array<bigint>(count).fill(1n)))).to.equal(
        "HASH_INPUT_LENGTH",
      );
  });
});
