import { expect } from "chai";
import type { ProvingCalibration } from "../../../offchain/compiler/estimate/provingModel.ts";
import {
  parseProvingCalibration,
  provingSeconds,
  REFERENCE_CALIBRATION,
} from "../../../offchain/compiler/estimate/provingModel.ts";
import { expectClose } from "../../helpers/expectClose.ts";

const { machine } = REFERENCE_CALIBRATION;
const calibration = (samples: ProvingCalibration["samples"]): ProvingCalibration => ({
  format: "vouch.proving/1",
  machine,
  prover: "test",
  samples,
});

describe("provingSeconds", () => {
  it("finds the parts that times are made of", () => {
    const sizes = [
      { power: 12, constraints: 2500 },
      { power: 13, constraints: 8000 },
      { power: 14, constraints: 9000 },
      { power: 16, constraints: 60_000 },
    ];
    const truth = { power: 17, constraints: 100_000 };
    const prove = (it: typeof truth): number => 0.1 + 2e-5 * 2 ** it.power + 3e-5 * it.constraints;
    const witness = (it: typeof truth): number => 0.002 + 1e-6 * it.constraints;
    const samples = sizes.map((it) => ({
      ...it,
      proveSeconds: prove(it),
      witnessSeconds: witness(it),
    }));
    const seconds = provingSeconds(calibration(samples), truth);
    expectClose(seconds.prove, prove(truth), 1e-6);
    expectClose(seconds.witness, witness(truth), 1e-9);
  });

  it("never subtracts: more rows and more constraints cost no less", () => {
    const samples = [
      { power: 10, constraints: 1000, witnessSeconds: 0.5, proveSeconds: 1 },
      { power: 12, constraints: 2100, witnessSeconds: 0.4, proveSeconds: 0.9 },
    ];
    const at = (power: number, constraints: number): number => {
      const { prove, witness } = provingSeconds(calibration(samples), { power, constraints });
      return prove + witness;
    };
    expect(at(16, 60_000)).to.be.at.least(at(12, 2100));
    expect(at(12, 2100)).to.be.greaterThan(0);
  });

  it("makes do with one proof", () => {
    const samples = [{ power: 12, constraints: 3000, witnessSeconds: 0.01, proveSeconds: 0.5 }];
    const { prove } = provingSeconds(calibration(samples), { power: 12, constraints: 3000 });
    expectClose(prove, 0.5, 1e-9);
  });

  it("is within a fifth of every proof of the reference machine", () => {
    for (const sample of REFERENCE_CALIBRATION.samples) {
      const { prove } = provingSeconds(REFERENCE_CALIBRATION, sample);
      expectClose(prove / sample.proveSeconds, 1, 0.2);
    }
  });
});

describe("parseProvingCalibration", () => {
  it("takes what the benchmark stores", () => {
    const stored: unknown = JSON.parse(JSON.stringify(REFERENCE_CALIBRATION));
    expect(parseProvingCalibration(stored)).to.deep.equal(REFERENCE_CALIBRATION);
  });

  it("takes nothing else", () => {
    for (const other of [null, {}, { ...REFERENCE_CALIBRATION, samples: [] }, "text"]) {
      expect(parseProvingCalibration(other)).to.be.undefined;
    }
  });
});
