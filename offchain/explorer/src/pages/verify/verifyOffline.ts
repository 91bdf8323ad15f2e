import type { Assurance, Receipt } from "@vouch/protocol";
import { ProtocolError, verifyReceipt } from "@vouch/protocol";
import { explainFailure } from "./explainFailure.ts";
import { readReceiptFile } from "./readReceiptFile.ts";
import { receiptContents } from "./receiptContents.ts";
import type { Finding, Verdict } from "./verdict.ts";

/** A verdict by the receipt alone, and the receipt where its form is one. */
export type OfflineVerdict = {
  readonly verdict: Verdict;
  readonly file: ReturnType<typeof readReceiptFile> | undefined;
};

/** Verifies a receipt's text by mathematics alone: no endpoint is asked, and nothing leaves the browser. */
export function verifyOffline(text: string): OfflineVerdict {
  let file: OfflineVerdict["file"];
  try {
    file = readReceiptFile(text);
    const started = performance.now();
    const { receipt, inclusion } = file;
    const verified = verifyReceipt(receipt, inclusion === undefined ? {} : { inclusion });
    const took = performance.now() - started;
    const weaknesses = offlineWeaknesses(receipt);
    return {
      file,
      verdict: {
        status: weaknesses.length === 0 ? "valid" : "weak",
        weaknesses,
        findings: verified.checks.map(({ name, detail }): Finding => ({
          name: NAMES[name] ?? name,
          outcome: "holds",
          words: detail,
        })),
        notChecked: verified.notChecked,
        assurance: verified.assurance,
        contents: receiptContents(receipt),
        chain: { status: "notAsked" },
        took,
      },
    };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return {
      file,
      verdict: {
        status: "invalid",
        code: error.code,
        detail: error.message,
        ...explainFailure(error.code),
        contents: file === undefined ? null : receiptContents(file.receipt),
      },
    };
  }
}

const NAMES: Readonly<Record<string, string>> = {
  release: "Release",
  circuit: "Circuit",
  words: "Input and output",
  transcript: "Transcript",
  signature: "Signature",
  tee: "Enclave's signature",
  zk: "Proof",
  batch: "Inclusion in the batch",
};

/** What the receipt itself gives away. An enclave counts as simulated until a chain says otherwise. */
function offlineWeaknesses({ circuit, evidence, transcript, execution }: Receipt): string[] {
  const kinds = evidence.map(({ kind }) => kind);
  return [
    ...(kinds.includes("zk") && circuit?.setup === "development" ? [DEVELOPMENT_SETUP] : []),
    ...(kinds.includes("tee")
      ? [
          "Enclave not shown to be one: by the receipt alone, anybody may hold the key that signed. Check it against a chain; until then it counts as simulated.",
        ]
      : []),
    ...((transcript?.execution ?? execution)?.proves === "routing" ? [ROUTED] : []),
  ];
}

const DEVELOPMENT_SETUP =
  "Development set-up: one party made the circuit's keys, and can forge a proof of any answer. For development only.";
const ROUTED =
  "Routed model: the operator passed the request on to another server. Nothing ties the answer to any weights.";

/** Returns in words what makes the evidence worth less, as a chain judges it. */
export function weaknessesOf(assurance: Assurance): readonly string[] {
  return [
    ...(assurance.developmentSetup ? [DEVELOPMENT_SETUP] : []),
    ...(assurance.simulatedEnclave
      ? ["Simulated enclave: there is none. A program signed in its place, which proves nothing."]
      : []),
    ...(assurance.vouchedEnclave && !assurance.simulatedEnclave
      ? ["Vouched enclave: registrars say that it is one; no contract verified its attestation."]
      : []),
    ...(assurance.externalVerifier
      ? ["A contract outside this protocol verified the proof: who may change it decides."]
      : []),
  ];
}

/** Weaknesses that no chain can take away. */
export function lastingWeaknesses(receipt: Receipt): readonly string[] {
  return offlineWeaknesses(receipt).filter((it) => it === ROUTED || it === DEVELOPMENT_SETUP);
}
