import type { Page } from "playwright-core";

/** Pictures are compared in squares of so many pixels: letters of another machine's fonts differ in theirs. */
const SQUARE = 8;
/** Of 255: how far a square's mean may be off before it counts. */
const TOLERANCE = 24;

// Runs in the browser, which can decode pictures: (PNG, PNG, square, tolerance) to the share of squares that differ.
const COMPARE = `async ([left, right, square, tolerance]) => {
  const means = async (png) => {
    const picture = new Image();
    picture.src = "data:image/png;base64," + png;
    await picture.decode();
    const width = Math.ceil(picture.width / square), height = Math.ceil(picture.height / square);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, width, height);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  };
  const [one, other] = [await means(left), await means(right)];
  if (one.width !== other.width || one.height !== other.height) return 1;
  let differing = 0;
  for (let at = 0; at < one.data.length; at += 4)
    if ([0, 1, 2].some((it) => Math.abs(one.data[at + it] - other.data[at + it]) > tolerance)) differing++;
  return differing / (one.width * one.height);
}`;

/** Returns the share of a picture that differs from another; 1 where their sizes do. `blank` is a page without a policy. */
export async function differenceOf(blank: Page, left: Buffer, right: Buffer): Promise<number> {
  const pictures = [left.toString("base64"), right.toString("base64"), SQUARE, TOLERANCE];
  return await blank.evaluate<number>(`(${COMPARE})(${JSON.stringify(pictures)})`);
}
