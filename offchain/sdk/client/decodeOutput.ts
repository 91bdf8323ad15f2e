import { dequantizeTensor, unpackWords } from "@vouch/protocol";
import type { FetchedRelease } from "../fetchRelease.ts";
import type { OutputOf, ReleaseRef } from "../typed/releaseDescription.ts";
import { elementsOf, reshape } from "../typed/shapes.ts";
import { encodingOf } from "./encodeInput.ts";

/** Returns output words as numbers, by port for a typed release; null where they are a commitment. */
export function decodeOutput<R extends ReleaseRef>(
  release: FetchedRelease,
  ref: R,
  words: readonly bigint[],
): OutputOf<R> {
  const encoding = encodingOf(release, "output");
  return (
    encoding.mode === "committed"
      ? null
      : byPort(ref, dequantizeTensor(unpackWords(words, encoding), encoding))
  ) as OutputOf<R>; // the type follows what the release was compared with when it was resolved
}

function byPort(ref: ReleaseRef, values: readonly number[]): unknown {
  if (typeof ref === "string") return values;
  let at = 0;
  const ports = ref.outputs.map(({ name, shape }) => {
    const part = values.slice(at, (at += elementsOf(shape)));
    return [name, reshape(part, shape)] as const;
  });
  return Object.fromEntries(ports);
}
