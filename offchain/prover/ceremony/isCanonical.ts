// No import of a package here: worker threads load this file, and with it nothing else.
import { SCALAR_BYTES } from "../setup/wasmCurve.ts";

/** Whether each coordinate, 32 bytes little-endian, is below the base field's `order`: the one encoding of a point. */
export function isCanonical(points: Uint8Array, order: Uint8Array): boolean {
  for (let at = 0; at < points.length; at += SCALAR_BYTES) {
    let place = SCALAR_BYTES - 1;
    while (place > 0 && points[at + place] === order[place]) place -= 1;
    if ((points[at + place] ?? 0) >= (order[place] ?? 0)) return false;
  }
  return true;
}
