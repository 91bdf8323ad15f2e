import { createHash } from "node:crypto";
import { SCALAR_FIELD } from "@vouch/protocol";
import { expect } from "chai";
import { littleEndian, openCurvePoints } from "../../../../offchain/prover/ceremony/curvePoints.ts";
import { multiplyPoints } from "../../../../offchain/prover/ceremony/pointThreads.ts";
import { LAMBDA, splitScalar } from "../../../../offchain/prover/ceremony/splitScalar.ts";
import { loadCurveCode } from "../../../../offchain/prover/setup/curveCode.ts";

const EDGES = [1n, 2n, 15n, LAMBDA, LAMBDA + 1n, 1n << 127n, (1n << 253n) - 1n, SCALAR_FIELD - 1n];

describe("splitScalar", () => {
  const hashed = Array.from({ length: 40 }, (_, i) => {
    const hex = createHash("sha256").update(`${i}`).digest("hex");
    return BigInt(`0x${hex}`) % SCALAR_FIELD;
  });

  it("gives digits of two halves that make the scalar again", async () => {
    const curve = await loadCurveCode();
    for (const scalar of [...EDGES, ...hashed]) {
      const { plain, turned } = splitScalar(curve, littleEndian(scalar));
      const value = (digits: Int8Array): bigint =>
        digits.reduceRight((sum, it) => 2n * sum + BigInt(it), 0n);
      const sum = (value(plain) + LAMBDA * value(turned)) % SCALAR_FIELD;
      expect((sum + SCALAR_FIELD) % SCALAR_FIELD).to.equal(scalar);
      const digits = [...plain, ...turned];
      expect(digits.every((it) => it === 0 || (it % 2 !== 0 && Math.abs(it) <= 7))).to.be.true;
    }
  });

  it("multiplies points as double-and-add does, infinity included", async () => {
    const curve = await loadCurveCode();
    const points = openCurvePoints(curve);
    const { g1m } = curve.generators;
    const list = [1n, 5n, SCALAR_FIELD - 2n].map((it) =>
      points.multiply("g1m", g1m, littleEndian(it)),
    );
    const infinity = new Uint8Array(64);
    for (const scalar of [...EDGES.slice(-2), ...hashed.slice(0, 1)].map(littleEndian)) {
      const products = await multiplyPoints(Buffer.concat([...list, infinity]), scalar, {
        threads: 1,
      });
      const expected = list.map((it) => points.multiply("g1m", it, scalar));
      if ("invalid" in products) throw new Error("all are points");
      expect(Buffer.from(products)).to.deep.equal(Buffer.concat([...expected, infinity]));
    }
  });
});
