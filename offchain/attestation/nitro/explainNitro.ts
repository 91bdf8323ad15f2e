import { X509Certificate } from "node:crypto";
import { hexlify } from "ethers";
import { AttestationError } from "../errors.ts";
import { type NitroDocument, readNitro } from "./readNitro.ts";
import { REGISTER_ROLES, isZero, registersHash } from "./registers.ts";
import { fingerprintOf } from "./verifyChain.ts";
import { NITRO_CHECKS, type NitroCheck, type NitroOptions, judgeNitro } from "./verifyNitro.ts";

/** One line of what is shown. */
export type ExplainedRow = { readonly name: string; readonly value: string };

/** A document in words, for whoever reads it. */
export type NitroExplanation = {
  readonly kind: "nitro";
  /** Every field; empty where the document cannot be taken apart. */
  readonly sections: readonly { readonly title: string; readonly rows: readonly ExplainedRow[] }[];
  /** In the order in which they were made; none behind the first that failed is tried. */
  readonly checks: readonly {
    readonly name: NitroCheck;
    readonly outcome: "passed" | "failed" | "notTried";
    /** Why it failed. */
    readonly reason?: string;
  }[];
  readonly verdict: string;
};

/** Shows every field of a document and every check, with the first reason for which it is refused. */
export function explainNitro(document: Uint8Array, options: NitroOptions): NitroExplanation {
  const passed: NitroCheck[] = [];
  const refusal = refusalOf(document, options, passed);
  return {
    kind: "nitro",
    sections: passed.includes("encoding") ? sectionsOf(document, readNitro(document)) : [],
    checks: NITRO_CHECKS.map((name, index) => {
      if (index < passed.length) return { name, outcome: "passed" };
      if (refusal === undefined || index > passed.length) return { name, outcome: "notTried" };
      return { name, outcome: "failed", reason: refusal.message };
    }),
    verdict: refusal === undefined ? acceptedBy(options) : `refused: ${refusal.message}`,
  };
}

function refusalOf(
  document: Uint8Array,
  options: NitroOptions,
  passed: NitroCheck[],
): AttestationError | undefined {
  try {
    judgeNitro(document, options, (check) => passed.push(check));
    return undefined;
  } catch (error) {
    if (error instanceof AttestationError) return error;
    throw error;
  }
}

function acceptedBy({ root }: NitroOptions): string {
  const below = root === undefined ? "AWS's root" : "another root than AWS's";
  return `holds, below ${below}: no contract verifies it, registrars vouch for it`;
}

function sectionsOf(bytes: Uint8Array, document: NitroDocument): NitroExplanation["sections"] {
  return [
    {
      title: "Document",
      rows: [
        { name: "bytes", value: String(bytes.length) },
        { name: "module", value: document.moduleId },
        { name: "made at", value: new Date(document.timestamp).toISOString() },
        { name: "registers hash", value: registersHash(document.pcrs) },
      ],
    },
    { title: "Registers", rows: registerRows(document.pcrs) },
    {
      title: "Chosen by the enclave",
      rows: [
        { name: "public key", value: chosen(document.publicKey) },
        { name: "user data", value: chosen(document.userData) },
        { name: "nonce", value: chosen(document.nonce) },
      ],
    },
    {
      title: "Certificates, the root first",
      rows: document.chain.map((der, index) => ({
        name: String(index),
        value: certificateLine(der),
      })),
    },
  ];
}

function registerRows(pcrs: NitroDocument["pcrs"]): ExplainedRow[] {
  return [...pcrs]
    .sort(([a], [b]) => a - b)
    .map(([index, value]) => {
      const role = REGISTER_ROLES.get(index);
      return {
        name: `PCR${String(index)}${role === undefined ? "" : `, ${role}`}`,
        value: isZero(value) ? "zeros" : hexlify(value),
      };
    });
}

function chosen(value: Uint8Array | undefined): string {
  return value === undefined ? "none" : hexlify(value);
}

function certificateLine(der: Uint8Array): string {
  const fingerprint = fingerprintOf(der);
  try {
    const { subject, validFrom, validTo } = new X509Certificate(der);
    const name = subject.split("\n").join(", ");
    return `${name}; from ${validFrom} to ${validTo}; SHA-256 ${fingerprint}`;
  } catch {
    return `cannot be read; SHA-256 ${fingerprint}`; // the check of the chain says so, and why
  }
}
