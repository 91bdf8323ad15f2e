import { gunzipSync } from "node:zlib";
import type { DataRow } from "./dataRow.ts";

const PIXELS = 28;
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;
/** A grey value is a 256th of its byte. */
const GREYS = 256;

/** The test images as they are. */
export function mnistPixels(images: Uint8Array, labels: Uint8Array): readonly DataRow[] {
  return mnistRows(images, labels, (image) => Array.from(image, (it) => it / GREYS));
}

/** The mean of two by two pixels, rounded down. */
export function mnistPooled(images: Uint8Array, labels: Uint8Array): readonly DataRow[] {
  return mnistRows(images, labels, pooled);
}

function mnistRows(
  images: Uint8Array,
  labels: Uint8Array,
  encode: (image: Uint8Array) => readonly number[],
): readonly DataRow[] {
  const bytes = gunzipSync(images).subarray(IMAGES_HEADER);
  const size = PIXELS * PIXELS;
  return Array.from(gunzipSync(labels).subarray(LABELS_HEADER), (label, i) => ({
    id: `t10k ${i}`,
    x: encode(bytes.subarray(size * i, size * (i + 1))),
    label,
  }));
}

function pooled(image: Uint8Array): readonly number[] {
  const half = PIXELS / 2;
  return Array.from({ length: half * half }, (_, i) => {
    const at = 2 * PIXELS * Math.floor(i / half) + 2 * (i % half);
    const square = [at, at + 1, at + PIXELS, at + PIXELS + 1];
    return Math.floor(square.reduce((sum, it) => sum + (image[it] ?? 0), 0) / 4) / GREYS;
  });
}
