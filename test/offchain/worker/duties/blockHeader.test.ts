import { expect } from "chai";
import { id } from "ethers";
import { readHeader } from "../../../../offchain/worker/duties/blockHeader.ts";
import { codeOfPromise } from "../../../helpers/codeOf.ts";

describe("readHeader", () => {
  it("refuses a header that does not hash to what the node says", async () => {
    const send = () => Promise.resolve({ hash: id("block"), number: "0x1" });
    expect(await codeOfPromise(readHeader(1, { send }))).to.equal("HEADER_INVALID");
  });

  it("refuses a block that the node does not have", async () => {
    const send = () => Promise.resolve(null);
    expect(await codeOfPromise(readHeader(1, { send }))).to.equal("NODE_WITHOUT_BLOCKS");
  });
});
