import type { WorkerEvent } from "@vouch/worker";
import { z } from "zod";
import { PluginError } from "../errors.ts";

/** How a local set-up is made; everything may be left out. */
export type LocalOptions = {
  /** How many operators serve, each with an account of its own from the end of the network's list: 1 to 10, 1 if left out. */
  readonly operators?: number;
  /** Wei that each of them stakes; 1 ether if left out. */
  readonly stake?: bigint;
  /** Has each operator sign by a SIMULATED enclave too: it proves nothing, and only policies that say so take it. */
  readonly tee?: "simulated";
  /** Told what each operator does. */
  readonly onEvent?: (event: WorkerEvent) => void;
};

/** The same with everything decided. */
export type LocalSettings = {
  readonly operators: number;
  readonly stake: bigint;
  readonly tee: "simulated" | "off";
  readonly onEvent: (event: WorkerEvent) => void;
};

const ETHER = 10n ** 18n;

const OptionsSchema = z.strictObject({
  operators: z.int().min(1).max(10).default(1),
  stake: z.bigint().positive().default(ETHER),
  tee: z.literal("simulated").optional(),
  onEvent: z.custom<LocalOptions["onEvent"]>((it) => typeof it === "function").optional(),
});

/** @throws {PluginError} `OPTIONS_INVALID`, naming the member. */
export function parseLocalOptions(options: LocalOptions): LocalSettings {
  const parsed = OptionsSchema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
    throw new PluginError({ code: "OPTIONS_INVALID", reason }, { cause: parsed.error });
  }
  const { operators, stake, tee = "off", onEvent = () => undefined } = parsed.data;
  return { operators, stake, tee, onEvent };
}

/** Whether two set-ups would be alike, but for who hears of them. */
export function areAlike(one: LocalSettings, other: LocalSettings): boolean {
  return one.operators === other.operators && one.stake === other.stake && one.tee === other.tee;
}
