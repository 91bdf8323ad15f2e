import type { ReleaseId } from "@vouch/protocol";
import { parseReleaseId } from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import type { FetchedRelease, ReleaseHead } from "../fetchRelease.ts";
import { fetchRelease, fetchReleaseHeads } from "../fetchRelease.ts";
import { nearNames } from "../nearNames.ts";
import type { ReleaseDescription, ReleaseRef } from "../typed/releaseDescription.ts";
import { elementsOf } from "../typed/shapes.ts";
import type { Session } from "./session.ts";

/**
 * Returns the one release that is meant. A name says nothing of who published it, and anyone may publish under any: an
 * application that acts on answers names a release by its id, or by its generated types, which hold the id.
 *
 * @throws {SdkError} `RELEASE_NOT_FOUND`, with near names, `RELEASE_AMBIGUOUS`, `RELEASE_MISMATCH` for types that say otherwise.
 */
export async function resolveRelease(
  session: Session,
  ref: ReleaseRef,
  signal?: AbortSignal,
): Promise<FetchedRelease> {
  if (typeof ref !== "string") {
    const release = await fetchKnown(session, parseReleaseId(ref.id), signal);
    requireDescribed(ref, release);
    return release;
  }
  const id = /^0x[0-9a-fA-F]{64}$/.test(ref)
    ? parseReleaseId(ref)
    : findByName(await fetchHeads(session, signal), ref).id;
  return fetchKnown(session, id, signal);
}

/**
 * Returns the release that `model` or `model@version` names.
 *
 * @throws {SdkError} `RELEASE_NOT_FOUND`, `RELEASE_AMBIGUOUS`.
 */
export function findByName(heads: readonly ReleaseHead[], name: string): ReleaseHead {
  const full = ({ release }: ReleaseHead): string => `${release.model}@${release.version}`;
  const found = heads.filter((it) => it.release.model === name || full(it) === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first !== undefined) {
    const candidates = found.map((it) => `${full(it)} (${it.id}, by ${it.release.publisher})`);
    throw new SdkError({ code: "RELEASE_AMBIGUOUS", release: name, candidates });
  }
  const names = heads.map(name.includes("@") ? full : ({ release }) => release.model);
  throw new SdkError({ code: "RELEASE_NOT_FOUND", release: name, near: nearNames(name, names) });
}

function fetchHeads(
  { contracts, deployment, read }: Session,
  signal: AbortSignal | undefined,
): Promise<ReleaseHead[]> {
  return read(
    "reading the releases",
    () => fetchReleaseHeads(contracts, deployment.fromBlock),
    signal,
  );
}

async function fetchKnown(
  { contracts, deployment, known, read }: Session,
  id: ReleaseId,
  signal: AbortSignal | undefined,
): Promise<FetchedRelease> {
  const before = known.get(id);
  if (before !== undefined) return before;
  const release = await read(
    "reading the release",
    () => fetchRelease(contracts, id, deployment.fromBlock),
    signal,
  );
  known.set(id, release);
  return release;
}

/** @throws {SdkError} `RELEASE_MISMATCH`, `RELEASE_WITHOUT_CIRCUIT`. */
export function requireDescribed(
  described: ReleaseDescription,
  { id, release, circuit }: FetchedRelease,
): void {
  if (circuit === null) throw new SdkError({ code: "RELEASE_WITHOUT_CIRCUIT", release: id });
  const countOf = (ports: ReleaseDescription["inputs"]): number =>
    ports.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  const facts = [
    ["model", described.model, release.model],
    ["version", described.version, release.version],
    ["input", described.input, circuit.input.mode],
    ["output", described.output, circuit.output.mode],
    ["elements of the input", countOf(described.inputs), circuit.input.elements],
    ["elements of the output", countOf(described.outputs), circuit.output.elements],
  ] as const;
  for (const [field, expected, found] of facts) {
    if (expected === found) continue;
    const data = { release: id, field, expected: String(expected), found: String(found) };
    throw new SdkError({ code: "RELEASE_MISMATCH", ...data });
  }
}
