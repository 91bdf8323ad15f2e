import { ProtocolError } from "./errors.ts";

/**
 * Returns the name behind an on-chain enum's value.
 *
 * @throws {ProtocolError} `ENUM_UNKNOWN` for a value of a later version.
 */
export function enumName<const Names extends readonly string[]>(
  names: Names,
  value: bigint | number,
): Names[number] {
  const name = names[Number(value)];
  if (name === undefined)
    throw new ProtocolError({ code: "ENUM_UNKNOWN", value: Number(value), names: names.join("|") });
  return name;
}
