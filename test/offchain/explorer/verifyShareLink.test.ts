import { compactReceipt, serializeReceipt } from "@vouch/protocol";
import { expect } from "chai";
import { randomBytes } from "ethers";
import { deflateRawSync } from "node:zlib";
import {
  decodeShare,
  encodeShare,
  MAX_LINK_CHARACTERS,
  MAX_RECEIPT_BYTES,
} from "../../../offchain/explorer/src/pages/verify/shareLink.ts";
import { textReceipt } from "../../helpers/textReceipt.ts";
import { trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

describe("Verify: share links", () => {
  it("bring a receipt back, without its white space", async () => {
    for (const receipt of [trapdoorReceipt(), textReceipt()]) {
      const fragment = await encodeShare(serializeReceipt(receipt));
      expect(fragment).to.match(/^#r=[A-Za-z0-9_-]+$/);
      const shared = await decodeShare(fragment ?? "");
      expect(shared).to.deep.equal({
        status: "receipt",
        text: JSON.stringify(JSON.parse(compactReceipt(receipt))),
      });
    }
  });

  it("are not made where they would be too long", async () => {
    const text = JSON.stringify(Buffer.from(randomBytes(MAX_LINK_CHARACTERS)).toString("base64"));
    expect(await encodeShare(text)).to.equal(undefined);
  });

  it("carry nothing without the prefix, and are broken when cut or made up", async () => {
    expect(await decodeShare("")).to.deep.equal({ status: "none" });
    expect(await decodeShare("#main")).to.deep.equal({ status: "none" });
    const fragment = (await encodeShare(serializeReceipt(trapdoorReceipt()))) ?? "";
    for (const link of ["#r=", "#r=%%%", "#r=AAAA", fragment.slice(0, -40)])
      expect(await decodeShare(link), link).to.deep.equal({ status: "broken" });
  });

  it("do not unpack to more than a receipt may have, however little they are", async () => {
    const bomb = deflateRawSync(Buffer.alloc(MAX_RECEIPT_BYTES + 1, 0x20));
    expect(bomb.length).to.be.below(MAX_LINK_CHARACTERS);
    expect(await decodeShare(`#r=${bomb.toString("base64url")}`)).to.deep.equal({
      status: "broken",
    });
  });
});
