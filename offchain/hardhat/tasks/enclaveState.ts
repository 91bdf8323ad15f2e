import type { EnclaveRegistry, TcbStatus } from "@vouch/protocol";
import { enumName, TCB_STATUSES } from "@vouch/protocol";

/** How a key stands on a chain. Times are in seconds since the epoch. */
export type EnclaveState = {
  readonly id: string;
  readonly status: TcbStatus;
  readonly validFrom: number;
  readonly validTo: number;
  /** Null where nothing is known against it. */
  readonly compromisedSince: number | null;
  /** Whether what it signs now counts, and why not. */
  readonly standing: "counts" | "lapsed" | "compromised" | "retired";
  readonly simulated: boolean;
};

/** Reads a key that is registered, as it stands at `time`. */
export async function enclaveState(
  enclaves: EnclaveRegistry,
  id: string,
  time: number,
): Promise<EnclaveState> {
  const { status, validFrom, validTo, compromisedSince, retired, simulated } =
    await enclaves.enclaveOf(id);
  const lapsed = time > validTo;
  return {
    id,
    status: enumName(TCB_STATUSES, status),
    validFrom: Number(validFrom),
    validTo: Number(validTo),
    compromisedSince: compromisedSince === 0n ? null : Number(compromisedSince),
    standing:
      compromisedSince > 0n ? "compromised" : lapsed ? "lapsed" : retired ? "retired" : "counts",
    simulated,
  };
}
