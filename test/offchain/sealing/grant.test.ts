import type { Domain, Hex, ReleaseId } from "@vouch/protocol";
import type { Grant, GrantExpectation, ReleaseKeys } from "@vouch/sealing";
import {
  announceSealingKey,
  createIdentity,
  grantText,
  holdersText,
  issueGrant,
  issueHolders,
  openGrant,
  readGrant,
  readHolders,
  readSealingKey,
  recipientOf,
  seal,
  sealingKeyText,
} from "@vouch/sealing";
import { expect } from "chai";
import { Wallet } from "ethers";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";

const DOMAIN: Domain = { chainId: 31337n, router: `0x${"11".repeat(20)}` };
const RELEASE = `0x${"aa".repeat(32)}` as ReleaseId;
const OTHER_RELEASE = `0x${"bb".repeat(32)}` as ReleaseId;
const NOW = 1_800_000_000;

const wallet = (byte: string): Wallet => new Wallet(`0x${byte.repeat(32)}`);
const addressOf = (it: Wallet): Hex => it.address.toLowerCase() as Hex;
const publisher = wallet("01");
const operator = wallet("02");
const stranger = wallet("03");

async function scenario(changed: Partial<ReleaseKeys> = {}) {
  const identity = await createIdentity();
  const recipient = await recipientOf(identity);
  const key = await announceSealingKey(operator, { recipient, issuedAt: NOW, domain: DOMAIN });
  const keys: ReleaseKeys = {
    ...{ release: RELEASE, generation: 2, identity: await createIdentity() },
    ...{ salt: `0x${"cc".repeat(32)}`, ...changed },
  };
  const grant = await issueGrant(publisher, keys, key, { expiresAt: NOW + 60 });
  const expected: GrantExpectation = {
    ...{ domain: DOMAIN, release: RELEASE, now: NOW },
    ...{ publisher: addressOf(publisher), holder: addressOf(operator) },
  };
  return { identity, key, keys, grant, expected };
}

describe("readGrant", () => {
  it("gives what opens the keys to their holder", async () => {
    const { identity, keys, grant, expected } = await scenario();
    const read = readGrant(grantText(grant), expected);
    expect(read).to.deep.equal(grant);
    expect(await openGrant(read, identity)).to.deep.equal(keys);
  });

  it("shows nothing of the keys in its text", async () => {
    const { keys, grant } = await scenario();
    const text = grantText(grant);
    expect(text).to.not.contain(keys.identity).and.not.contain(keys.salt.slice(2));
  });

  it("refuses a replay: of another release, by another holder, on another deployment", async () => {
    const { grant, expected } = await scenario();
    const text = grantText(grant);
    const refused = (change: Partial<GrantExpectation>) =>
      codeOf(() => readGrant(text, { ...expected, ...change }));
    expect(refused({ release: OTHER_RELEASE })).to.equal("GRANT_FOR_OTHER_RELEASE");
    expect(refused({ holder: addressOf(stranger) })).to.equal("GRANT_FOR_OTHER_HOLDER");
    expect(refused({ publisher: addressOf(stranger) })).to.equal("SIGNER_WRONG");
    expect(refused({ domain: { ...DOMAIN, chainId: 1n } })).to.equal("SIGNER_WRONG");
    expect(refused({ domain: { ...DOMAIN, router: addressOf(stranger) } })).to.equal(
      "SIGNER_WRONG",
    );
  });

  it("refuses one of which any member is another", async () => {
    const { grant, expected } = await scenario();
    const sealed = Uint8Array.from(grant.sealed);
    sealed[60] = (sealed[60] ?? 0) ^ 1;
    const recipient = await recipientOf(await createIdentity());
    const changes: Partial<Grant>[] = [
      ...[{ generation: 3 }, { expiresAt: NOW + 61 }, { sealed }, { recipient }],
      { signature: `0x${"00".repeat(65)}` },
    ];
    for (const change of changes)
      expect(codeOf(() => readGrant(grantText({ ...grant, ...change }), expected))).to.equal(
        "SIGNER_WRONG",
      );
  });

  it("refuses one that expired, but not in its last second", async () => {
    const { grant, expected } = await scenario();
    const at = (now: number) => codeOf(() => readGrant(grantText(grant), { ...expected, now }));
    expect(at(NOW + 60)).to.equal(undefined);
    expect(at(NOW + 61)).to.equal("GRANT_EXPIRED");
  });

  it("refuses one that the publisher's list revokes, or has left behind", async () => {
    const { grant, expected } = await scenario();
    const under = (generation: number, revoked: readonly Hex[]) =>
      codeOf(() => readGrant(grantText(grant), { ...expected, standing: { generation, revoked } }));
    expect(under(2, [])).to.equal(undefined);
    expect(under(2, [addressOf(stranger)])).to.equal(undefined);
    expect(under(3, [])).to.equal("GRANT_SUPERSEDED");
    expect(under(2, [addressOf(operator)])).to.equal("GRANT_REVOKED");
  });

  it("refuses what is no grant, and does not quote it", async () => {
    const { grant, expected } = await scenario();
    const canary = "CANARY-1f0c";
    const long = grantText(grant).replace('"format"', `"${canary}": 1, "format"`);
    for (const text of ["", canary, "{}", "[]", "null", `"${canary}"`, long, " ".repeat(1 << 21)]) {
      const read = () => readGrant(text, expected);
      expect(codeOf(read)).to.equal("DOCUMENT_MALFORMED");
      if (text !== long) expect(read).to.throw().with.property("message").not.contain(canary);
    }
  });
});

describe("openGrant", () => {
  it("opens for its holder's key alone", async () => {
    const { grant } = await scenario();
    expect(await codeOfPromise(openGrant(grant, await createIdentity()))).to.equal(
      "NOT_A_RECIPIENT",
    );
  });

  it("refuses keys of another release, holder or generation in a grant's envelope", async () => {
    const { identity, key, keys, grant } = await scenario();
    const within = async (change: Record<string, unknown>) => {
      const document = { format: "vouch.release-keys/1", holder: key.holder, ...keys, ...change };
      const sealed = await seal(Buffer.from(JSON.stringify(document)), [key.recipient]);
      return codeOfPromise(openGrant({ ...grant, sealed }, identity));
    };
    expect(await within({})).to.equal(undefined);
    expect(await within({ release: OTHER_RELEASE })).to.equal("GRANT_FOR_OTHER_RELEASE");
    expect(await within({ holder: addressOf(stranger) })).to.equal("GRANT_FOR_OTHER_HOLDER");
    expect(await within({ generation: 1 })).to.equal("GRANT_SUPERSEDED");
    expect(await within({ identity: "AGE-SECRET-KEY-1" })).to.equal("IDENTITY_INVALID");
    expect(await within({ more: 1 })).to.equal("DOCUMENT_MALFORMED");
  });
});

describe("readSealingKey", () => {
  it("gives whose key it is", async () => {
    const { key } = await scenario();
    expect(readSealingKey(sealingKeyText(key), DOMAIN)).to.deep.equal(key);
  });

  it("refuses a key that its holder did not announce here", async () => {
    const { key } = await scenario();
    const recipient = await recipientOf(await createIdentity());
    const holder = addressOf(stranger);
    for (const forged of [
      { ...key, recipient },
      { ...key, holder },
      { ...key, issuedAt: 1 },
    ])
      expect(codeOf(() => readSealingKey(sealingKeyText(forged), DOMAIN))).to.equal("SIGNER_WRONG");
    const elsewhere = { ...DOMAIN, chainId: 1n };
    expect(codeOf(() => readSealingKey(sealingKeyText(key), elsewhere))).to.equal("SIGNER_WRONG");
    const moved = sealingKeyText({ ...key, domain: elsewhere });
    expect(codeOf(() => readSealingKey(moved, elsewhere))).to.equal("SIGNER_WRONG");
  });
});

describe("readHolders", () => {
  it("gives the publisher's list, and nobody else's", async () => {
    const list = { domain: DOMAIN, release: RELEASE, generation: 2, issuedAt: NOW };
    const issued = await issueHolders(publisher, { ...list, revoked: [addressOf(stranger)] });
    const expected = { domain: DOMAIN, release: RELEASE, publisher: addressOf(publisher) };
    expect(readHolders(holdersText(issued), expected)).to.deep.equal(issued);

    const shorter = holdersText({ ...issued, revoked: [] });
    expect(codeOf(() => readHolders(shorter, expected))).to.equal("SIGNER_WRONG");
    const other = { ...expected, release: OTHER_RELEASE };
    expect(codeOf(() => readHolders(holdersText(issued), other))).to.equal(
      "GRANT_FOR_OTHER_RELEASE",
    );
    const theirs = await issueHolders(stranger, { ...list, revoked: [] });
    expect(codeOf(() => readHolders(holdersText(theirs), expected))).to.equal("SIGNER_WRONG");
  });
});
