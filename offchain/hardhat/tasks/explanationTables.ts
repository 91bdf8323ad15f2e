import type {
  CertificateFacts,
  CheckResult,
  EnclaveReport,
  QuoteExplanation,
  TcbVerdict,
} from "@vouch/attestation";
import { commonName } from "@vouch/attestation";
import { hexlify } from "ethers";
import { isoOf } from "./isoOf.ts";
import type { Table } from "./printTables.ts";

type Rows = readonly (readonly string[])[];

/** A quote's explanation as tables: every field, its chain, what it amounts to, and what was demanded of it. */
export function explanationTables(explained: QuoteExplanation): readonly Table[] {
  const { header, body, qeReport, authentication, certificates, measurements, tcb } = explained;
  return [
    { title: "Header", rows: fields(header) },
    { title: `Body, ${body.type}`, rows: body.type === "SGX" ? report(body) : fields(body) },
    { title: "Report of the quoting enclave", rows: report(qeReport) },
    {
      title: "Authentication data, and bytes behind it",
      rows: [...fields(authentication), ["trailing, unsigned", `${explained.trailing} bytes`]],
    },
    ...certificates.map(certificateTable),
    ...platformTable(explained),
    {
      title: "Measurements, as EnclaveRegistry hashes them",
      rows: measurements.map(({ kind, real, simulated }) => [
        kind,
        explained.simulated ? simulated : real,
        explained.simulated ? "simulated" : "",
      ]),
    },
    ...(tcb === undefined ? [] : [{ title: "TCB levels", rows: tcbRows(tcb) }]),
    { title: "Checks", rows: explained.checks.map(checkRow) },
  ];
}

/** Members of one level, each by its name; bytes in hexadecimal. */
function fields(of: object): Rows {
  return Object.entries(of)
    .filter(([name, value]) => name !== "type" && value !== undefined)
    .flatMap(([name, value]): Rows =>
      Array.isArray(value)
        ? value.map((it, index) => [`${name}[${index}]`, textOf(it)])
        : [[name, textOf(value)]],
    );
}

function report({ isPlain, ...named }: EnclaveReport): Rows {
  const shown = fields(named);
  return isPlain ? shown : [...shown, ["reserved bytes", "are not zero"]];
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? hexlify(value) : String(value);
}

function certificateTable(facts: CertificateFacts, index: number): Table {
  const { subject, issuer, serial, validFrom, validTo, revoked } = facts;
  return {
    title: `Certificate ${index}, ${commonName(subject)}`,
    rows: [
      ["issuer", commonName(issuer)],
      ["serial", serial],
      ["valid", `${isoOf(validFrom)} to ${isoOf(validTo)}`],
      ["revoked", typeof revoked === "number" ? `since ${isoOf(revoked)}` : revoked],
    ],
  };
}

function platformTable({ platform }: QuoteExplanation): readonly Table[] {
  if (platform === undefined) return [];
  const { fmspc, pceId, pceSvn, components } = platform;
  const rows = [
    ["FMSPC", `0x${fmspc}`],
    ["PCEID", `0x${pceId}`],
    ["PCESVN", String(pceSvn)],
    ["components", components.join(" ")],
  ];
  return [{ title: "Platform, as its certificate says", rows }];
}

function tcbRows({ platform, module, quotingEnclave, status, advisories }: TcbVerdict): Rows {
  const list = (names: readonly string[]): string => names.join(" ");
  return [
    ["platform", platform.status, list(platform.advisories)],
    ...(module === undefined ? [] : [["TDX module", module.status, list(module.advisories)]]),
    ["quoting enclave", quotingEnclave.status, list(quotingEnclave.advisories)],
    ["together", status, list(advisories)],
  ];
}

function checkRow(check: CheckResult): readonly string[] {
  return [check.name, check.outcome, check.outcome === "passed" ? "" : check.reason];
}
