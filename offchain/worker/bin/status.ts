import type { WorkerConfig } from "../config/workerConfig.ts";
import type { ProverCount } from "../observe/metrics.ts";
import type { Terminal } from "./terminal.ts";

type Shown = {
  readonly head: number;
  readonly nextBlock: number;
  readonly endpoints: readonly { readonly name: string; readonly isHealthy: boolean }[];
  readonly queues: readonly {
    readonly queue: string;
    readonly state: string;
    readonly size: number;
  }[];
  readonly deadLetters: number;
  readonly pendingTransactions: number;
  readonly freeStake: string;
  readonly balance: string;
  readonly models: { readonly loaded: number; readonly bytes: number };
  readonly prover: string;
  readonly provers: readonly ProverCount[];
  readonly mayLock: boolean;
  readonly locksNothing?: string;
};

const STATES = ["ready", "later", "active"] as const;

/** Shows how the worker stands whose status page is where the configuration says; returns 1 where none answers there. */
export async function showStatus(
  { observe: { host, port } }: WorkerConfig,
  { out, err }: Terminal,
): Promise<number> {
  const url = `http://${host}:${port}/status`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(
    (error: unknown) => error,
  );
  if (!(response instanceof Response)) {
    err(`No worker answers at ${url}. Start it with \`vouch-worker run\`, or name its address.`);
    return 1;
  }
  if (!response.ok) {
    err(`The worker at ${url} cannot say how it stands: ${(await response.text()).trim()}`);
    return 1;
  }
  out(linesOf((await response.json()) as Shown).join("\n")); // this package's own page
  return 0;
}

function linesOf(facts: Shown): readonly string[] {
  const lag = Math.max(0, facts.head - facts.nextBlock + 1);
  const size = (queue: string, state: string): string =>
    String(facts.queues.find((it) => it.queue === queue && it.state === state)?.size ?? 0);
  const queues = [...new Set(facts.queues.map(({ queue }) => queue))];
  const cells = (first: string, rest: readonly string[]): string =>
    `  ${first.padEnd(10)}${rest.map((it) => it.padStart(8)).join("")}`;
  return [
    `locks         ${facts.mayLock ? "taken" : `NOT TAKEN: ${facts.locksNothing ?? "no reason is given"}`}`,
    `chain         block ${facts.head}, ${lag} not read yet`,
    ...facts.endpoints.map(
      ({ name, isHealthy }) => `endpoint      ${name}: ${isHealthy ? "up" : "NOT UP"}`,
    ),
    `transactions  ${facts.pendingTransactions} not mined yet`,
    `free stake    ${facts.freeStake} wei`,
    `balance       ${facts.balance} wei`,
    `models        ${facts.models.loaded} loaded, ${Math.round(facts.models.bytes / 2 ** 20)} MB`,
    `prover        ${facts.prover}`,
    ...facts.provers.map(
      ({ prover, held, refused, failed }) =>
        `proofs        ${prover}: ${held}${refused === 0 ? "" : `, and ${refused} THAT DO NOT VERIFY`}${failed === 0 ? "" : `, FAILED ${failed} times`}`,
    ),
    `dead letters  ${facts.deadLetters}`,
    "",
    cells("queue", STATES),
    ...queues.map((queue) =>
      cells(
        queue,
        STATES.map((state) => size(queue, state)),
      ),
    ),
  ];
}
