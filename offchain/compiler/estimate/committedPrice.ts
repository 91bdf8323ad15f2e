import type { ProvableModel } from "../emit/components.ts";
import { committedEstimate } from "../emit/committed/committedEstimate.ts";
import { committedSizes } from "../emit/committed/committedSizes.ts";
import type { ArtefactBytes, DomainFill } from "./circuitSize.ts";
import { committedBytes, domainFill } from "./circuitSize.ts";
import { committedCoefficients } from "./coefficientCount.ts";
import type { ProvingCalibration, ProvingSeconds } from "./provingModel.ts";
import { committedSeconds } from "./provingModel.ts";

/** A model's circuit by commit-and-prove (docs/proving.md); that of its weights, which proves once, is not in it. */
export type CommittedPrice = {
  readonly status: "priced";
  readonly constraints: number;
  readonly domain: DomainFill;
  readonly bytes: ArtefactBytes;
  readonly seconds: ProvingSeconds;
};

/**
 * Prices the circuit that `emitCommittedCircom` would write, without compiling it.
 *
 * @throws {CompilerError} where the model has no such circuit.
 */
export function committedPrice(
  model: ProvableModel,
  calibration: ProvingCalibration,
): CommittedPrice {
  const constraints = committedEstimate(model).total;
  const domain = domainFill(constraints);
  const sizes = committedSizes(model);
  const inputs = sizes.weights + sizes.advice;
  const coefficients = committedCoefficients(model.graph, constraints, inputs);
  return {
    status: "priced",
    ...{ constraints, domain },
    bytes: committedBytes(constraints, { inputs, advice: sizes.advice, coefficients }),
    seconds: committedSeconds(calibration, { power: domain.power, constraints }),
  };
}
