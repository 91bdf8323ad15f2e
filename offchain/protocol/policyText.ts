import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";
import { parseAddress, parseCircuitId } from "./hex.ts";
import { parseTee } from "./parseTee.ts";
import type { Policy, Requirement } from "./policy.ts";
import { requireSignature, requireZk } from "./policy.ts";
import { TEE_FORM } from "./teeForm.ts";

/**
 * Reads a policy such as `zk:any+signature`: clauses joined by `+`, alternatives by `|`; `zk:any` takes a development
 * set-up, `zk:pinned=<circuit>` one circuit, `zk:attested=<address>` a set-up that this address has attested; `parseTee` has
 * the form of an enclave.
 *
 * @throws {ProtocolError} `POLICY_INVALID`, naming the part.
 */
export function parsePolicy(text: string, minStake = 0n): Policy {
  return parseClauses(text, minStake, parseRequirement);
}

/** Reads clauses joined by `+`, of alternatives joined by `|`, each of which `parse` reads. */
export function parseClauses(
  text: string,
  minStake: bigint,
  parse: (requirement: string) => Requirement,
): Policy {
  const allOf = text.split("+").map((clause) => ({ anyOf: clause.split("|").map(parse) }));
  return { allOf, minStake };
}

/**
 * Reads one alternative of a clause.
 *
 * @throws {ProtocolError} `POLICY_INVALID`.
 */
export function parseRequirement(text: string): Requirement {
  const tee = /^\s*tee:(.*?)\s*$/.exec(text)?.[1];
  if (tee !== undefined) return parseTee(tee);
  const [, kind, trust, pin] =
    /^\s*([a-z]+)(?::([a-z]+))?(?:=(0x[0-9a-fA-F]+))?\s*$/.exec(text) ?? [];
  if (kind === "signature" && trust === undefined) return requireSignature();
  if (kind === "zk") {
    if (trust === "any")
      return requireZk("any", pin === undefined ? undefined : parsePin(parseCircuitId, pin));
    if (trust === "pinned" && pin !== undefined)
      return requireZk("pinned", parsePin(parseCircuitId, pin));
    if (trust === "attested" && pin !== undefined)
      return requireZk("attested", parsePin(parseAddress, pin));
  }
  const forms = `signature, zk:any, zk:pinned=<circuit id>, zk:attested=<address>, ${TEE_FORM}`;
  throw new ProtocolError({
    code: "POLICY_INVALID",
    reason: `"${text}" is no evidence that this version knows; it takes ${forms}`,
  });
}

function parsePin<T extends Hex>(parse: (pin: string) => T, pin: string): T {
  try {
    return parse(pin);
  } catch (cause) {
    const reason = `"${pin}" pins nothing that exists: it has the wrong length`;
    throw new ProtocolError({ code: "POLICY_INVALID", reason }, { cause });
  }
}
