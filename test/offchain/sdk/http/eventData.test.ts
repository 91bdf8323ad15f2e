import { expect } from "chai";
import { eventData } from "../../../../offchain/sdk/http/eventData.ts";

async function* inPieces(text: string, length: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += length)
    yield await Promise.resolve(text.slice(at, at + length));
}

async function dataOf(text: string, length = text.length): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const data of eventData(inPieces(text, length))) found.push(data);
  return found;
}

describe("eventData", () => {
  it("reads the same from pieces of any length", async () => {
    const text =
      ': hello\nevent: x\ndata: {"a":\r\ndata: 1}\r\n\r\n\n\ndata:b\n\ndata: [DONE]\n\ndata: c\n\n';
    for (let length = 1; length <= text.length; length++)
      expect(await dataOf(text, length), `${length}`).to.deep.equal(['{"a":\n1}', "b"]);
  });

  it("takes what is cut off for none", async () => {
    expect(await dataOf("data: a\n\ndata: b\n")).to.deep.equal(["a"]);
    expect(await dataOf("data: a\n\ndata: b")).to.deep.equal(["a"]);
  });

  it("reads a line once, in however many pieces it comes", async () => {
    const long = "x".repeat(1 << 20);
    expect(await dataOf(`data: ${long}\n\n`, 4)).to.deep.equal([long]);
  });
});
