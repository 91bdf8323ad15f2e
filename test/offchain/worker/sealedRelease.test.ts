import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emitIntegerOnnx } from "@vouch/compiler";
import { createOnnxBackend } from "@vouch/execution";
import type { Domain, Hex, ReleaseId } from "@vouch/protocol";
import {
  hexToBytes,
  inputCommitment,
  inputSalt,
  parseAddress,
  parseRequestId,
  wordToHex,
} from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import type { Holder, Home, ReleaseBundle, ReleaseSealing } from "@vouch/publisher";
import {
  acceptBundle,
  nextSealing,
  openHome,
  prepareRelease,
  readBundle,
  readBundles,
  storeProvingKeys,
  writeBundle,
  writeHolders,
  writeSealedBundle,
} from "@vouch/publisher";
import {
  announceSealingKey,
  createIdentity,
  grantText,
  issueGrant,
  issueHolders,
  recipientOf,
  unsealOutput,
} from "@vouch/sealing";
import type { ServedRelease } from "@vouch/worker";
import {
  createStatementProver,
  execute,
  loadRelease,
  outputPath,
  sealedOpenings,
  unloadRelease,
  writeSealedInput,
} from "@vouch/worker";
import { expect } from "chai";
import { Wallet, id } from "ethers";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import { COMMITTED_PLAN } from "../../helpers/committedPlan.ts";
import { floats, node, onnxModel } from "../../helpers/onnxModel.ts";

const DOMAIN: Domain = { chainId: 31_337n, router: `0x${"11".repeat(20)}` };
const NOW = 1_800_000_000;
const PUBLISHER = new Wallet(id("publisher"));
const OPERATOR = new Wallet(id("operator"));
const SECRET = id("requester's secret") as Hex;
const INPUTS = 16;
/** Numbers whose bytes are found nowhere by chance. */
const WEIGHTS = Array.from({ length: INPUTS }, (_, i) => Math.sin(i + 1) * 0.7);
const INPUT = Array.from({ length: INPUTS }, (_, i) => BigInt((i * 5 + 3) % 60) - 30n);

const FILE = onnxModel({
  input: ["N", INPUTS],
  nodes: [node("Gemm", ["x", "w", "b"], "y")],
  initializers: [floats("w", [INPUTS, 1], WEIGHTS), floats("b", [1], [0.125])],
});

/** A store of the publisher's, in the clear, and one of an operator that has nothing yet. */
describe("a sealed release", function () {
  this.timeout(120_000);
  let folder = "";
  let bundle: ReleaseBundle;
  let publisher: Home;
  let operator: Home;
  let sealing: ReleaseSealing;
  let holder: Holder;
  const temporary = process.env["TMPDIR"];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouch-sealed-"));
    mkdirSync(join(folder, "tmp"));
    process.env["TMPDIR"] = join(folder, "tmp");
    publisher = openHome(join(folder, "publisher"));
    operator = openHome(join(folder, "operator"));
    const rows = [0.5, -0.5].map((x) => Array.from({ length: INPUTS }, (_, i) => x / (i + 1)));
    const prepared = await prepareRelease(
      {
        ...COMMITTED_PLAN,
        ...{ file: FILE, calibration: rows, heldOut: rows },
        publisher: parseAddress(PUBLISHER.address),
        input: { mode: "committed", bits: 8, fractionBits: 6 },
        output: { mode: "committed", bits: 24, fractionBits: 12 },
        system: "groth16",
      },
      { cache: publisher.cache },
    );
    ({ bundle } = prepared);
    await writeBundle(publisher.releases, bundle);
    await storeProvingKeys(operator.keys, prepared.circuits);
    sealing = await nextSealing(undefined, []);
    holder = {
      address: parseAddress(OPERATOR.address),
      identity: await createIdentity(),
      domain: DOMAIN,
      now: () => NOW,
    };
  });
  after(async () => {
    if (temporary === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = temporary;
    await terminate();
    rmSync(folder, { recursive: true });
  });

  let count = 0;
  /** What the publisher sends out: the sealed folder, and a grant for the operator. */
  async function sent(
    under: ReleaseSealing = sealing,
    release: ReleaseId = bundle.id,
  ): Promise<{ readonly folder: string; readonly grant: string }> {
    const outbox = join(folder, `outbox-${count++}`);
    const sealed = await writeSealedBundle(outbox, bundle, under);
    const { generation, revoked, identity } = under;
    const list = { domain: DOMAIN, release: bundle.id, generation, revoked, issuedAt: NOW };
    await writeHolders(sealed, await issueHolders(PUBLISHER, list));
    const recipient = await recipientOf(holder.identity);
    const key = await announceSealingKey(OPERATOR, { recipient, issuedAt: NOW, domain: DOMAIN });
    const keys = { release, generation, identity, salt: bundle.salt ?? ("" as Hex) };
    const grant = await issueGrant(PUBLISHER, keys, key, { expiresAt: NOW + 60 });
    return { folder: sealed, grant: grantText(grant) };
  }
  const accept = (given: Awaited<ReturnType<typeof sent>>, as = holder, releases?: string) =>
    acceptBundle(given, bundle.id, { releases: releases ?? operator.releases, holder: as });

  it("is served by its holder, and neither model nor salt, input, output nor witness are on a disk", async () => {
    await accept(await sent());
    const backend = createOnnxBackend({ budgetBytes: 1 << 28, intraOpThreads: 1 });
    let served: ServedRelease | undefined;
    try {
      served = await loadRelease(operator, bundle.id, { cache: operator.cache, holder }, backend);
      const commitment = inputCommitment(inputSalt(SECRET), INPUT, served.compiled.input);
      const recipient = await recipientOf(holder.identity);
      const requester = await createIdentity();
      const opening = { secret: SECRET, input: INPUT, replyTo: await recipientOf(requester) };
      await writeSealedInput(operator.inputs, wordToHex(commitment), opening, [recipient]);
      const asked = { id: parseRequestId(id("request")), input: [commitment] };
      const openings = sealedOpenings(operator, holder.identity);
      const { witness, digest } = await execute(asked, served, {
        ...{ operator: holder.address, domain: DOMAIN, openings },
      });
      await createStatementProver().prove({ served, witness, digest, request: asked.id });

      const reply = readFileSync(outputPath(operator.outputs, asked.id));
      expect(await unsealOutput(reply, requester)).to.deep.equal({
        ...{ request: asked.id, output: witness.output },
      });

      const weights = new Uint8Array(Float32Array.from(WEIGHTS).buffer);
      const integer = emitIntegerOnnx(served.compiled.graph);
      const canaries: Record<string, Uint8Array> = {
        "the model": weights.subarray(0, 16),
        "the model's end": FILE.subarray(-24),
        "its integer form": integer.subarray(integer.length >> 1, (integer.length >> 1) + 24),
        "the salt": hexToBytes(bundle.salt ?? "0x"),
        "the salt in hex": Buffer.from((bundle.salt ?? "").slice(2)),
        "the requester's secret": hexToBytes(SECRET),
        "the secret in hex": Buffer.from(SECRET.slice(2)),
        "the input": Buffer.from(INPUT.slice(0, 8).map(String).join(",")),
        "the input as JSON": Buffer.from(
          JSON.stringify(INPUT.slice(0, 8).map(String)).slice(1, -1),
        ),
        "the output": Buffer.from(JSON.stringify(witness.output.map(String))),
      };
      const found = [join(operator.cache, ".."), join(folder, "tmp")]
        .flatMap(filesIn)
        .flatMap((path) => {
          const bytes = readFileSync(path);
          return Object.entries(canaries).flatMap(([what, canary]) =>
            bytes.includes(Buffer.from(canary)) ? [`${what}: ${path}`] : [],
          );
        });
      expect(found).to.deep.equal([]);
      // The same search finds what is there to be found.
      const inClear = readFileSync(join(publisher.releases, bundle.id, "model.onnx"));
      expect(inClear.includes(Buffer.from(canaries["the model"] ?? "none"))).to.be.true;
    } finally {
      if (served !== undefined) await unloadRelease(served);
      await backend.close();
    }
  });

  it("is nothing to whoever reads the store without a grant's key", async () => {
    const releases = join(folder, "readers");
    await accept(await sent(), holder, releases);
    expect(codeOf(() => readBundle(releases, bundle.id))).to.equal("BUNDLE_SEALED");
    const damaged: string[] = [];
    expect(readBundles(releases, ({ code }) => damaged.push(code))).to.deep.equal([]);
    expect(damaged).to.deep.equal([]);
    const stores = { releases, keys: operator.keys };
    const thief = { ...holder, identity: await createIdentity() };
    const load = (as?: Holder) =>
      codeOfPromise(loadRelease(stores, bundle.id, { cache: operator.cache, holder: as }));
    expect(await load(thief)).to.equal("NOT_A_RECIPIENT");
    expect(await load()).to.equal("BUNDLE_SEALED");
    expect(await load({ ...holder, now: () => NOW + 61 })).to.equal("GRANT_EXPIRED");
    rmSync(join(releases, bundle.id, "grant.json"));
    expect(await load(holder)).to.equal("GRANT_MISSING");
  });

  describe("given something else than what the publisher sent", () => {
    async function refusal(
      change: (given: { folder: string; grant: string }) => unknown,
      as = holder,
    ): Promise<string | undefined> {
      const given = { ...(await sent()) };
      await change(given);
      const releases = join(folder, `fresh-${count++}`);
      const code = await codeOfPromise(accept(given, as, releases));
      expect(readdirSync(releases)).to.deep.equal([]); // nothing is left of it
      return code;
    }
    const file = "model.onnx.age";

    it("refuses an operator outside of the list", async () => {
      const other = { ...holder, address: parseAddress(PUBLISHER.address) };
      expect(await refusal(() => undefined, other)).to.equal("GRANT_FOR_OTHER_HOLDER");
    });

    it("refuses a grant for another release", async () => {
      const other = id("release") as ReleaseId;
      const change = async (given: { grant: string }) => {
        given.grant = (await sent(sealing, other)).grant;
      };
      expect(await refusal(change)).to.equal("GRANT_FOR_OTHER_RELEASE");
    });

    it("refuses a ciphertext that is cut short, of another key, a link, or missing", async () => {
      const cut = ({ folder: at }: { folder: string }) => {
        truncateSync(join(at, file), readFileSync(join(at, file)).length - 1);
      };
      expect(await refusal(cut)).to.equal("SEALED_MALFORMED");
      const other = async (given: { folder: string }) => {
        given.folder = (await sent(await nextSealing(undefined, []))).folder;
      };
      expect(await refusal(other)).to.equal("NOT_A_RECIPIENT");
      const linked = ({ folder: at }: { folder: string }) => {
        rmSync(join(at, file));
        symlinkSync(join(publisher.releases, bundle.id, "secret.json"), join(at, file));
      };
      expect(await refusal(linked)).to.equal("BUNDLE_MALFORMED");
      const missing = ({ folder: at }: { folder: string }) => {
        rmSync(join(at, "holders.json"));
      };
      expect(await refusal(missing)).to.equal("BUNDLE_MALFORMED");
    });

    it("refuses another file under the release's name", async () => {
      const other = async (given: { folder: string }) => {
        const swapped = { ...bundle, file: Uint8Array.of(1, 2, 3) };
        given.folder = await writeSealedBundle(join(folder, `outbox-${count++}`), swapped, sealing);
        const at = { domain: DOMAIN, release: bundle.id, revoked: [], issuedAt: NOW };
        const { generation } = sealing;
        await writeHolders(given.folder, await issueHolders(PUBLISHER, { ...at, generation }));
      };
      expect(await refusal(other)).to.equal("CONTENT_MISMATCH");
    });

    it("refuses to put it in the place of a release in the clear", async () => {
      const given = await sent();
      const code = await codeOfPromise(accept(given, holder, publisher.releases));
      expect(code).to.equal("BUNDLE_IN_CLEAR");
      expect(readBundle(publisher.releases, bundle.id).salt).to.equal(bundle.salt);
    });
  });

  describe("given that grants were taken back", () => {
    it("is sealed anew, to who is left alone", async () => {
      const releases = join(folder, "rotated");
      const first = await sent();
      await accept(first, holder, releases);
      const stranger = parseAddress(PUBLISHER.address);
      const next = await nextSealing(sealing, [stranger]);
      expect(next.generation).to.equal(2);
      expect(next.identity).to.not.equal(sealing.identity);
      const renewed = await sent(next);
      // The old grant does not open the new folder, and the new one counts.
      const stale = { folder: renewed.folder, grant: first.grant };
      expect(await codeOfPromise(accept(stale, holder, releases))).to.equal("GRANT_SUPERSEDED");
      expect((await accept(renewed, holder, releases)).generation).to.equal(2);
      // Nor does the old folder come back with its old list.
      expect(await codeOfPromise(accept(first, holder, releases))).to.equal("GRANT_SUPERSEDED");
    });

    it("is no longer served by whom the publisher's list names", async () => {
      const releases = join(folder, "revoked");
      await accept(await sent(), holder, releases);
      const list = { domain: DOMAIN, release: bundle.id, generation: 1, issuedAt: NOW };
      const revoked = await issueHolders(PUBLISHER, { ...list, revoked: [holder.address] });
      await writeHolders(join(releases, bundle.id), revoked);
      const stores = { releases, keys: operator.keys };
      const load = () =>
        codeOfPromise(loadRelease(stores, bundle.id, { cache: operator.cache, holder }));
      expect(await load()).to.equal("GRANT_REVOKED");
      // A list of somebody else's neither revokes nor is it passed over.
      const forged = await issueHolders(OPERATOR, { ...list, revoked: [] });
      await writeHolders(join(releases, bundle.id), forged);
      expect(await load()).to.equal("SIGNER_WRONG");
      const again = await nextSealing(sealing, [holder.address]);
      expect(await codeOfPromise(accept(await sent(again), holder, releases))).to.equal(
        "GRANT_REVOKED",
      );
      writeFileSync(join(releases, bundle.id, "holders.json"), "{");
      expect(await load()).to.equal("DOCUMENT_MALFORMED");
    });
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
