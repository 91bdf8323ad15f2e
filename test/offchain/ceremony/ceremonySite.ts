import { cp } from "node:fs/promises";
import { join } from "node:path";
import { beginCeremony, openCoordinator } from "@vouch/ceremony";
import type { Coordinator, CoordinatorOptions } from "@vouch/ceremony";
import { contribute } from "@vouch/prover";
import { openVerifier } from "../../../offchain/ceremony/openVerifier.ts";
import type { Verifier } from "../../../offchain/ceremony/openVerifier.ts";
import { until } from "../../helpers/until.ts";
import { beginPhaseTwo } from "../prover/ceremony/phaseTwo.ts";
import type { PhaseTwo } from "../prover/ceremony/phaseTwo.ts";
import { temporaryFolder } from "../prover/fixture.ts";

/** A coordinator on a ceremony of its own. */
export type Site = {
  readonly folder: string;
  readonly url: string;
  readonly coordinator: Coordinator;
  /** Moves the coordinator's clock, in milliseconds. */
  readonly pass: (milliseconds: number) => void;
  readonly events: readonly string[];
};

/** What the coordinator answers: its status and its JSON, or text. */
export type Answer = { readonly status: number; readonly body: Record<string, unknown> };

const work = temporaryFolder();
let begun: Promise<PhaseTwo> | undefined;
/** One process for all tests, at its first use; `closeVerifier` ends it. A site's end leaves it. */
const shared = openVerifier(60_000);
const verifier: Verifier = { verify: shared.verify, close: () => undefined };
export const closeVerifier: () => void = shared.close;

/** Copies a folder of a ceremony of the tiny circuit that has just begun, once for each of `circuits`. */
export async function ceremonyFolder(circuits = 1): Promise<string> {
  begun ??= beginPhaseTwo(work);
  const { circuit, powers } = await begun;
  const template = join(work, `begun-${circuits}`);
  const all = Array.from({ length: circuits }, () => circuit);
  const named = { ...powers, power: 4 };
  await beginCeremony(template, "A <test>", all, named).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "FOLDER_INVALID"))
      throw error;
  });
  const folder = join(temporaryFolder(), "ceremony");
  await cp(template, folder, { recursive: true });
  return folder;
}

export async function openSite(
  options: Partial<CoordinatorOptions> = {},
  folder?: string,
  ownVerifier?: Verifier,
): Promise<Site> {
  let ahead = 0;
  const events: string[] = [];
  const home = folder ?? (await ceremonyFolder());
  const coordinator = await openCoordinator(
    { folder: home, port: 0, requestsPerMinute: 10_000, joinsPerHour: 1000, ...options },
    {
      verifier: ownVerifier ?? verifier,
      now: () => Date.now() + ahead,
      log: (event) => void events.push(event),
    },
  );
  const { url } = await coordinator.start();
  const pass = (milliseconds: number): void => {
    ahead += milliseconds;
  };
  return { folder: home, url, coordinator, pass, events };
}

export async function ask(
  url: string,
  path: string,
  init: RequestInit & { readonly ticket?: string } = {},
): Promise<Answer> {
  const { ticket, ...rest } = init;
  const headers = ticket === undefined ? {} : { authorization: `Bearer ${ticket}` };
  const response = await fetch(`${url}${path}`, { ...rest, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export async function joinQueue(url: string, name: string, more: object = {}): Promise<string> {
  const answer = await ask(url, "/queue", {
    method: "POST",
    body: JSON.stringify({ name, ...more }),
  });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer));
  return String(answer.body["ticket"]);
}

/** Joins and waits for the turn. */
export async function joinTurn(url: string, name: string): Promise<string> {
  const ticket = await joinQueue(url, name);
  await standing(url, ticket, "turn");
  return ticket;
}

/** Waits for a status of a participant, and returns all that is said of it. */
export async function standing(
  url: string,
  ticket: string,
  status: string,
): Promise<Record<string, unknown>> {
  let body: Record<string, unknown> = {};
  await until(`status ${status}`, async () => {
    ({ body } = await ask(url, "/turn", { ticket }));
    return body["status"] === status;
  });
  return body;
}

export async function upload(
  url: string,
  ticket: string,
  key: Uint8Array<ArrayBuffer>,
  circuit = 0,
): Promise<Answer> {
  return ask(url, `/contributions/${circuit}`, { method: "PUT", ticket, body: key });
}

/** The code of a refusal. */
export function refusal({ body }: Answer): unknown {
  return (body["error"] as { readonly code?: unknown } | undefined)?.code;
}

/** Contributes to a key of a ceremony's folder and returns the path of the next. */
export async function nextKey(from: string, name: string): Promise<string> {
  const to = join(temporaryFolder(), "next.zkey");
  await contribute(from, to, { name, threads: 1 });
  return to;
}
