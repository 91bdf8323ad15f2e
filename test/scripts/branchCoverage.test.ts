import { expect } from "chai";
import { branchesOf, tagOf } from "../../scripts/coverage/branchesOf.ts";
import { instrumentBranches } from "../../scripts/coverage/instrumentBranches.ts";

const body = (statements: string): string => `
pragma solidity 0.8.37;
contract Example {
    function f(uint256 a, bool b) external pure returns (uint256 c) {
        ${statements}
    }
}
`;
const texts = (statements: string): readonly string[] =>
  branchesOf("Example.sol", body(statements)).map(({ text }) => text);

describe("branchesOf", () => {
  it("takes each operand of && and ||, without ! and parentheses", () => {
    expect(texts("if (!(a > 1 && b) || a == 0) c = 1;")).to.deep.equal(["a > 1", "b", "a == 0"]);
    expect(texts("bool d = b && a > 1; c = d ? 1 : 2;")).to.deep.equal(["b", "a > 1", "d"]);
  });

  it("takes the conditions of require, loops and ?:, and of nothing else", () => {
    expect(texts('require(a > 1, "a");')).to.deep.equal(["a > 1"]);
    expect(texts("for (uint256 i = 0; i < a; ++i) c += i;")).to.deep.equal(["i < a"]);
    expect(texts("while (c < a) ++c; do ++c; while (b);")).to.deep.equal(["c < a", "b"]);
    expect(texts("c = (b ? a : 1) + a;")).to.deep.equal(["b"]);
    expect(texts("assert(b); bool d = a > 1; c = d == b ? 1 : 0;")).to.deep.equal(["d == b"]);
  });

  it("takes if and for of assembly, and refuses a switch", () => {
    const block = "assembly { if lt(a, 2) { c := 1 } for {} lt(c, a) {} { c := add(c, 1) } }";
    expect(texts(block)).to.deep.equal(["lt(a, 2)", "lt(c, a)"]);
    expect(() => texts("assembly { switch a case 0 { c := 1 } }")).to.throw("switch");
  });

  it("gives each outcome a tag of its own", () => {
    const tags = branchesOf("Example.sol", body("if (a > 1 && b) c = 1;")).flatMap((branch) => [
      tagOf(branch, true),
      tagOf(branch, false),
    ]);
    expect(new Set(tags).size).to.equal(4);
    for (const tag of tags) expect(tag).to.match(/^[0-9a-f]{64}$/);
  });
});

describe("instrumentBranches", () => {
  it("wraps conditions where they stand, inner ones inside", () => {
    const text = body("if (g(a > 1 && b)) c = 1;");
    const made = instrumentBranches("Example.sol", text, text);
    const take = (index: number, condition: string): string =>
      `__VouchBranches.take(${condition}, uint256(0x${tagOf({ path: "Example.sol", index }, false)}))`;
    const inner = `${take(1, "a > 1")} && ${take(2, "b")}`;
    expect(made).to.include(`if (${take(0, `g(${inner})`)}) c = 1;`);
  });

  it("throws where instrumenting before has changed the branches", () => {
    const text = body("if (b) c = 1;");
    expect(() => instrumentBranches("Example.sol", text, body("if (a > 1) c = 1;"))).to.throw(
      "other branches",
    );
  });
});
