import { findContractError } from "@vouch/protocol";
import { expect } from "chai";
import { AbiCoder, id, makeError } from "ethers";

const RELEASE = id("release");
/** Selector and arguments made by hand. */
const encoded = (signature: string, types: string[], values: unknown[]): string =>
  id(signature).slice(0, 10) + AbiCoder.defaultAbiCoder().encode(types, values).slice(2);
const notPublished = encoded("ReleaseNotPublished(bytes32)", ["bytes32"], [RELEASE]);
const found = { code: "RELEASE_NOT_PUBLISHED", name: "ReleaseNotPublished", args: [RELEASE] };

describe("findContractError", () => {
  for (const [where, error] of [
    [
      "in an error of ethers",
      makeError("execution reverted", "CALL_EXCEPTION", callWith(notPublished)),
    ],
    ["in an error of a provider", Object.assign(new Error("reverted"), { data: notPublished })],
    ["in JSON-RPC", { info: { error: { code: 3, data: notPublished } } }],
    ["in JSON-RPC that nests once more", { info: { error: { data: { data: notPublished } } } }],
    [
      "in a cause of a cause",
      new Error("a", { cause: new Error("b", { cause: { data: notPublished } }) }),
    ],
    ["by itself", notPublished],
  ] as const) {
    it(`finds revert data ${where}, with a remedy`, () => {
      const contractError = findContractError(error);
      expect(contractError).to.deep.include(found);
      expect(contractError?.remedy).to.include("model:list");
    });
  }

  it("knows the errors of every contract", () => {
    for (const [signature, types, values] of [
      ["CircuitNotRegistered(bytes32)", ["bytes32"], [RELEASE]],
      ["ProofInvalid()", [], []],
      ["PolicyEmpty()", [], []],
    ] as const) {
      const name = signature.slice(0, signature.indexOf("("));
      const data = encoded(signature, [...types], [...values]);
      expect(findContractError({ data })).to.include({ name });
    }
  });

  it("finds nothing where there is none", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["cause"] = cyclic;
    for (const error of [
      undefined,
      null,
      "reverted",
      "0x",
      "0x1234",
      7,
      new Error("reverted"),
      { data: "0x" },
      { data: id("unknown").slice(0, 10) },
      cyclic,
    ]) {
      expect(findContractError(error)).to.be.undefined;
    }
  });

  it("finds nothing in revert data that is cut short", () => {
    expect(findContractError({ data: notPublished.slice(0, -2) })).to.be.undefined;
    expect(findContractError({ data: notPublished.slice(0, 10) })).to.be.undefined;
  });
});

function callWith(data: string) {
  const transaction = { to: null, data: "0xdeadbeef" };
  return {
    action: "call",
    data,
    reason: null,
    transaction,
    invocation: null,
    revert: null,
  } as const;
}
