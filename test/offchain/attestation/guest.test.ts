import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readEnclaveReport, readQuote, readTdReport, verifyQuote } from "@vouch/attestation";
import type { Guest, GuestFiles, QuoteSource } from "@vouch/attestation/guest";
import { detectGuest, extendRtmr, extendRtmr3, nodeFiles, rtmr3Of } from "@vouch/attestation/guest";
import {
  developmentCollateral,
  simulatedPlatform,
  simulatedRoot,
  simulatedSource,
  simulateQuote,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import type { FakeRoot, FakeServer } from "../../helpers/fakeGuest.ts";
import { fakeKernel, fakeRoot, fakeServer } from "../../helpers/fakeGuest.ts";

const REPORT_DATA = Uint8Array.from({ length: 64 }, (_, index) => index);
const quoteOf = (reportData: Uint8Array): Promise<Uint8Array> =>
  simulatedSource().quote(reportData);
const sgxQuoteOf = (reportData: Uint8Array): Uint8Array =>
  simulateQuote({
    platform: simulatedPlatform("guest", 9n, {
      components: new Array<number>(16).fill(1),
      pceSvn: 1,
      fmspc: "00b06f000000",
    }),
    reportData,
    qeSvn: 4,
    enclave: {},
  });

let fake: FakeRoot;
let server: FakeServer | undefined;

beforeEach(async () => {
  fake = await fakeRoot();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await fake.remove();
});

function sourceOf(guest: Guest): QuoteSource {
  if ("source" in guest) return guest.source;
  throw new Error(JSON.stringify(guest.absent));
}

describe("detectGuest", () => {
  it("says of each interface why it is not there, on a machine without an enclave", async () => {
    const guest = await detectGuest({ root: fake.root });
    expect(guest).to.have.property("absent");
    const absent = "absent" in guest ? guest.absent : [];
    expect(absent.map(({ name }) => name)).to.deep.equal([
      ...["configfs-tsm", "Gramine", "dstack", "Nitro"],
    ]);
    for (const { reason } of absent) expect(reason).to.include(fake.root);
  });

  describe("given configfs-tsm", () => {
    it("asks the kernel by an entry of its own, and leaves none behind", async () => {
      const { files, entries } = await fakeKernel(fake, { quote: quoteOf });
      const source = sourceOf(await detectGuest({ root: fake.root, files }));
      expect([source.name, source.tee, source.simulated]).to.deep.equal([
        ...["configfs-tsm", "TDX"],
        false,
      ]);
      const quote = await source.quote(REPORT_DATA);
      expect(readTdReport(readQuote(quote).body).reportData).to.deep.equal(REPORT_DATA);
      expect(entries).to.deep.equal([]);
    });

    it("names another vendor's provider", async () => {
      const { files } = await fakeKernel(fake, { provider: "sev_guest", quote: quoteOf });
      const guest = await detectGuest({ root: fake.root, files });
      expect("absent" in guest && guest.absent[0]?.reason).to.include("sev_guest");
    });

    it("names what keeps the process from making an entry", async () => {
      const { files } = await fakeKernel(fake, { quote: quoteOf });
      const forbidden: GuestFiles = {
        ...files,
        makeFolder: () =>
          Promise.reject(Object.assign(new Error("permission denied"), { code: "EACCES" })),
      };
      const guest = await detectGuest({ root: fake.root, files: forbidden });
      expect("absent" in guest && guest.absent[0]?.reason).to.include("EACCES");
    });

    for (const [what, options] of [
      [
        "the generation was counted up by somebody else",
        {
          quote: quoteOf,
          between: (entry: string) =>
            nodeFiles.write(join(entry, "generation"), Buffer.from("2\n")),
        },
      ],
      ["the quote is over other report data", { quote: () => quoteOf(new Uint8Array(64)) }],
      [
        "the quote is of an SGX enclave",
        { quote: (it: Uint8Array) => Promise.resolve(sgxQuoteOf(it)) },
      ],
      [
        "the kernel gives up",
        {
          quote: () => Promise.reject(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" })),
        },
      ],
    ] as const) {
      it(`throws GUEST_FAILED where ${what}, and leaves no entry behind`, async () => {
        const { files, entries } = await fakeKernel(fake, options);
        const source = sourceOf(await detectGuest({ root: fake.root, files }));
        expect(await codeOfPromise(source.quote(REPORT_DATA))).to.equal("GUEST_FAILED");
        expect(entries).to.deep.equal([]);
      });
    }

    it("throws GUEST_FAILED for report data of another length, and where it is aborted", async () => {
      const { files } = await fakeKernel(fake, { quote: quoteOf });
      const source = sourceOf(await detectGuest({ root: fake.root, files }));
      expect(await codeOfPromise(source.quote(new Uint8Array(32)))).to.equal("GUEST_FAILED");
      const aborted = source.quote(REPORT_DATA, AbortSignal.abort());
      expect(await codeOfPromise(aborted)).to.equal("GUEST_FAILED");
    });
  });

  describe("given Gramine", () => {
    it("writes the report data and reads a quote of the enclave", async () => {
      await fake.put("dev/attestation/attestation_type", "dcap\0");
      await fake.put("dev/attestation/user_report_data", "");
      const quotePath = join(fake.root, "dev/attestation/quote");
      const files: GuestFiles = {
        ...nodeFiles,
        async write(path, value) {
          await nodeFiles.write(path, value);
          await fake.put("dev/attestation/quote", sgxQuoteOf(value));
        },
      };
      const source = sourceOf(await detectGuest({ root: fake.root, files }));
      expect([source.name, source.tee]).to.deep.equal(["Gramine", "SGX"]);
      const quote = await source.quote(REPORT_DATA);
      expect(existsSync(quotePath)).to.equal(true);
      expect(readEnclaveReport(readQuote(quote).body).reportData).to.deep.equal(REPORT_DATA);
    });

    it("names an attestation type that is not DCAP, and what to set", async () => {
      await fake.put("dev/attestation/attestation_type", "none");
      const guest = await detectGuest({ root: fake.root });
      const reason = "absent" in guest ? guest.absent[1]?.reason : undefined;
      expect(reason).to.include('"none"').and.include("sgx.remote_attestation");
    });
  });

  describe("given dstack's agent", () => {
    const answer = async (body: string): Promise<{ body: string }> => {
      const { report_data } = JSON.parse(body) as { report_data: string };
      const quote = await quoteOf(Buffer.from(report_data, "hex"));
      return {
        body: JSON.stringify({ quote: Buffer.from(quote).toString("hex"), event_log: "[]" }),
      };
    };

    for (const [socket, url, more] of [
      ["var/run/dstack.sock", "/GetQuote", {}],
      ["var/run/tappd.sock", "/prpc/Tappd.TdxQuote", { hash_algorithm: "raw" }],
    ] as const) {
      it(`asks ${url} on ${socket}`, async () => {
        server = await fakeServer(join(fake.root, socket), ({ body }) => answer(body));
        const source = sourceOf(await detectGuest({ root: fake.root }));
        expect([source.name, source.tee]).to.deep.equal(["dstack", "TDX"]);
        const quote = await source.quote(REPORT_DATA);
        expect(readQuote(quote).tee).to.equal("TDX");
        const report_data = Buffer.from(REPORT_DATA).toString("hex");
        expect(server.asked).to.deep.equal([
          { method: "POST", url, body: JSON.stringify({ report_data, ...more }) },
        ]);
      });
    }

    for (const [what, reply] of [
      ["an error", { status: 500, body: '{"error":"no quoting service"}' }],
      ["no JSON", { body: "not json" }],
      ["no quote", { body: '{"error":"x"}' }],
      ["a quote that is no hex", { body: '{"quote":"zz"}' }],
      ["no end", { body: new Uint8Array(2 << 20) }],
      ["half a quote", { body: '{"quote":"0400"}' }],
    ] as const) {
      it(`refuses an answer with ${what}, by code`, async () => {
        server = await fakeServer(join(fake.root, "var/run/dstack.sock"), () =>
          Promise.resolve(reply),
        );
        const source = sourceOf(await detectGuest({ root: fake.root }));
        const expected = what === "half a quote" ? "QUOTE_MALFORMED" : "GUEST_FAILED";
        expect(await codeOfPromise(source.quote(REPORT_DATA))).to.equal(expected);
      });
    }
  });

  describe("given a Nitro enclave", () => {
    it("asks the attestation server for a document that says what the report data says", async () => {
      await fake.put("dev/nsm", "");
      server = await fakeServer(undefined, () =>
        Promise.resolve({ body: Uint8Array.from([0x84, 0x44]) }),
      );
      const nitroServer = { host: "127.0.0.1", port: server.port ?? 0 };
      const source = sourceOf(await detectGuest({ root: fake.root, nitroServer }));
      expect([source.name, source.tee]).to.deep.equal(["Nitro", "Nitro"]);
      expect(await source.quote(REPORT_DATA)).to.deep.equal(Uint8Array.from([0x84, 0x44]));
      const bound = Buffer.from(REPORT_DATA.subarray(0, 32)).toString("hex");
      expect(server.asked[0]?.url).to.equal(`/attestation/raw?user_data=${bound}`);
    });

    it("throws GUEST_FAILED where no server answers", async () => {
      await fake.put("dev/nsm", "");
      const nitroServer = { socketPath: join(fake.root, "none.sock") };
      const source = sourceOf(await detectGuest({ root: fake.root, nitroServer }));
      expect(await codeOfPromise(source.quote(REPORT_DATA))).to.equal("GUEST_FAILED");
    });
  });
});

describe("nodeFiles", () => {
  it("reads to the end where a read gives a part, and the size says nothing", async function () {
    if (process.platform === "win32") this.skip(); // no named pipes in folders there
    const path = join(fake.root, "pipe");
    execFileSync("mkfifo", [path]);
    const writer = spawn("sh", ["-c", `{ printf abc; sleep 0.1; printf def; } > '${path}'`]);
    expect(Buffer.from(await nodeFiles.read(path)).toString()).to.equal("abcdef");
    writer.kill();
  });

  it("gives up on a file that does not end", async function () {
    if (process.platform !== "linux") this.skip(); // no such device elsewhere
    const error: unknown = await nodeFiles.read("/dev/zero").catch((it: unknown) => it);
    expect(error).to.be.instanceOf(RangeError);
  });

  it("makes no file where there is none to write to", async () => {
    const path = join(fake.root, "none");
    expect(await codeOfPromise(nodeFiles.write(path, REPORT_DATA))).to.equal("ENOENT");
    expect(existsSync(path)).to.equal(false);
  });
});

describe("extendRtmr3", () => {
  const PATH = "sys/class/misc/tdx_guest/measurements/rtmr3:sha384";
  const digest = new Uint8Array(48).fill(7);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

  it("gives the register of one extension from zeros, and extends it no second time", async () => {
    const { files } = await fakeKernel(fake, { quote: quoteOf });
    await fake.put(PATH, new Uint8Array(48));
    const first = await extendRtmr3(digest, fake.root, files);
    const second = await extendRtmr3(digest, fake.root, files);
    expect([first.status, second.status]).to.deep.equal(["extended", "already"]);
    for (const it of [first, second]) {
      expect("value" in it && hex(it.value)).to.equal(hex(rtmr3Of(digest)));
    }
    // head -c48 /dev/zero and 48 bytes of 7, through sha384sum
    expect(hex(rtmr3Of(digest))).to.match(/^1fc1f471d5d8b6de746dfc05996a8525/);
  });

  it("leaves a register alone that somebody else extended, and says so", async () => {
    const { files } = await fakeKernel(fake, { quote: quoteOf });
    const foreign = new Uint8Array(48).fill(1);
    await fake.put(PATH, foreign);
    const it = await extendRtmr3(digest, fake.root, files);
    expect(it.status).to.equal("foreign");
    expect("value" in it && hex(it.value)).to.equal(hex(foreign));
  });

  it("has failed, and says what the register holds, where another process extended it meanwhile", async () => {
    const { files } = await fakeKernel(fake, { quote: quoteOf });
    await fake.put(PATH, new Uint8Array(48));
    const other: GuestFiles = {
      ...files,
      write: async (path, bytes) => {
        await files.write(path, bytes);
        await files.write(path, bytes);
      },
    };
    const it = await extendRtmr3(digest, fake.root, other);
    expect(it.status).to.equal("failed");
    const twice = hex(extendRtmr(rtmr3Of(digest), digest));
    expect("reason" in it && it.reason).to.include(twice);
  });

  it("has failed, and is not absent, where it was written and cannot be read again", async () => {
    const { files } = await fakeKernel(fake, { quote: quoteOf });
    await fake.put(PATH, new Uint8Array(48));
    let written = false;
    const broken: GuestFiles = {
      ...files,
      write: async (path, bytes) => {
        await files.write(path, bytes);
        written = true;
      },
      read: (path) => (written ? Promise.reject(new Error("EIO")) : files.read(path)),
    };
    expect(await extendRtmr3(digest, fake.root, broken)).to.have.property("status", "failed");
  });

  it("is extended where the write failed after it took effect, and absent where it took none", async () => {
    const { files } = await fakeKernel(fake, { quote: quoteOf });
    for (const [takesEffect, status] of [
      [false, "absent"],
      [true, "extended"],
    ] as const) {
      await fake.put(PATH, new Uint8Array(48));
      const failing: GuestFiles = {
        ...files,
        write: async (path, bytes) => {
          if (takesEffect) await files.write(path, bytes);
          throw new Error("EPERM");
        },
      };
      expect((await extendRtmr3(digest, fake.root, failing)).status).to.equal(status);
    }
  });

  it("says why where the kernel has no register", async () => {
    const it = await extendRtmr3(digest, fake.root);
    expect(it.status === "absent" && it.reason).to.include("6.16");
  });
});

describe("simulatedSource", () => {
  const now = new Date("2026-11-20T12:00:00Z");
  const judged = (quote: Uint8Array, root?: Uint8Array): unknown =>
    verifyQuote(quote, developmentCollateral(now), now.getTime() / 1000, root);

  it("has the register that it was given in a quote that the simulated vendor vouches for", async () => {
    const rtmr3 = rtmr3Of(new Uint8Array(48).fill(3));
    const quote = await simulatedSource(rtmr3).quote(REPORT_DATA);
    expect(readTdReport(readQuote(quote).body).rtmrs[3]).to.deep.equal(rtmr3);
    const verdict = judged(quote, simulatedRoot().certificate);
    expect(verdict).to.deep.include({ status: "UpToDate", advisories: [] });
  });

  it("says that it is simulated, and Intel's root says so too", async () => {
    const source = simulatedSource();
    expect(source.simulated).to.equal(true);
    const quote = await source.quote(REPORT_DATA);
    expect(codeOf(() => judged(quote))).to.equal("QUOTE_REFUSED");
  });
});
