import { constraintEstimate } from "../emit/constraintEstimate.ts";
import type { ProvableModel } from "../emit/components.ts";
import { CompilerError } from "../errors.ts";
import type { ComparedSystem, SystemChoice } from "./chooseSystem.ts";
import { chooseSystem } from "./chooseSystem.ts";
import type { ArtefactBytes } from "./circuitSize.ts";
import { artefactBytes, domainFill, MAX_POWER } from "./circuitSize.ts";
import { coefficientCount } from "./coefficientCount.ts";
import { committedPrice } from "./committedPrice.ts";
import type { ProvingSeconds } from "./provingModel.ts";
import { provingSeconds, REFERENCE_CALIBRATION } from "./provingModel.ts";

/**
 * Chooses how a compiled model is proven, by the times of the reference machine and never those of this one: who publishes is
 * seldom who proves, and the same model is to have the same circuit everywhere.
 *
 * @param budget constraints that one circuit may have
 */
export function chooseCircuit(model: ProvableModel, budget: number = 2 ** MAX_POWER): SystemChoice {
  const constraints = constraintEstimate(model).total;
  const { power } = domainFill(constraints);
  const plain = compared({
    constraints,
    seconds: provingSeconds(REFERENCE_CALIBRATION, { power, constraints }),
    bytes: artefactBytes(constraints, coefficientCount(model.graph, constraints)),
  });
  return chooseSystem(plain, committedOf(model), budget);
}

/** Or why there is none. */
function committedOf(model: ProvableModel): ComparedSystem | string {
  try {
    return compared(committedPrice(model, REFERENCE_CALIBRATION));
  } catch (error) {
    if (error instanceof CompilerError) return `no commit-and-prove circuit: ${error.message}`;
    throw error;
  }
}

function compared({
  constraints,
  seconds,
  bytes,
}: {
  readonly constraints: number;
  readonly seconds: ProvingSeconds;
  readonly bytes: ArtefactBytes;
}): ComparedSystem {
  const { witness, prove } = seconds;
  return { constraints, seconds: witness + prove, keyBytes: bytes.provingKey };
}
