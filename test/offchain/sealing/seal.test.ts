import {
  createIdentity,
  parseIdentity,
  parseRecipient,
  recipientOf,
  seal,
  unseal,
} from "@vouch/sealing";
import { sealStream, unsealStream, unsealWhole } from "@vouch/sealing/files";
import { Decrypter, Encrypter } from "age-encryption";
import { expect } from "chai";
import fc from "fast-check";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const CHUNK = 64 << 10;
const OVERHEAD = 16;

async function keys() {
  const identity = await createIdentity();
  return { identity, recipient: await recipientOf(identity) };
}

async function whole(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** Deterministic bytes that do not repeat with the chunks. */
const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 131 + (i >> 9)) & 0xff);

describe("sealStream", () => {
  // Around the edges of a chunk, where an empty last chunk would be malformed.
  for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
    it(`makes of ${length} bytes what age's own library opens, and opens what that one makes`, async () => {
      const { identity, recipient } = await keys();
      const plaintext = bytesOf(length);
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      const ours = await whole(sealStream([plaintext], [recipient]));
      expect(Buffer.from(await decrypter.decrypt(ours)).equals(plaintext)).to.be.true;

      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      const theirs = await encrypter.encrypt(plaintext);
      expect(Buffer.from(await unsealWhole([theirs], identity)).equals(plaintext)).to.be.true;
      expect(theirs.length).to.equal(ours.length);
    });

  it("gives the same for any parts that it is given", async () => {
    const { identity, recipient } = await keys();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: CHUNK + 9 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 2 * CHUNK }),
        async (lengths, step) => {
          const parts = lengths.map(bytesOf);
          const sealed = await whole(sealStream(parts, [recipient]));
          const cut: Uint8Array[] = [];
          for (let i = 0; i < sealed.length; i += step) cut.push(sealed.subarray(i, i + step));
          const opened = await unsealWhole(cut, identity);
          expect(Buffer.from(opened).equals(Buffer.concat(parts))).to.be.true;
        },
      ),
      { seed: 10, numRuns: 25 },
    );
  });

  it("opens to each of several recipients, and to nobody else", async () => {
    const [first, second, stranger] = [await keys(), await keys(), await keys()];
    const recipients = [first.recipient, second.recipient];
    const sealed = await whole(sealStream([bytesOf(99)], recipients));
    for (const { identity } of [first, second])
      expect(await unsealWhole([sealed], identity)).to.deep.equal(Buffer.from(bytesOf(99)));
    expect(await codeOfPromise(unsealWhole([sealed], stranger.identity))).to.equal(
      "NOT_A_RECIPIENT",
    );
    expect(await codeOfPromise(unseal(sealed, stranger.identity))).to.equal("NOT_A_RECIPIENT");
  });

  it("refuses to seal to nobody", async () => {
    expect(await codeOfPromise(whole(sealStream([], [])))).to.equal("RECIPIENTS_MISSING");
    expect(await codeOfPromise(seal(new Uint8Array(), []))).to.equal("RECIPIENTS_MISSING");
  });
});

describe("unsealStream", () => {
  async function sealed(length: number) {
    const { identity, recipient } = await keys();
    const file = await whole(sealStream([bytesOf(length)], [recipient]));
    return { identity, file, payload: file.length - length - OVERHEAD * Math.ceil(length / CHUNK) };
  }

  it("refuses a ciphertext that is cut off at a chunk's edge, or anywhere else", async () => {
    const { identity, file, payload } = await sealed(3 * CHUNK);
    for (const end of [
      payload + CHUNK + OVERHEAD,
      payload + 2 * (CHUNK + OVERHEAD),
      ...[payload, payload - 1, payload - 17, 30, 0, file.length - 1, payload + 5],
    ])
      expect(
        await codeOfPromise(unsealWhole([file.subarray(0, end)], identity)),
        `${end}`,
      ).to.equal("SEALED_MALFORMED");
  });

  it("refuses chunks that changed places, were repeated, or follow the end", async () => {
    const { identity, file, payload } = await sealed(3 * CHUNK);
    const chunk = (i: number): Uint8Array =>
      file.subarray(payload + i * (CHUNK + OVERHEAD), payload + (i + 1) * (CHUNK + OVERHEAD));
    const head = file.subarray(0, payload);
    for (const order of [
      [1, 0, 2],
      [0, 0, 1, 2],
      [0, 2],
      [0, 1, 2, 2],
    ])
      expect(await codeOfPromise(unsealWhole([head, ...order.map(chunk)], identity))).to.equal(
        "SEALED_MALFORMED",
      );
    expect(await codeOfPromise(unsealWhole([file, Uint8Array.of(0)], identity))).to.equal(
      "SEALED_MALFORMED",
    );
  });

  it("gives nothing of a chunk in which a bit is another", async () => {
    const { identity, file, payload } = await sealed(2 * CHUNK);
    const changed = Uint8Array.from(file);
    changed[payload + CHUNK + OVERHEAD + 7] = (changed[payload + CHUNK + OVERHEAD + 7] ?? 0) ^ 4;
    const seen: Uint8Array[] = [];
    const reading = (async () => {
      for await (const part of unsealStream([changed], identity)) seen.push(part);
    })();
    expect(await codeOfPromise(reading)).to.equal("SEALED_MALFORMED");
    expect(Buffer.concat(seen).equals(bytesOf(CHUNK))).to.be.true;
  });

  it("refuses any byte of the header that is another", async () => {
    const { identity, file, payload } = await sealed(5);
    for (let i = 0; i < payload; i++) {
      const changed = Uint8Array.from(file);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(await codeOfPromise(unsealWhole([changed], identity)), `byte ${i}`).to.be.oneOf([
        "SEALED_MALFORMED",
        "NOT_A_RECIPIENT",
      ]);
    }
  });

  it("does not read on for a header without an end", async () => {
    const { identity } = await keys();
    let given = 0;
    const endless = (function* () {
      for (yield Buffer.from("age-encryption.org/v1\n"); ; given++) yield Buffer.alloc(1 << 16, 65);
    })();
    expect(await codeOfPromise(unsealWhole(endless, identity))).to.equal("SEALED_MALFORMED");
    expect(given).to.be.lessThan(10);
  });
});

describe("parseIdentity", () => {
  it("never repeats what may be a key", () => {
    const canary = "AGE-SECRET-KEY-1CANARY";
    expect(() => parseIdentity(canary))
      .to.throw()
      .with.property("code", "IDENTITY_INVALID");
    expect(() => parseIdentity(canary))
      .to.throw()
      .with.property("message")
      .not.contain("CANARY");
  });

  it("is given by another checksum no recipient", async () => {
    const identity = await createIdentity();
    const last = identity.endsWith("Q") ? "P" : "Q";
    const wrong = parseIdentity(identity.slice(0, -1) + last);
    expect(await codeOfPromise(recipientOf(wrong))).to.equal("IDENTITY_INVALID");
  });
});

describe("parseRecipient", () => {
  it("takes X25519 keys alone", () => {
    for (const text of ["", "age1", "age1pq1qqqq", "AGE1XX", "ssh-ed25519 AAAA"])
      expect(() => parseRecipient(text))
        .to.throw()
        .with.property("code", "RECIPIENT_INVALID");
  });

  it("lets nothing be sealed to one of another checksum", async () => {
    const { recipient } = await keys();
    const last = recipient.endsWith("q") ? "p" : "q";
    const wrong = parseRecipient(recipient.slice(0, -1) + last);
    expect(await codeOfPromise(seal(new Uint8Array(), [wrong]))).to.equal("RECIPIENT_INVALID");
  });
});
