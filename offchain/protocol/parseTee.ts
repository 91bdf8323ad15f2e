import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";
import type { EnclaveDemands, Requirement, TcbStatus } from "./policy.ts";
import { requireTee, TCB_STATUSES } from "./policy.ts";
import { TEE_FORM } from "./teeForm.ts";

type LeastStatus = Exclude<TcbStatus, "Revoked">;

const LEAST = TCB_STATUSES.filter((it): it is LeastStatus => it !== "Revoked");

/**
 * Reads a requirement such as `tee:SWHardeningNeeded,without=INTEL-SA-00289/INTEL-SA-00334,simulated`: the least status of the
 * platform, in any case, then in any order what else is demanded or allowed.
 *
 * @param text what stands behind `tee:`.
 * @throws {ProtocolError} `POLICY_INVALID`, naming the part.
 */
export function parseTee(text: string): Requirement {
  const [least = "", ...parts] = text.split(",").map((part) => part.trim());
  const minTcb = LEAST.find((it) => it.toLowerCase() === least.toLowerCase());
  if (minTcb === undefined) {
    throw invalid(`"${least}" is no TCB status that can be demanded; it takes ${LEAST.join(", ")}`);
  }
  const names = parts.map((part) => part.split("=")[0]);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`"tee:${text}" says ${twice} twice`);
  const demands = parts.reduce<EnclaveDemands>((so, part) => ({ ...so, ...demandOf(part) }), {});
  try {
    return requireTee(minTcb, demands);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw invalid(
      `"tee:${text}" refuses more than three advisories, what is none, or any of an enclave that is vouched for`,
      cause,
    );
  }
}

function demandOf(part: string): EnclaveDemands {
  if (part === "simulated") return { simulated: true };
  if (part === "vouched") return { vouched: true };
  const [name, value = ""] = part.split("=", 2);
  if (name === "measurement" && /^0x[0-9a-f]{64}$/i.test(value))
    return { measurement: value.toLowerCase() as Hex };
  if (name === "without") return { without: value.split("/").map(advisoryOf) };
  throw invalid(`"${part}" is nothing that a tee clause takes; it is written ${TEE_FORM}`);
}

function advisoryOf(text: string): number {
  const number = /^(?:INTEL-SA-)?(\d{1,5})$/i.exec(text)?.[1];
  if (number === undefined) throw invalid(`"${text}" is no advisory such as INTEL-SA-00289`);
  return Number(number);
}

function invalid(reason: string, cause?: unknown): ProtocolError {
  return new ProtocolError({ code: "POLICY_INVALID", reason }, { cause });
}
