import { Buffer } from "node:buffer";
import { bufferOf, extension, makeCertificate, makeRevocationList } from "./certificates.ts";
import type { Issuer } from "./certificates.ts";
import { sign, simulatedKey } from "./keys.ts";
import type { SimulatedKey } from "./keys.ts";
import { SGX_EXTENSION, pckExtensionOf } from "./pckExtension.ts";
import type { PlatformTcb } from "./pckExtension.ts";
import type { SignedText } from "../collateral.ts";

const ROOT: Issuer = { commonName: "Simulated SGX Root CA", key: simulatedKey("root") };
const PLATFORM_CA: Issuer = {
  commonName: "Intel SGX PCK Platform CA",
  key: simulatedKey("platform-ca"),
};
const TCB_SIGNING: Issuer = {
  commonName: "Intel SGX TCB Signing",
  key: simulatedKey("tcb-signing"),
};
const SERIALS = { root: 1n, platformCa: 2n, tcbSigning: 3n };
const YEAR = 365 * 24 * 3600 * 1000;

/** A certificate and the key that it is for. */
export type Certified = { readonly certificate: Uint8Array; readonly key: SimulatedKey };

/** A level of TCB info: what a platform has to have, and what is said of it. */
export type PlatformLevel = {
  readonly sgx: readonly number[];
  readonly pceSvn: number;
  readonly tdx?: readonly number[];
  readonly status: string;
  readonly advisories?: readonly string[];
};

/** A level of a quoting enclave or of a TDX module. */
export type IsvLevel = {
  readonly isvSvn: number;
  readonly status: string;
  readonly advisories?: readonly string[];
};

/** When something begins and when it is to be replaced. */
export type Period = { readonly from: Date; readonly to: Date };

/** Returns the certificate of the simulated root, which it signed itself. */
export function simulatedRoot(): Certified {
  return certified(ROOT, ROOT, SERIALS.root, true);
}

/** Returns the authority that certifies simulated platforms. */
export function simulatedPlatformCa(): Certified {
  return certified(PLATFORM_CA, ROOT, SERIALS.platformCa, true);
}

/** Returns the authority that signs simulated TCB info and identities. */
export function simulatedTcbSigning(): Certified {
  return certified(TCB_SIGNING, ROOT, SERIALS.tcbSigning, false);
}

/** Returns the list of what an authority revoked. */
export function simulatedRevocations(
  issuer: "root" | "platformCa",
  period: Period,
  number = 1,
  revoked: readonly { readonly serial: bigint; readonly date: Date }[] = [],
): Uint8Array {
  return makeRevocationList({
    issuer: issuer === "root" ? ROOT : PLATFORM_CA,
    number,
    thisUpdate: period.from,
    nextUpdate: period.to,
    revoked,
  });
}

/** A platform with a PCK certificate. Its name tells its key and its serial number from others'. */
export function simulatedPlatform(name: string, serial: bigint, tcb: PlatformTcb): Certified {
  const key = simulatedKey(`platform.${name}`);
  const certificate = makeCertificate({
    commonName: "Intel SGX PCK Certificate",
    publicKey: key.publicKey,
    issuer: PLATFORM_CA,
    serial,
    notBefore: new Date("2024-01-01T00:00:00Z"),
    notAfter: new Date("2049-01-01T00:00:00Z"),
    isAuthority: false,
    extensions: [extension(SGX_EXTENSION, bufferOf(pckExtensionOf(tcb)), false)],
  });
  return { certificate, key };
}

export type TcbInfoOptions = {
  readonly period: Period;
  readonly tee: "SGX" | "TDX";
  readonly fmspc: string;
  readonly evaluation: number;
  readonly levels: readonly PlatformLevel[];
  readonly modules?: readonly { readonly version: number; readonly levels: readonly IsvLevel[] }[];
};

/** Returns TCB info, version 3, in the form and the order of Intel's. */
export function simulatedTcbInfo(options: TcbInfoOptions): SignedText {
  const tdx = options.tee === "TDX";
  const module = {
    mrsigner: "00".repeat(48),
    attributes: "00".repeat(8),
    attributesMask: "FF".repeat(8),
  };
  const components = (svns: readonly number[]): object[] => svns.map((svn) => ({ svn }));
  return signedText({
    id: options.tee,
    version: 3,
    issueDate: iso(options.period.from),
    nextUpdate: iso(options.period.to),
    fmspc: options.fmspc.toUpperCase(),
    pceId: "0000",
    tcbType: 0,
    tcbEvaluationDataNumber: options.evaluation,
    ...(tdx
      ? {
          tdxModule: module,
          tdxModuleIdentities: (options.modules ?? []).map(({ version, levels }) => ({
            id: `TDX_${version.toString(16).padStart(2, "0").toUpperCase()}`,
            ...module,
            tcbLevels: levels.map(isvLevel),
          })),
        }
      : {}),
    tcbLevels: options.levels.map((level) => ({
      tcb: {
        sgxtcbcomponents: components(level.sgx),
        pcesvn: level.pceSvn,
        ...(tdx ? { tdxtcbcomponents: components(level.tdx ?? []) } : {}),
      },
      tcbDate: iso(options.period.from),
      tcbStatus: level.status,
      ...(level.advisories === undefined ? {} : { advisoryIDs: level.advisories }),
    })),
  });
}

/** MRSIGNER of the simulated quoting enclave. */
export const SIMULATED_QE_SIGNER: Uint8Array = new Uint8Array(32).fill(0x51);

/** Returns the identity of the quoting enclave, version 2, in the form and the order of Intel's. */
export function simulatedQeIdentity(
  tee: "SGX" | "TDX",
  evaluation: number,
  period: Period,
  levels: readonly IsvLevel[],
): SignedText {
  return signedText({
    id: tee === "TDX" ? "TD_QE" : "QE",
    version: 2,
    issueDate: iso(period.from),
    nextUpdate: iso(period.to),
    tcbEvaluationDataNumber: evaluation,
    miscselect: "00000000",
    miscselectMask: "FFFFFFFF",
    attributes: "11000000000000000000000000000000",
    attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
    mrsigner: Buffer.from(SIMULATED_QE_SIGNER).toString("hex").toUpperCase(),
    isvprodid: tee === "TDX" ? 2 : 1,
    tcbLevels: levels.map(isvLevel),
  });
}

function isvLevel(level: IsvLevel): object {
  return {
    tcb: { isvsvn: level.isvSvn },
    tcbDate: "2024-03-13T00:00:00Z",
    tcbStatus: level.status,
    ...(level.advisories === undefined ? {} : { advisoryIDs: level.advisories }),
  };
}

function signedText(content: object): SignedText {
  const text = JSON.stringify(content);
  return { text, signature: sign(TCB_SIGNING.key, Buffer.from(text)) };
}

function certified(
  subject: Issuer,
  issuer: Issuer,
  serial: bigint,
  isAuthority: boolean,
): Certified {
  const certificate = makeCertificate({
    commonName: subject.commonName,
    publicKey: subject.key.publicKey,
    issuer,
    serial,
    notBefore: new Date("2024-01-01T00:00:00Z"),
    notAfter: new Date(Date.UTC(2024, 0, 1) + 25 * YEAR),
    isAuthority,
  });
  return { certificate, key: subject.key };
}

/** `YYYY-MM-DDThh:mm:ssZ`: Intel writes no fractions. */
function iso(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
