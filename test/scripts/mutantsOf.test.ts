import { expect } from "chai";
import { applyMutant, mutantsOf } from "../../scripts/mutate/mutantsOf.ts";
import { sample } from "../../scripts/mutate/sample.ts";

const body = (statements: string): string =>
  `
pragma solidity 0.8.37;
contract Exämple {
    function f(uint256 a, bool b) external pure returns (uint256 c) {
        ${statements}
    }
}
`.replace("Exämple", "Example /* ä: two bytes */");

/** The statements of every mutant, in order. */
const mutated = (statements: string): readonly string[] => {
  const text = body(statements);
  const line = text.split("\n").findIndex((row) => row.trim() === statements);
  return mutantsOf("Example.sol", text).map(
    (mutant) => applyMutant(text, mutant).split("\n")[line]?.trim() ?? "",
  );
};

describe("mutantsOf", () => {
  it("moves a comparison to its boundary and its opposite, and removes a require", () => {
    expect(mutated("require(a < c);")).to.have.members([
      "{}",
      "require(a <= c);",
      "require(a >= c);",
    ]);
  });

  it("decides an if either way", () => {
    expect(mutated("if (b) return a;")).to.have.members([
      "if (true) return a;",
      "if (false) return a;",
    ]);
  });

  it("changes operators, literals and units where they stand", () => {
    expect(mutated("return a + 2 days;")).to.have.members([
      "return a - 2 days;",
      "return a + 3 days;",
    ]);
    expect(mutated("if (!b) c -= a;")).to.include.members(["if (b) c -= a;", "if (!b) c += a;"]);
  });

  it("changes assembly", () => {
    expect(mutated("assembly { c := add(a, 1) }")).to.have.members([
      "assembly {  }",
      "assembly { c := sub(a, 1) }",
      "assembly { c := add(a, 2) }",
    ]);
  });

  it("lets a loop step: without it a test only runs out of gas", () => {
    expect(mutated("for (; c < a; ++c) {}")).not.to.include("for (; c < a; {}) {}");
  });

  it("names the same mutants in the same order", () => {
    const text = body("if (a > 1 && b) c = a * 2;");
    expect(mutantsOf("Example.sol", text)).to.deep.equal(mutantsOf("Example.sol", text));
  });
});

describe("sample", () => {
  const items = Array.from({ length: 100 }, (_, index) => index);

  it("draws the same items for the same seed, in their order", () => {
    const drawn = sample(items, 10, 7);
    expect(drawn).to.have.lengthOf(10);
    expect(drawn).to.deep.equal([...drawn].sort((a, b) => a - b));
    expect(sample(items, 10, 7)).to.deep.equal(drawn);
    expect(sample(items, 10, 8)).not.to.deep.equal(drawn);
  });
});
