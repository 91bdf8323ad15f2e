import { ProverError } from "../errors.ts";

const MAX_BYTES = 64;

/**
 * Returns a contributor's or beacon's name as it goes into the key: 1 to 64 bytes of printable text.
 *
 * @throws {ProverError} `CONTRIBUTION_NAME`.
 */
export function checkContributionName(name: string): string {
  const refuse = (reason: string): never => {
    throw new ProverError({ code: "CONTRIBUTION_NAME", reason });
  };
  if (name.trim() !== name || name === "") refuse("it is empty, or has blanks around it");
  if (/\p{C}/u.test(name)) refuse("it has characters that cannot be printed");
  if (Buffer.byteLength(name) > MAX_BYTES) refuse(`it is longer than ${MAX_BYTES} bytes`);
  return name;
}
