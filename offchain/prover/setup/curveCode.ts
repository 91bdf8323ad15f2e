import { buildBn128 } from "ffjavascript";
import type { CurveCode } from "./wasmCurve.ts";

let loaded: Promise<CurveCode> | undefined;

/** Generates the module; no threads. */
export function loadCurveCode(): Promise<CurveCode> {
  loaded ??= buildBn128(true).then(({ tm, G1, G2, Fr }) => ({
    code: tm.code,
    generators: { g1m: G1.gAffine, g2m: G2.gAffine },
    roots: Fr.w,
  }));
  return loaded;
}
