import { printable } from "@vouch/ceremony";
import type { VerifiedFolder } from "@vouch/ceremony";
import type { BeaconValue } from "@vouch/prover";
import type { OnChain } from "./compareCeremony.ts";
import { printTables } from "./printTables.ts";

/** Returns what verified of each circuit of a ceremony, as lines. */
export function printCeremony(
  verified: VerifiedFolder,
  onChain: readonly OnChain[] | undefined,
): readonly string[] {
  const facts =
    verified.system === "groth16"
      ? verified.circuits.map(({ document }) => ({
          files: [
            ["r1cs", document.r1cs],
            ["key", `sha256 ${document.key}`],
          ],
          rows: document.contributions.map(
            ({ name, hash, beacon }) => [name, beacon, hash] as const,
          ),
        }))
      : verified.circuits.map(({ document: { inference, weights, link, contributions } }) => ({
          files: [
            ["r1cs", inference.r1cs],
            ["key", `sha256 ${inference.key}`],
            ...(weights === null ? [] : [["weights r1cs", weights.r1cs], ["weights key", `sha256 ${weights.key}`]]), // prettier-ignore
            ...(link === null ? [] : [["link", `sha256 ${link}`]]),
          ],
          rows: contributions.map((it) => {
            const hashes = [it.inference, it.weights, it.link].filter((hash) => hash !== null);
            return [it.name, it.beacon, hashes.join(" ")] as const;
          }),
        }));
  return facts.flatMap(({ files, rows }, index) => {
    const { document, secrets, transcripts } = verified.circuits[index] ?? {};
    const lines = [
      ...files,
      [
        "powers of tau",
        `${document?.powers.origin ?? ""}, blake2b ${document?.powers.blake2b ?? ""}`,
      ],
      ["transcript", transcripts?.current ?? ""],
      ...chainLines(onChain?.[index]),
    ].map(([name = "", text = ""]) => `  ${name.padEnd(13)} ${text}`);
    const title = `${secrets ?? 0} contributions with a secret; one that forgot it is enough`;
    const body = rows.map(([name, beacon, hash], at) => [String(at + 1), printable(name), kindOf(beacon), hash]); // prettier-ignore
    const table = printTables([{ title, rows: [["", "name", "what", "hash"], ...body] }]);
    return [`\nCircuit ${index + 1}`, ...lines, table];
  });
}

function kindOf(beacon: BeaconValue | undefined): string {
  return beacon === undefined ? "secret" : `beacon ${beacon.hash}, 2^${beacon.iterationsExponent}`;
}

function chainLines(onChain: OnChain | undefined): readonly (readonly string[])[] {
  if (onChain === undefined) return [];
  const say = (isSame: boolean): string => (isSame ? "the same" : "DIFFERS");
  return [
    ["key on-chain", say(onChain.key)],
    ["transcript", `${say(onChain.transcript)} on-chain`],
  ];
}
