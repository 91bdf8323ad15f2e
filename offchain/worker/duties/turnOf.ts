import type { Hex } from "@vouch/protocol";
import { concat, keccak256 } from "ethers";

/**
 * Returns the second from which a member of a panel does what any of them may do: at once for one of them, then for the next seat
 * every `turnSeconds`, so that they do not race and none is waited for. The round's id says who is first.
 */
export function turnBySeat(
  round: Hex,
  seat: number,
  seats: number,
  dueAt: number,
  turnSeconds: number,
): number {
  const first = Number(BigInt(round) % BigInt(seats));
  return dueAt + ((seat - first + seats) % seats) * turnSeconds;
}

/** Likewise of a pool's members before seats are known; two may share one of the `slots`. */
export function turnByLot(
  subject: Hex,
  operator: Hex,
  slots: number,
  dueAt: number,
  turnSeconds: number,
): number {
  const lot = BigInt(keccak256(concat([subject, operator]))) % BigInt(slots);
  return dueAt + Number(lot) * turnSeconds;
}
