import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StepOptions } from "@vouch/prover";
import { z } from "zod";
import { ceremonyFactsSchema, ceremonyPaths } from "./ceremonyFacts.ts";
import { FIRST_STATE, writeCeremonyState } from "./ceremonyState.ts";
import { partsOf } from "./parts.ts";
import { receiptSchema } from "./receipt.ts";
import { download, openServer } from "./server.ts";

const transcriptSchema = z.object({
  facts: ceremonyFactsSchema,
  rounds: z.array(z.object({ receipt: receiptSchema })),
  ended: z.boolean(),
});

/**
 * Fetches what a coordinator publishes of a ceremony into a folder of its own, for `verifyCeremonyFolder`: receipts, circuits,
 * first and last keys, and development powers of tau. Nothing of it is believed here.
 *
 * @throws {CeremonyError} `SERVER_UNREADABLE`, `SERVER_REFUSED`, `SERVER_INCONSISTENT`.
 */
export async function fetchCeremony(
  url: string,
  folder: string,
  options: StepOptions = {},
): Promise<void> {
  const server = openServer(url, options.signal);
  const { facts, rounds, ended } = await server.ask(transcriptSchema, "GET", "/transcript");
  const paths = ceremonyPaths(folder);
  const last = rounds.length;
  await mkdir(join(folder, "circuits"), { recursive: true });
  for (const round of [0, last]) await mkdir(paths.round(round), { recursive: true });
  const fetchFile = async (path: string, to: string, sha256?: string): Promise<void> => {
    const onFraction = (fraction: number): void => options.onProgress?.(`fetch ${path}`, fraction);
    await download(server.url(path), to, sha256, onFraction, options);
  };
  for (const index of facts.circuits.keys())
    await fetchFile(`/circuits/${index}/r1cs`, paths.r1cs(index));
  for (const { index, initial } of partsOf(facts)) {
    await fetchFile(`/keys/0/${index}`, paths.key(0, index), initial);
    const key = rounds.at(-1)?.receipt.circuits[index]?.key;
    if (last > 0) await fetchFile(`/keys/${last}/${index}`, paths.key(last, index), key);
  }
  if (facts.powers.origin === "development") await fetchFile("/powers", paths.powers);
  await writeFile(paths.facts, JSON.stringify(facts));
  const receipts = rounds.map(({ receipt }) => receipt);
  await writeCeremonyState(paths.state, { ...FIRST_STATE, rounds: receipts, ended });
}
