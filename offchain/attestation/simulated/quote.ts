import { Buffer } from "node:buffer";
import { sha256 } from "ethers";
import { pemOf } from "../collateral.ts";
import { sign, simulatedKey } from "./keys.ts";
import { SIMULATED_QE_SIGNER, simulatedPlatformCa, simulatedRoot } from "./vendor.ts";
import type { Certified } from "./vendor.ts";

const INTEL_QE_VENDOR = "939a7233f79c4ca9940a0db3957f0607";
const TD10_BYTES = 584;
const TD15_BYTES = 648;
const REPORT_BYTES = 384;
/** SEPT_VE_DISABLE: bit 28. */
const TD_ATTRIBUTES = "0000001000000000";
const XFAM = "e702060000000000";
/** INIT and MODE64BIT. */
const SGX_ATTRIBUTES = "0500000000000000e700000000000000";

export type SimulatedTd = {
  readonly version: 4 | 5;
  /** Security versions of the TDX module: its own, its version, and what the platform's levels judge. */
  readonly teeTcbSvn: readonly number[];
  readonly attributes?: string;
  readonly mrTd?: Uint8Array;
  readonly mrConfigId?: Uint8Array;
  readonly rtmrs?: readonly Uint8Array[];
};

export type SimulatedEnclave = {
  readonly attributes?: string;
  readonly mrEnclave?: Uint8Array;
  readonly mrSigner?: Uint8Array;
  readonly productId?: number;
  readonly isvSvn?: number;
};

export type SimulatedQuoteOptions = {
  readonly platform: Certified;
  /** 64 bytes that the enclave chose. */
  readonly reportData: Uint8Array;
  /** Version of the quoting enclave. */
  readonly qeSvn: number;
  readonly td?: SimulatedTd;
  readonly enclave?: SimulatedEnclave;
  /** Tells the attestation key of one quoting enclave from others'. */
  readonly quotingEnclave?: string;
};

/** Returns a quote in the real format, of a TD where `td` is given and of an SGX enclave otherwise. */
export function simulateQuote(options: SimulatedQuoteOptions): Uint8Array {
  const { td } = options;
  const version = td?.version ?? 3;
  const signedPart = Buffer.concat([
    header(version, td !== undefined),
    ...(version === 5 ? [bodyDescriptor()] : []),
    td === undefined ? enclaveBody(options) : tdBody(td, options.reportData),
  ]);
  const attestation = simulatedKey(`attestation.${options.quotingEnclave ?? "first"}`);
  const authData = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
  const qeReport = quotingEnclaveReport(options, attestation.publicKey, authData);
  const chain = Buffer.from(
    [options.platform, simulatedPlatformCa(), simulatedRoot()]
      .map(({ certificate }) => pemOf(certificate))
      .join(""),
  );
  const certification = Buffer.concat([
    qeReport,
    sign(options.platform.key, qeReport),
    uint16(authData.length),
    authData,
    certificationData(5, chain),
  ]);
  const signature = Buffer.concat([
    sign(attestation, signedPart),
    attestation.publicKey,
    version === 3 ? certification : certificationData(6, certification),
  ]);
  return Buffer.concat([signedPart, uint32(signature.length), signature]);
}

function header(version: number, tdx: boolean): Buffer {
  return Buffer.concat([
    uint16(version),
    uint16(2),
    uint32(tdx ? 0x81 : 0),
    Buffer.alloc(4),
    Buffer.from(INTEL_QE_VENDOR, "hex"),
    Buffer.alloc(20),
  ]);
}

/** Of a TD 1.5: the only body that the simulation puts into version 5. */
function bodyDescriptor(): Buffer {
  return Buffer.concat([uint16(3), uint32(TD15_BYTES)]);
}

function tdBody(td: SimulatedTd, reportData: Uint8Array): Buffer {
  const body = Buffer.alloc(td.version === 5 ? TD15_BYTES : TD10_BYTES);
  body.set(td.teeTcbSvn, 0);
  body.set(Buffer.from(td.attributes ?? TD_ATTRIBUTES, "hex"), 120);
  body.set(Buffer.from(XFAM, "hex"), 128);
  body.set(td.mrTd ?? new Uint8Array(48).fill(0x7d), 136);
  if (td.mrConfigId !== undefined) body.set(td.mrConfigId, 184);
  td.rtmrs?.forEach((rtmr, index) => {
    body.set(rtmr, 328 + 48 * index);
  });
  body.set(reportData, 520);
  return body;
}

function enclaveBody(options: SimulatedQuoteOptions): Buffer {
  const enclave = options.enclave ?? {};
  return report({
    attributes: enclave.attributes ?? SGX_ATTRIBUTES,
    mrEnclave: enclave.mrEnclave ?? new Uint8Array(32).fill(0xe1),
    mrSigner: enclave.mrSigner ?? new Uint8Array(32).fill(0x51),
    productId: enclave.productId ?? 1,
    isvSvn: enclave.isvSvn ?? 1,
    reportData: options.reportData,
  });
}

function quotingEnclaveReport(
  options: SimulatedQuoteOptions,
  attestationKey: Uint8Array,
  authData: Uint8Array,
): Buffer {
  const binding = Buffer.from(sha256(Buffer.concat([attestationKey, authData])).slice(2), "hex");
  return report({
    attributes: "1100000000000000e700000000000000",
    mrEnclave: new Uint8Array(32).fill(0x9e),
    mrSigner: SIMULATED_QE_SIGNER,
    productId: options.td === undefined ? 1 : 2,
    isvSvn: options.qeSvn,
    reportData: Buffer.concat([binding, Buffer.alloc(32)]),
  });
}

type ReportFields = {
  readonly attributes: string;
  readonly mrEnclave: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly productId: number;
  readonly isvSvn: number;
  readonly reportData: Uint8Array;
};

function report(fields: ReportFields): Buffer {
  const body = Buffer.alloc(REPORT_BYTES);
  body.set(Buffer.from(fields.attributes, "hex"), 48);
  body.set(fields.mrEnclave, 64);
  body.set(fields.mrSigner, 128);
  body.writeUInt16LE(fields.productId, 256);
  body.writeUInt16LE(fields.isvSvn, 258);
  body.set(fields.reportData, 320);
  return body;
}

function certificationData(type: number, content: Uint8Array): Buffer {
  return Buffer.concat([uint16(type), uint32(content.length), content]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
