import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AttestationError } from "@vouch/attestation";
import {
  AWS_NITRO_ROOT_SHA256,
  type NitroOptions,
  explainNitro,
  fingerprintOf,
  isNitroDocument,
  nitroMeasurement,
  readNitro,
  registersHash,
  verifyNitro,
} from "@vouch/attestation/nitro";
import {
  type SimulatedNitroOptions,
  signMessage,
  signNitro,
  simulateNitro,
  simulatedNitroPayload,
  simulatedNitroRoot,
  simulatedRegisters,
} from "@vouch/attestation/simulated";
import { encode } from "cborg";
import { expect } from "chai";
import { concat, getBytes, id as hashOf } from "ethers";
import fc from "fast-check";
import { codeOf } from "../../helpers/codeOf.ts";

/** Real documents of others, read where they lie. */
const SAMPLES = process.env["VOUCH_ATTESTATION"];
const MUTATIONS = process.env["VOUCH_DEEP"] === undefined ? 150 : 2000;
const NOW = Date.parse("2026-01-10T00:00:00Z") / 1000;
const root = simulatedNitroRoot().certificate;
const AT_ONCE: NitroOptions = { time: NOW, root };
const ES384 = getBytes("0xa1013822");

const document = (options: Partial<SimulatedNitroOptions> = {}): Uint8Array =>
  simulateNitro({ issuedAt: NOW, ...options });
const payload = (changes: Readonly<Record<string, unknown>> = {}): Map<string, unknown> =>
  new Map([...simulatedNitroPayload({ issuedAt: NOW }), ...Object.entries(changes)]);
const refusal = (bytes: Uint8Array, options = AT_ONCE): string | undefined =>
  codeOf(() => verifyNitro(bytes, options));
/** A message of a payload that is written by hand. */
const message = (...parts: readonly Uint8Array[]): Uint8Array =>
  signMessage(ES384, getBytes(concat(parts)));
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

describe("verifyNitro", () => {
  for (const tagged of [false, true]) {
    it(`says what a document says that holds, ${tagged ? "tagged" : "untagged"}`, () => {
      const chosen = { userData: bytes(1), nonce: bytes(2, 3), publicKey: bytes(4) };
      const verified = verifyNitro(document({ ...chosen, tagged }), AT_ONCE);
      const pcrs = simulatedRegisters("image");
      expect(verified).to.deep.equal({
        moduleId: "i-0123456789abcdef0-enc0123456789abcdef",
        timestamp: NOW * 1000,
        pcrs,
        ...chosen,
        registers: registersHash(pcrs),
        notAfter: NOW - 3 + 3 * 3600,
      });
      expect(isNitroDocument(document({ tagged }))).to.equal(true);
    });
  }

  it("takes what the enclave did not choose for undefined, whether it is null or not there", () => {
    const members = payload();
    for (const name of ["public_key", "user_data", "nonce"]) members.delete(name);
    for (const it of [document(), signNitro(members)]) {
      const { publicKey, userData, nonce } = verifyNitro(it, AT_ONCE);
      expect([publicKey, userData, nonce]).to.deep.equal([undefined, undefined, undefined]);
    }
  });

  describe("age", () => {
    it("is bounded by what its certificates hold, or by what is asked", () => {
      const { notAfter } = verifyNitro(document(), AT_ONCE);
      expect(refusal(document(), { time: notAfter, root })).to.equal(undefined);
      expect(refusal(document(), { time: notAfter + 1, root })).to.equal("NITRO_TOO_OLD");
      const asked = (time: number): NitroOptions => ({ time, maxAgeSeconds: 300, root });
      expect(refusal(document(), asked(NOW + 300))).to.equal(undefined);
      expect(refusal(document(), asked(NOW + 301))).to.equal("NITRO_TOO_OLD");
    });

    it("is refused where the time, or the limit, is no number", () => {
      expect(refusal(document(), { time: Number.NaN, root })).to.equal("NITRO_TOO_OLD");
      const unbounded: NitroOptions = { time: NOW, maxAgeSeconds: Number.NaN, root };
      expect(refusal(document(), unbounded)).to.equal("NITRO_TOO_OLD");
    });

    it("may be a minute less than nothing, and no more", () => {
      expect(refusal(document(), { time: NOW - 60, root })).to.equal(undefined);
      expect(refusal(document(), { time: NOW - 61, root })).to.equal("NITRO_IN_FUTURE");
    });
  });

  describe("refuses by its code", () => {
    const zeros = new Uint8Array(48);
    const debug = (index: number) => new Map([...simulatedRegisters("image"), [index, zeros]]);
    const link = (index: number, change: object) =>
      document({ certificates: [...Array<object>(index).fill({}), change] });
    const date = (seconds: number): Date => new Date(seconds * 1000);
    const header = (...entries: [number, unknown][]): Uint8Array =>
      signMessage(encode(new Map(entries)), readNitro(document()).payload);
    const CASES: Readonly<Record<string, readonly (readonly [string, () => Uint8Array])[]>> = {
      NITRO_TOO_LONG: [["more than 16,384 bytes", () => new Uint8Array(16_385)]],
      NITRO_HEADER_REFUSED: [
        ["ES256", () => header([1, -7])],
        ["no algorithm", () => header([4, bytes(1)])],
        ["a critical header", () => header([1, -35], [2, [4]])],
        ["a key's id beside the algorithm", () => header([1, -35], [4, bytes(1)])],
        ["a header that is no map", () => signMessage(encode(-35), readNitro(document()).payload)],
      ],
      NITRO_IN_DEBUG_MODE: [
        ["zeros as PCR0", () => document({ pcrs: debug(0) })],
        ["zeros as PCR1", () => document({ pcrs: debug(1) })],
        ["zeros as PCR2", () => document({ pcrs: debug(2) })],
      ],
      NITRO_CERTIFICATE_REFUSED: [
        ["an enclave's certificate that is over", () => link(4, { notAfter: date(NOW - 1) })],
        ["one that is yet to come", () => link(4, { notBefore: date(NOW + 1) })],
        ["an authority that is over", () => link(2, { notAfter: date(NOW - 1) })],
        ["an authority that is none", () => link(3, { isAuthority: false })],
        ["an enclave that is an authority", () => link(4, { isAuthority: true })],
        ["a path that is too long", () => link(1, { pathLength: 1 })],
        ["an issuer of another name", () => link(3, { commonName: "other" })],
        [
          "a certificate that is left out",
          () => {
            const members = payload();
            const bundle = members.get("cabundle") as Uint8Array[];
            return signNitro(payload({ cabundle: [...bundle.slice(0, 2), ...bundle.slice(3)] }));
          },
        ],
        ["the root alone", () => signNitro(payload({ cabundle: [root], certificate: root }))],
        [
          "a certificate that is no certificate",
          () => signNitro(payload({ certificate: bytes(0x30, 1, 2) })),
        ],
      ],
    };
    for (const [code, cases] of Object.entries(CASES)) {
      for (const [what, make] of cases) {
        it(`${what}: ${code}`, () => {
          expect(refusal(make())).to.equal(code);
        });
      }
    }

    const MALFORMED: readonly (readonly [what: string, field: string, make: () => Uint8Array])[] = [
      ["nothing", "envelope", () => new Uint8Array()],
      ["another tag", "envelope", () => getBytes(concat(["0xd1", document()]))],
      ["bytes behind the end", "envelope", () => bytes(...document(), 0)],
      ["a member that is cut", "envelope", () => document().slice(0, -1)],
      ["an array of three", "envelope", () => encode([ES384, new Map(), bytes()])],
      ["no bytes where bytes are due", "envelope", () => encode([1, new Map(), bytes(), bytes()])],
      [
        "something in the header that nobody signs",
        "unprotected header",
        () => encode([ES384, new Map([[1, 1]]), readNitro(document()).payload, zeros]),
      ],
      [
        "a signature that is too short",
        "signature",
        () => encode([ES384, new Map(), bytes(0xa0), zeros]),
      ],
      [
        "an envelope that does not state its length",
        "envelope",
        () => getBytes(concat(["0x9f", document().slice(1), "0xff"])),
      ],
      ["a payload that is no map", "payload", () => message(encode([1]))],
      [
        "a payload that is cut",
        "payload",
        () => message(readNitro(document()).payload.slice(0, -1)),
      ],
      [
        "a length above what is there",
        "payload",
        () => message(bytes(0xa1, 0x61, 0x61, 0x5a, 0xff, 0, 0, 0)),
      ],
      [
        "an array of 2^64 items",
        "payload",
        () => message(bytes(0x9b, ...Array<number>(8).fill(0xff))),
      ],
      [
        "a length that is longer than it needs",
        "payload",
        () => message(bytes(0xb8, 1, 0x61, 0x61, 1)),
      ],
      [
        "a member twice",
        "payload",
        () => {
          const twice = [...payload()].flatMap(([name, value]) => [encode(name), encode(value)]);
          return message(bytes(0xbf), ...twice, ...twice.slice(0, 2), bytes(0xff));
        },
      ],
      ["text in pieces", "payload", () => message(bytes(0xbf, 0x7f, 0x61, 0x61, 0xff, 1, 0xff))],
      [
        "an array inside that is open",
        "payload",
        () => message(bytes(0xbf, 0x61, 0x61, 0x9f, 1, 0xff, 0xff)),
      ],
      ["an end without a beginning", "payload", () => message(bytes(0xff))],
      [
        "ten thousand arrays in one another",
        "payload",
        () => message(new Uint8Array(10_000).fill(0x81), bytes(1)),
      ],
      ["another digest", "digest", () => signNitro(payload({ digest: "SHA256" }))],
      ["no time", "timestamp", () => signNitro(payload({ timestamp: 0 }))],
      ["a member that AWS does not have", "payload", () => signNitro(payload({ other: 1 }))],
      ["no module", "module_id", () => signNitro(payload({ module_id: "" }))],
      [
        "a register of 47 bytes",
        "pcrs.0",
        () =>
          signNitro(payload({ pcrs: new Map([...simulatedRegisters("a"), [0, zeros.slice(1)]]) })),
      ],
      [
        "a register above 31",
        "pcrs.32",
        () => signNitro(payload({ pcrs: new Map([...simulatedRegisters("a"), [32, zeros]]) })),
      ],
      [
        "no PCR2",
        "pcrs",
        () => signNitro(payload({ pcrs: new Map([[0, zeros], [1, zeros]]) })), // prettier-ignore
      ],
      ["no authorities", "cabundle", () => signNitro(payload({ cabundle: [] }))],
      [
        "a certificate above 1,024 bytes",
        "certificate",
        () => signNitro(payload({ certificate: new Uint8Array(1025) })),
      ],
      [
        "a public key above 1,024 bytes",
        "public_key",
        () => document({ publicKey: new Uint8Array(1025) }),
      ],
      ["user data above 512 bytes", "user_data", () => document({ userData: new Uint8Array(513) })],
      ["a nonce above 512 bytes", "nonce", () => document({ nonce: new Uint8Array(513) })],
    ];
    for (const [what, field, make] of MALFORMED) {
      it(`${what}: NITRO_MALFORMED of its ${field}`, () => {
        const failed = failureOf(() => verifyNitro(make(), AT_ONCE));
        expect(failed).to.include({ code: "NITRO_MALFORMED", field });
      });
    }

    it("the simulated root below AWS's, and another's: NITRO_ROOT_MISMATCH", () => {
      expect(refusal(document(), { time: NOW })).to.equal("NITRO_ROOT_MISMATCH");
      const other = document({ certificates: [{ serial: 77n }] });
      expect(refusal(other)).to.equal("NITRO_ROOT_MISMATCH");
    });

    it("a payload that another key signed: NITRO_SIGNATURE_INVALID", () => {
      const read = readNitro(document({ userData: bytes(1) }));
      const swapped = encode([ES384, new Map(), readNitro(document()).payload, read.signature]);
      expect(refusal(swapped)).to.equal("NITRO_SIGNATURE_INVALID");
    });
  });

  it(`accepts none of ${MUTATIONS} changes of one bit, and refuses each by a code`, () => {
    refuseMutations(document({ userData: new Uint8Array(32).fill(7) }), AT_ONCE);
  });

  it(`accepts none of ${MUTATIONS} changes of one bit in a certificate, though the payload is signed again`, () => {
    const members = payload();
    const chain = [...(members.get("cabundle") as Uint8Array[]), members.get("certificate")];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(), (index, where) => {
        const changed = chain.map((der, i) =>
          i === index ? flipped(der as Uint8Array, where) : (der as Uint8Array),
        );
        const forged = new Map([
          ...members,
          ["cabundle", changed.slice(0, -1)] as const,
          ["certificate", changed.at(-1)] as const,
        ]);
        expect(refusal(signNitro(forged))).to.match(/^NITRO_(CERTIFICATE|SIGNATURE)_/);
      }),
      { seed: 11, numRuns: MUTATIONS },
    );
  });
});

describe("registersHash", () => {
  const pcrs = simulatedRegisters("image");
  const without = (index: number) => new Map([...pcrs].filter(([it]) => it !== index));

  it("commits to each register but to those of the parent instance", () => {
    const whole = registersHash(pcrs);
    for (const index of [0, 1, 2]) expect(registersHash(without(index))).to.not.equal(whole);
    for (const index of [3, 4, 8, 15]) expect(registersHash(without(index))).to.equal(whole);
    const value = new Uint8Array(48).fill(1);
    for (const index of [5, 8, 15, 16, 31]) {
      expect(registersHash(new Map([...pcrs, [index, value]]))).to.not.equal(whole);
    }
    for (const index of [3, 4]) {
      expect(registersHash(new Map([...pcrs, [index, value]]))).to.equal(whole);
    }
  });

  it("depends on no order, and tells a value's place and length", () => {
    expect(registersHash(new Map([...pcrs].reverse()))).to.equal(registersHash(pcrs));
    const one = (index: number, length: number) =>
      registersHash(new Map([[index, new Uint8Array(length).fill(1)]]));
    expect(new Set([one(16, 48), one(17, 48), one(16, 32), one(16, 64)]).size).to.equal(4);
  });

  it("makes another measurement of each quorum, and of what is simulated", () => {
    const [a, b] = [hashOf("a"), hashOf("b")];
    const seen = [
      nitroMeasurement(a, registersHash(pcrs), false),
      nitroMeasurement(a, registersHash(pcrs), true),
      nitroMeasurement(b, registersHash(pcrs), false),
    ];
    expect(new Set(seen).size).to.equal(seen.length);
  });
});

describe("explainNitro", () => {
  it("shows every field, and that every check passed", () => {
    const { kind, sections, checks, verdict } = explainNitro(document(), AT_ONCE);
    expect(kind).to.equal("nitro");
    expect(checks.map(({ outcome }) => outcome)).to.deep.equal(Array(7).fill("passed"));
    expect(verdict).to.match(/^holds, below another root/);
    const rows = sections.flatMap((it) => it.rows);
    expect(rows.find((it) => it.name.startsWith("PCR0"))?.value).to.have.length(2 + 96);
    expect(rows.find((it) => it.name === "user data")?.value).to.equal("none");
  });

  it("names the first that failed, with the reason, and tries none behind it", () => {
    const { checks, verdict, sections } = explainNitro(document(), { time: NOW });
    expect(checks.map(({ outcome }) => outcome)).to.deep.equal([
      "passed",
      "passed",
      "failed",
      ...Array<string>(4).fill("notTried"),
    ]);
    expect(verdict).to.equal(`refused: ${checks[2]?.reason ?? ""}`);
    expect(sections).to.have.length(4);
  });

  it("says of what is no document why it is none", () => {
    const { checks, sections } = explainNitro(bytes(0x84), AT_ONCE);
    expect([checks[0]?.outcome, sections]).to.deep.equal(["failed", []]);
    expect(isNitroDocument(bytes(4, 0, 2, 0))).to.equal(false);
  });
});

describe("verifyNitro, of real documents", function () {
  if (SAMPLES === undefined || !existsSync(SAMPLES)) {
    process.stderr.write("\n!!! VOUCH_ATTESTATION names no folder: no real document is TRIED.\n\n");
    it("real documents: NOT TRIED, for VOUCH_ATTESTATION names no folder");
    return;
  }
  const text = readFileSync(join(SAMPLES, "opengradient-og-evm/attestation_doc.b64"), "utf8");
  const real = new Uint8Array(Buffer.from(text, "base64"));
  const custom = readFileSync(join(SAMPLES, "marlin-oyster-monorepo/custom_NOT_AWS_ROOT.bin"));
  const OWN = 1_770_918_962;

  it("accepts that of OpenGradient at its own time, below the root that AWS publishes", () => {
    const verified = verifyNitro(real, { time: OWN, maxAgeSeconds: 0 });
    expect(verified.moduleId).to.equal("i-0340e0cb833504eb6-enc019c12d31f78864d");
    expect(Buffer.from(verified.publicKey ?? []).toString()).to.equal("dummy");
    expect([verified.userData?.length, verified.nonce?.length]).to.deep.equal([68, 20]);
    expect(verified.notAfter).to.equal(Date.parse("2026-02-12T20:56:02Z") / 1000);
    expect(fingerprintOf(readNitro(real).chain[0] ?? bytes())).to.equal(AWS_NITRO_ROOT_SHA256);
  });

  it("refuses it today, and a minute before it was made", () => {
    expect(refusal(real, { time: Date.now() / 1000 })).to.equal("NITRO_TOO_OLD");
    expect(refusal(real, { time: OWN + 3 * 3600 + 1 })).to.equal("NITRO_TOO_OLD");
    expect(refusal(real, { time: OWN - 61 })).to.equal("NITRO_IN_FUTURE");
  });

  it("refuses that of Marlin, whose root is another", () => {
    expect(refusal(custom, { time: 1_734_080_745 })).to.equal("NITRO_ROOT_MISMATCH");
    const zero = readNitro(custom).pcrs.get(0);
    expect(zero).to.deep.equal(new Uint8Array(48));
    const { checks } = explainNitro(custom, { time: OWN });
    expect(checks.find((it) => it.outcome === "failed")?.name).to.equal("root");
  });

  it(`accepts none of ${MUTATIONS} changes of one bit of the real one`, () => {
    refuseMutations(real, { time: OWN });
  });
});

/** What an action fails with; undefined where it does not. */
function failureOf(action: () => unknown): AttestationError["failure"] | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof AttestationError) return error.failure;
    throw error;
  }
}

/** Changes bits anywhere: each is refused by a code of this package. */
function refuseMutations(whole: Uint8Array, options: NitroOptions): void {
  verifyNitro(whole, options);
  fc.assert(
    fc.property(fc.nat({ max: whole.length * 8 - 1 }), (bit) => {
      try {
        verifyNitro(flipped(whole, bit), options);
      } catch (error) {
        if (error instanceof AttestationError) return;
        throw error;
      }
      throw new Error(`bit ${String(bit)} may be anything`);
    }),
    { seed: 7, numRuns: MUTATIONS },
  );
}

/** Bytes with one bit changed, counted round. */
function flipped(whole: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(whole);
  const at = Math.floor(bit / 8) % whole.length;
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit % 8));
  return changed;
}
