import type { Hex, RequestId } from "@vouch/protocol";
import {
  createIdentity,
  recipientOf,
  seal,
  sealInput,
  sealOutput,
  unsealInput,
  unsealOutput,
} from "@vouch/sealing";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const COMMITMENT: Hex = `0x${"01".repeat(32)}`;
const OTHER: Hex = `0x${"02".repeat(32)}`;
const SECRET: Hex = `0x${"5e".repeat(32)}`;
const REQUEST = `0x${"03".repeat(32)}` as RequestId;

async function keys() {
  const identity = await createIdentity();
  return { identity, recipient: await recipientOf(identity) };
}

describe("unsealInput", () => {
  it("opens to each operator that was chosen, and to no other", async () => {
    const [first, second, other] = [await keys(), await keys(), await keys()];
    const opening = { secret: SECRET, input: [-5n, 0n, 1n << 200n] };
    const sealed = await sealInput(COMMITMENT, opening, [first.recipient, second.recipient]);
    for (const { identity } of [first, second])
      expect(await unsealInput(COMMITMENT, sealed, identity)).to.deep.equal(opening);
    expect(await codeOfPromise(unsealInput(COMMITMENT, sealed, other.identity))).to.equal(
      "NOT_A_RECIPIENT",
    );
  });

  it("says to whom the output is to be sealed", async () => {
    const { identity, recipient } = await keys();
    const { recipient: replyTo } = await keys();
    const opening = { secret: SECRET, input: [1n], replyTo };
    const sealed = await sealInput(COMMITMENT, opening, [recipient]);
    expect(await unsealInput(COMMITMENT, sealed, identity)).to.deep.equal(opening);
  });

  it("refuses one that was sealed for another input, and what is no opening", async () => {
    const { identity, recipient } = await keys();
    const sealed = await sealInput(COMMITMENT, { secret: SECRET, input: [1n] }, [recipient]);
    expect(await codeOfPromise(unsealInput(OTHER, sealed, identity))).to.equal(
      "OPENING_FOR_OTHER_INPUT",
    );
    const cut = sealed.subarray(0, -1);
    expect(await codeOfPromise(unsealInput(COMMITMENT, cut, identity))).to.equal(
      "SEALED_MALFORMED",
    );
    for (const text of ["", "{}", '{"secret":"CANARY"}', "CANARY"]) {
      const other = await seal(Buffer.from(text), [recipient]);
      const failed = await unsealInput(COMMITMENT, other, identity).catch((it: unknown) => it);
      expect(failed).to.have.property("code", "DOCUMENT_MALFORMED");
      expect(failed).to.have.property("message").not.contain("CANARY");
    }
  });
});

describe("unsealOutput", () => {
  it("gives the elements to whom the requester named", async () => {
    const { identity, recipient } = await keys();
    const opening = { request: REQUEST, output: [7n, -7n] };
    const sealed = await sealOutput(opening, [recipient]);
    expect(await unsealOutput(sealed, identity)).to.deep.equal(opening);
    const input = await sealInput(COMMITMENT, { secret: SECRET, input: [1n] }, [recipient]);
    expect(await codeOfPromise(unsealOutput(input, identity))).to.equal("DOCUMENT_MALFORMED");
  });
});
