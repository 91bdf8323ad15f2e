// Entry of a worker thread; see pointThreads.ts.
import { parentPort, workerData } from "node:worker_threads";
import { instantiateCurve, POINT_BYTES } from "../setup/wasmCurve.ts";
import { isCanonical } from "./isCanonical.ts";
import type { CombinerAnswer, CombinerData, CombinerTask } from "./pointThreads.ts";

const { code, fieldOrder } = workerData as CombinerData;
const curve = instantiateCurve({ code });
const [AFFINE, JACOBIAN] = POINT_BYTES.g1m;

parentPort?.on("message", (task: CombinerTask) => {
  parentPort?.postMessage(curve.scoped(() => combine(task)));
});

function combine({ before, after, weights }: CombinerTask): CombinerAnswer {
  const count = before.length / AFFINE;
  const place = (bytes: Uint8Array): number => {
    const at = curve.alloc(bytes.length);
    curve.bytes().set(bytes, at);
    return at;
  };
  const [old, fresh, factors] = [place(before), place(after), place(weights)];
  const isZero = curve.call("g1m_isZeroAffine");
  const isOnCurve = curve.call("g1m_inCurveAffine");
  for (let i = 0; i < count; i++) {
    const [from, to] = [old + i * AFFINE, fresh + i * AFFINE];
    const point = after.subarray(i * AFFINE, (i + 1) * AFFINE);
    const infinite = isZero(to) === 1;
    if (
      !isCanonical(point, fieldOrder) ||
      infinite !== (isZero(from) === 1) ||
      (!infinite && isOnCurve(to) !== 1)
    )
      return { invalid: i };
  }
  const sum = (points: number): Uint8Array => {
    const result = curve.alloc(JACOBIAN);
    curve.call("g1m_multiexpAffine")(points, factors, weights.length / count, count, result);
    return curve.bytes().slice(result, result + JACOBIAN);
  };
  return { before: sum(old), after: sum(fresh) };
}
