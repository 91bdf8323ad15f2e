/** Whether the long forms run too, as `npm run test:deep` has them. */
export const IS_DEEP = process.env["VOUCH_DEEP"] === "1";

/** Defines tests of the long run alone; the default one says loudly what it does not try. */
export function deepOnly(what: string, define: () => void): void {
  if (IS_DEEP) define();
  else process.stderr.write(`\n  NOT TRIED: ${what}: it takes VOUCH_DEEP=1.\n`);
}
