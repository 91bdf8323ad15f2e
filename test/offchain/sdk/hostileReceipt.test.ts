import { ProtocolError, serializeReceipt, verifyReceipt } from "@vouch/protocol";
import type { Receipt } from "@vouch/protocol";
import { parseReceiptText } from "@vouch/sdk";
import { expect } from "chai";
import fc from "fast-check";
import { textReceipt } from "../../helpers/textReceipt.ts";
import { trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

/** `npm run test:deep` tries all fields, and more edits. */
const DEEP = process.env["VOUCH_DEEP"] === "1";

const RECEIPTS: readonly (readonly [string, Receipt])[] = [
  ["a proven receipt", trapdoorReceipt()],
  ["a receipt with a transcript", textReceipt()],
];

/** Returns the code by which a text is refused, "accepted" where it is; fails for any other error, and for a receipt that is another one. */
function outcomeOf(text: string, honest: Receipt): string {
  try {
    const receipt = parseReceiptText(text);
    verifyReceipt(receipt);
    expect(serializeReceipt(receipt)).to.equal(serializeReceipt(honest));
    return "accepted";
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

describe("a hostile receipt", () => {
  for (const [name, made] of RECEIPTS) {
    const text = serializeReceipt(made);
    const honest = parseReceiptText(text);
    const compact = JSON.stringify(JSON.parse(text));

    describe(`made of ${name}`, () => {
      it("is accepted while nothing was done to it", () => {
        expect(outcomeOf(text, honest)).to.equal("accepted");
        expect(outcomeOf(compact, honest)).to.equal("accepted");
      });

      it("is refused when it ends early, at every kind of byte", () => {
        for (const end of cutsOf(compact))
          expect(outcomeOf(compact.slice(0, end), honest), `at ${end}`).to.equal(
            "RECEIPT_MALFORMED",
          );
      });

      it("is refused with a byte too many", () => {
        for (const tail of ["x", "}", "{}", ",", "\u0000"])
          expect(outcomeOf(compact + tail, honest), tail).to.equal("RECEIPT_MALFORMED");
      });

      it("never passes for another with a value of any other kind in any field", () => {
        const whole = JSON.parse(compact) as Json;
        const odd: readonly Json[] = [null, true, -1, 0.5, 1e308, "", "0x", [], [null], {}];
        const every = DEEP ? 1 : 7;
        for (const path of leavesOf(whole).filter((_, index) => index % every === 0))
          for (const value of odd) {
            const changed = JSON.stringify(replaced(whole, path, value));
            expect(outcomeOf(changed, honest), path.join(".")).to.be.a("string");
          }
      });

      it("never passes for another when a field is named twice", () => {
        const { statement, output, release } = JSON.parse(compact) as Record<string, Json>;
        for (const [field, value] of Object.entries({ statement, output, release })) {
          const other = JSON.stringify(typeof value === "string" ? "0" : [value]);
          const last = `${compact.slice(0, -1)},${JSON.stringify(field)}:${other}}`;
          const first = `{${JSON.stringify(field)}:${other},${compact.slice(1)}`;
          expect(outcomeOf(last, honest), field).to.not.equal("accepted");
          expect(outcomeOf(first, honest), field).to.equal("accepted"); // JSON's last word is that of the receipt
        }
      });

      it("changes no prototype and gains nothing from names that objects have", () => {
        for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
          const extended = `{"${key}":{"polluted":true,"format":"x"},${compact.slice(1)}`;
          expect(outcomeOf(extended, honest), key).to.equal("accepted");
          expect(outcomeOf(`{"${key}":${compact}}`, honest), key).to.equal("RECEIPT_MALFORMED");
        }
        expect(({} as { polluted?: true }).polluted).to.equal(undefined);
      });

      it("is refused where it is nested 50,000 deep, in any field", () => {
        const deep = "[".repeat(50_000) + "]".repeat(50_000);
        const objects = '{"a":'.repeat(50_000) + "0" + "}".repeat(50_000);
        for (const nested of [deep, objects]) {
          expect(outcomeOf(nested, honest)).to.equal("RECEIPT_MALFORMED");
          for (const field of [
            "input",
            "evidence",
            "release",
            "circuit",
            "transcript",
            "execution",
          ])
            expect(
              outcomeOf(`${compact.slice(0, -1)},"${field}":${nested}}`, honest),
              field,
            ).to.equal("RECEIPT_MALFORMED");
        }
        const values = compact.matchAll(/(?<=[:[,])(?:"[^"]*"|\d+|null|true|false)(?=[,}\]])/g);
        for (const [index, { 0: value, index: at }] of [...values].entries()) {
          if (index % 7 !== 0) continue;
          const nested = compact.slice(0, at) + deep + compact.slice(at + value.length);
          expect(outcomeOf(nested, honest), `at ${at}`).to.equal("RECEIPT_MALFORMED");
        }
      });

      it("is refused with megabytes in any field", () => {
        const long = JSON.stringify("f".repeat(4 << 20));
        const wide = `[${"0,".repeat(500_000)}0]`;
        const fields = Object.keys(JSON.parse(compact) as object);
        for (const field of fields)
          for (const value of [long, wide, "9".repeat(1 << 20), "1e999"])
            expect(
              outcomeOf(`${compact.slice(0, -1)},"${field}":${value}}`, honest),
              field,
            ).to.equal("RECEIPT_MALFORMED");
      });

      it("never passes for another with edits of its text", () => {
        const position = fc.nat(compact.length - 1);
        const junk = fc.oneof(
          fc.string({ maxLength: 3 }),
          fc.constantFrom('"', "{", "]", ":", "\\", "\ud800", "0", "f", "null"),
        );
        fc.assert(
          fc.property(position, fc.nat(3), junk, (at, length, inserted) => {
            const edited = compact.slice(0, at) + inserted + compact.slice(at + length);
            outcomeOf(edited, honest);
          }),
          { seed: 8, numRuns: DEEP ? 3_000 : 100 },
        );
      });
    });
  }
});

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Where each kind of byte begins and ends, up to twelve places of each. */
function cutsOf(text: string): ReadonlySet<number> {
  const kinds: readonly RegExp[] = [/[{}]/g, /[[\]]/g, /"/g, /:/g, /,/g, /[0-9]/g, /[a-z]/g, /x/g];
  const cuts = new Set<number>([0, 1, text.length - 1]);
  for (const kind of kinds) {
    const places = [...text.matchAll(kind)].map(({ index }) => index);
    const step = Math.max(1, Math.floor(places.length / 12));
    for (let i = 0; i < places.length; i += step) cuts.add(places[i] ?? 0);
  }
  return cuts;
}

function leavesOf(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, it]) => leavesOf(it, [...path, key]));
}

function replaced(whole: Json, [key, ...rest]: readonly string[], value: Json): Json {
  if (key === undefined) return value;
  const copy = (Array.isArray(whole) ? [...whole] : { ...(whole as object) }) as Record<
    string,
    Json
  >;
  copy[key] = replaced(copy[key] ?? null, rest, value);
  return copy;
}
