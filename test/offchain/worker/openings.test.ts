import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Domain, Hex } from "@vouch/protocol";
import { parseRequestId, wordToHex } from "@vouch/protocol";
import type { InputOpening } from "@vouch/sealing";
import { createIdentity, readSealingKey, recipientOf, seal, unsealOutput } from "@vouch/sealing";
import type { Openings } from "@vouch/worker";
import {
  SEALING_KEY_DOCUMENT,
  announceIn,
  openSealingIdentity,
  outputPath,
  sealedOpenings,
  writeSealedInput,
} from "@vouch/worker";
import { expect } from "chai";
import { Wallet, id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const SECRET: Hex = `0x${"5a".repeat(32)}`;
const COMMITMENT = wordToHex(77n);
const REQUEST = parseRequestId(id("request"));
/** Decimals that would be seen anywhere. */
const CANARY = 8_675_309_867_530_986_753_098_675_309n;
const OPERATOR: Hex = `0x${"0a".repeat(20)}`;
const DOMAIN: Domain = { chainId: 31_337n, router: `0x${"11".repeat(20)}` };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vouch-openings-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function installation() {
  const identity = await createIdentity();
  const home = { inputs: join(folder, "inputs"), outputs: join(folder, "outputs") };
  const recipient = await recipientOf(identity);
  return { identity, recipient, home, openings: sealedOpenings(home, identity) };
}

describe("sealedOpenings", () => {
  it("opens what was sealed to the operator among others, which nobody reads on the disk", async () => {
    const { recipient, home, openings } = await installation();
    const other = await recipientOf(await createIdentity());
    const opening: InputOpening = { secret: SECRET, input: [CANARY, -1n] };
    const path = await writeSealedInput(home.inputs, COMMITMENT, opening, [other, recipient]);
    expect(await openings.input(COMMITMENT)).to.deep.equal(opening);
    expect(readdirSync(home.inputs)).to.deep.equal([`${COMMITMENT}.age`]);
    const bytes = readFileSync(path).toString("latin1");
    expect(bytes).to.not.contain(CANARY.toString()).and.not.contain("5a5a5a");
  });

  it("leaves files and folders that only their owner reads", async function () {
    if (process.platform === "win32") this.skip(); // no such modes there
    const { recipient, home } = await installation();
    const opening = { secret: SECRET, input: [1n] };
    const path = await writeSealedInput(home.inputs, COMMITMENT, opening, [recipient]);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(statSync(home.inputs).mode & 0o777).to.equal(0o700);
  });

  it("says that an opening is missing, and where it looked", async () => {
    const { openings } = await installation();
    expect(await codeOfPromise(openings.input(COMMITMENT))).to.equal("INPUT_OPENING_MISSING");
  });

  describe("given a file that does not open the input", () => {
    async function refusal(sealed: (path: string) => Promise<void> | void): Promise<unknown> {
      const { recipient, home, openings } = await installation();
      const opening = { secret: SECRET, input: [CANARY] };
      const path = await writeSealedInput(home.inputs, COMMITMENT, opening, [recipient]);
      await sealed(path);
      return openings.input(COMMITMENT).catch((it: unknown) => it);
    }
    const cases: Record<string, (path: string) => Promise<void> | void> = {
      "cut short": (path) => {
        truncateSync(path, statSync(path).size - 1);
      },
      "of nothing": (path) => {
        writeFileSync(path, "");
      },
      "not sealed at all": (path) => {
        writeFileSync(path, JSON.stringify({ secret: SECRET, input: [CANARY.toString()] }));
      },
      "sealed to somebody else": async (path) => {
        const stranger = await recipientOf(await createIdentity());
        writeFileSync(path, await seal(Buffer.from(CANARY.toString()), [stranger]));
      },
    };
    for (const [what, change] of Object.entries(cases))
      it(`refuses one that is ${what}, and does not repeat it`, async () => {
        const error = await refusal(change);
        expect(error).to.have.property("code", "INPUT_OPENING_INVALID");
        expect(error).to.have.property("message").not.contain(CANARY.toString());
      });

    it("refuses one that was put under another input's name", async () => {
      const { recipient, home, openings } = await installation();
      const other = wordToHex(78n);
      const opening = { secret: SECRET, input: [1n] };
      const path = await writeSealedInput(home.inputs, other, opening, [recipient]);
      writeFileSync(join(home.inputs, `${COMMITMENT}.age`), readFileSync(path));
      expect(await codeOfPromise(openings.input(COMMITMENT))).to.equal("INPUT_OPENING_INVALID");
    });
  });

  it("seals an output to whom the requester named, else to the operator", async () => {
    const { identity, home, openings } = await installation();
    const requester = await createIdentity();
    const opening = { request: REQUEST, output: [CANARY] };
    const keptFor = async (replyTo: Parameters<Openings["keepOutput"]>[1]) => {
      await openings.keepOutput(opening, replyTo);
      const bytes = readFileSync(outputPath(home.outputs, REQUEST));
      expect(bytes.toString("latin1")).to.not.contain(CANARY.toString());
      return bytes;
    };
    const named = await keptFor(await recipientOf(requester));
    expect(await unsealOutput(named, requester)).to.deep.equal(opening);
    expect(await codeOfPromise(unsealOutput(named, identity))).to.equal("NOT_A_RECIPIENT");
    expect(await unsealOutput(await keptFor(undefined), identity)).to.deep.equal(opening);
  });
});

describe("openSealingIdentity", () => {
  it("draws one, and gives it from then on", async () => {
    const home = { operators: folder };
    const [first, second] = await Promise.all([
      openSealingIdentity(home, OPERATOR),
      openSealingIdentity(home, OPERATOR),
    ]);
    expect(second).to.equal(first);
    expect(await openSealingIdentity(home, OPERATOR)).to.equal(first);
    expect(readdirSync(join(folder, OPERATOR))).to.deep.equal(["sealing.key"]);
  });

  it("draws none in the place of one that is damaged, and does not repeat it", async () => {
    const home = { operators: folder };
    await openSealingIdentity(home, OPERATOR);
    writeFileSync(join(folder, OPERATOR, "sealing.key"), "AGE-SECRET-KEY-1CANARY");
    const error = await openSealingIdentity(home, OPERATOR).catch((it: unknown) => it);
    expect(error).to.have.property("code", "SEALING_KEY_INVALID");
    expect(error).to.have.property("message").not.contain("CANARY");
  });
});

describe("announceIn", () => {
  const signer = new Wallet(id("operator"));
  const path = (): string => join(folder, SEALING_KEY_DOCUMENT);

  it("leaves an announcement that holds, and writes one anew that does not", async () => {
    const identity = await createIdentity();
    const announced = await announceIn(folder, identity, { signer, domain: DOMAIN, now: 1 });
    expect(readSealingKey(readFileSync(path(), "utf8"), DOMAIN)).to.deep.equal(announced);
    expect(await announceIn(folder, identity, { signer, domain: DOMAIN, now: 2 })).to.deep.equal(
      announced,
    );
    const other = { ...DOMAIN, chainId: 1n };
    const moved = await announceIn(folder, identity, { signer, domain: other, now: 3 });
    expect(moved.issuedAt).to.equal(3);
    writeFileSync(path(), "{");
    const mended = await announceIn(folder, identity, { signer, domain: other, now: 4 });
    expect(mended.issuedAt).to.equal(4);
    const renewed = await announceIn(folder, await createIdentity(), {
      ...{ signer, domain: other, now: 5 },
    });
    expect(renewed.recipient).to.not.equal(mended.recipient);
  });
});
