/** `⌊√value⌋` of an integer from 0 to below 2^62. */
export function floorSqrt(value: bigint): bigint {
  // The root of a double is off by less than 1 below 2^62.
  let root = BigInt(Math.floor(Math.sqrt(Number(value))));
  while (root * root > value) root--;
  while ((root + 1n) * (root + 1n) <= value) root++;
  return root;
}
