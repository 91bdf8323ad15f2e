import { Buffer } from "node:buffer";
import type { TcbStatus } from "@vouch/protocol";
import { AttestationError } from "./errors.ts";
import type { PckPlatform } from "./pckPlatform.ts";
import type { QeIdentity } from "./qeIdentity.ts";
import type { IsvLevel } from "./signedDocument.ts";
import type { PlatformLevel, TcbInfo, TdxModuleIdentity } from "./tcbInfo.ts";

/** What a TD says of the TDX module that it runs under. */
export type TdxModule = {
  /** Its own version first, then which module it is, then what the platform's levels judge. */
  readonly teeTcbSvn: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
};

/** What the status of an enclave follows from. */
export type TcbFacts = {
  readonly platform: PckPlatform;
  /** Version of the quoting enclave. */
  readonly qeSvn: number;
  /** Of a TD; undefined of an SGX enclave. */
  readonly module: TdxModule | undefined;
};

/** The levels that platform, TDX module and quoting enclave reach, and what they amount to together. */
export type TcbVerdict = {
  readonly platform: PlatformLevel;
  /** Undefined of SGX, and of the first module, which the platform's level judges. */
  readonly module: IsvLevel | undefined;
  readonly quotingEnclave: IsvLevel;
  readonly status: TcbStatus;
  /** `INTEL-SA-…` of all three, in order, each once. */
  readonly advisories: readonly string[];
};

/** Of a module or quoting enclave that is older than all that the vendor names. */
const NO_LEVEL: IsvLevel = { isvSvn: 0, status: "Revoked", advisories: [] };

/**
 * Says how a platform, its TDX module and its quoting enclave stand, as `TcbInfo`, `TcbLevels` and `QeIdentity` do
 * on-chain.
 *
 * @throws {AttestationError} `QUOTE_REFUSED` by `TCB level` where no level is reached or the module is unknown.
 */
export function judgeTcb(
  { platform, qeSvn, module }: TcbFacts,
  tcbInfo: TcbInfo,
  qeIdentity: QeIdentity,
): TcbVerdict {
  const identity = module && moduleOf(tcbInfo, module);
  const [moduleSvn = 0, version = 0] = module?.teeTcbSvn ?? [];
  const level = levelOf(tcbInfo, platform, module);
  const moduleLevel =
    version === 0 || !identity ? undefined : isvLevelOf(identity.levels, moduleSvn);
  const quotingEnclave = isvLevelOf(qeIdentity.levels, qeSvn);
  const parts = [moduleLevel ?? [], quotingEnclave].flat();
  return {
    platform: level,
    module: moduleLevel,
    quotingEnclave,
    status: parts.reduce((status, part) => joinTcbStatus(status, part.status), level.status),
    advisories: [...new Set([level, ...parts].flatMap((it) => it.advisories))].sort(),
  };
}

/**
 * Returns what a platform's status becomes beside that of its quoting enclave or its TDX module: one out of date
 * takes the platform with it, one that is revoked revokes it, other statuses of a part change nothing.
 *
 * Intel DCAP quote verification library, `convergeTcbStatusWithQeTcbStatus` and `...TdxModuleStatus`.
 */
function joinTcbStatus(status: TcbStatus, part: TcbStatus): TcbStatus {
  if (status === "Revoked" || part === "Revoked") return "Revoked";
  if (part !== "OutOfDate") return status;
  switch (status) {
    case "UpToDate":
    case "SWHardeningNeeded":
      return "OutOfDate";
    case "ConfigurationNeeded":
    case "ConfigurationAndSWHardeningNeeded":
      return "OutOfDateConfigurationNeeded";
    default:
      return status;
  }
}

function levelOf(
  { levels }: TcbInfo,
  { components, pceSvn }: PckPlatform,
  module: TdxModule | undefined,
): PlatformLevel {
  // The versions of a module that has an identity are judged by that, not by the platform's first two components.
  const hasIdentity = (module?.teeTcbSvn[1] ?? 0) > 0;
  const reaches = (have: Iterable<number>, need: readonly number[], from = 0): boolean =>
    [...have].every((svn, index) => index < from || svn >= (need[index] ?? 0));
  const level = levels.find(
    ({ sgx, tdx, pceSvn: least }) =>
      reaches(components, sgx) &&
      pceSvn >= least &&
      (module === undefined || reaches(module.teeTcbSvn, tdx ?? [], hasIdentity ? 2 : 0)),
  );
  if (level === undefined) {
    throw refused("the platform reaches no TCB level that the vendor names");
  }
  return level;
}

function isvLevelOf(levels: readonly IsvLevel[], isvSvn: number): IsvLevel {
  return levels.find((level) => isvSvn >= level.isvSvn) ?? NO_LEVEL;
}

function moduleOf({ modules }: TcbInfo, module: TdxModule): TdxModuleIdentity {
  const version = module.teeTcbSvn[1] ?? 0;
  const found = modules.find(
    (it) =>
      it.version === version &&
      Buffer.compare(it.mrSigner, module.mrSignerSeam) === 0 &&
      matchesUnderMask(module.seamAttributes, it.attributes, it.attributesMask),
  );
  if (found === undefined) {
    throw refused(
      `the vendor knows no TDX module of version ${version} with this signer and attributes`,
    );
  }
  return found;
}

/** Returns whether bytes under a mask are those that are expected. */
export function matchesUnderMask(
  bytes: Uint8Array,
  expected: Uint8Array,
  mask: Uint8Array,
): boolean {
  return expected.every((byte, index) => ((bytes[index] ?? 0) & (mask[index] ?? 0)) === byte);
}

function refused(reason: string): AttestationError {
  return new AttestationError({ code: "QUOTE_REFUSED", check: "TCB level", reason });
}
