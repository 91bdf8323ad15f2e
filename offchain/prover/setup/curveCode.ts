import { buildBn128 } from "ffjavascript";
import type { Curve } from "ffjavascript";
import type { CurveCode } from "./wasmCurve.ts";

let loaded: Promise<Curve> | undefined;

/** ffjavascript's own curve in this thread; no other threads. */
export function loadSingleThreadedCurve(): Promise<Curve> {
  loaded ??= buildBn128(true);
  return loaded;
}

/** Generates the module; no threads. */
export async function loadCurveCode(): Promise<CurveCode> {
  const { tm, G1, G2, Fr } = await loadSingleThreadedCurve();
  return {
    code: tm.code,
    generators: { g1m: G1.gAffine, g2m: G2.gAffine },
    roots: Fr.w,
  };
}
