import { ceremonyPaths } from "@vouch/ceremony";
import type { CommittedFiles, VerifiedFolder } from "@vouch/ceremony";
import type { CommittedKey, LinkKey, ReleaseCircuit, SingleCircuit } from "@vouch/protocol";
import { everyCircuitOf } from "@vouch/protocol";
import {
  linkKeyOf,
  publicTranscripts,
  readCommittedVerifyingKey,
  readLinkFile,
  readVerifyingKey,
} from "@vouch/prover";
import { TaskError } from "./taskError.ts";

/** What the chain has of a ceremony's circuit: whether keys (and link) and transcript are those that were verified. */
export type OnChain = { readonly key: boolean; readonly transcript: boolean };

/**
 * Compares a verified ceremony with a registered circuit, or with each of its segments, or of its batches behind it.
 *
 * @param round the last
 * @throws {TaskError} `ARGUMENT_INVALID` where the circuit has another number of parts.
 */
export async function compareCeremony(
  folder: string,
  round: number,
  verified: VerifiedFolder,
  registered: ReleaseCircuit,
): Promise<readonly OnChain[]> {
  const circuits = everyCircuitOf(registered);
  if (circuits.length !== verified.circuits.length) {
    const message = `The registered circuit has ${circuits.length} parts, the ceremony ${verified.circuits.length}.`;
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  const path = (index: number): string => ceremonyPaths(folder).key(round, index);
  const results: OnChain[] = [];
  for (const [index, circuit] of circuits.entries()) {
    const { transcripts, document } = verified.circuits[index] ?? {};
    const known: readonly string[] = [
      ...Object.values(transcripts ?? {}),
      ...(document === undefined ? [] : publicTranscripts(document)),
    ];
    const files = verified.system === "groth16" ? undefined : verified.circuits[index]?.files;
    const key =
      files === undefined
        ? await isPlain(path(index), circuit)
        : await isCommitted(path, files, circuit);
    results.push({ key, transcript: known.includes(circuit.transcript) });
  }
  return results;
}

async function isPlain(path: string, circuit: SingleCircuit): Promise<boolean> {
  if (circuit.system !== "groth16") return false;
  const flat = ({ alpha, beta, gamma, delta, ic }: typeof circuit.key): string =>
    [alpha, beta, gamma, delta, ...ic].flat().join();
  return flat(await readVerifyingKey(path)) === flat(circuit.key);
}

async function isCommitted(
  path: (index: number) => string,
  { inference, weights }: CommittedFiles,
  circuit: SingleCircuit,
): Promise<boolean> {
  if (circuit.system !== "committedGroth16") return false;
  const flat = ({ alpha, beta, gamma, delta, sigma, ic }: CommittedKey): string =>
    [alpha, beta, gamma, delta, sigma, ...ic].flat().join();
  if (flat(await readCommittedVerifyingKey(path(inference))) !== flat(circuit.key)) return false;
  const registered = circuit.weightsCircuit;
  if (weights === undefined || registered === null)
    return weights === undefined && registered === null;
  const flatLink = (link: LinkKey): string => [link.inference, link.weights].flat().join();
  const key = await readCommittedVerifyingKey(path(weights.key));
  const link = linkKeyOf(await readLinkFile(path(weights.link)));
  return flat(key) === flat(registered.key) && flatLink(link) === flatLink(registered.link);
}
