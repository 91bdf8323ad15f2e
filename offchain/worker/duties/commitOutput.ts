import type { Hex, Panels, RequestId } from "@vouch/protocol";
import { bytesToHex, hashOfWords, hexToBytes, wordToHex } from "@vouch/protocol";
import { AbiCoder, concat, keccak256 } from "ethers";
import { WorkerError } from "../errors.ts";
import type { StatementLog } from "../steps/step.ts";
import { readParams } from "./answerRecord.ts";
import type { DutyDeps, DutyStep } from "./duty.ts";
import { act, addressOf } from "./duty.ts";
import type { KeptBytes } from "./keptBytes.ts";
import type { PanelRound, Seat } from "./panelRound.ts";
import type { PanelSecret } from "./panelSecret.ts";
import { runRelease } from "../runRelease.ts";

/** What committing takes beside what every duty has. */
export type CommitDeps = DutyDeps & {
  readonly secret: PanelSecret;
  readonly signLog: StatementLog;
  /** The words that were committed to, by round: what cannot be revealed costs half the stake. */
  readonly outputs: KeptBytes;
};

/**
 * Runs the release and commits to its output: one output a round, on disk and in the sign log before the commitment leaves.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED`, `ANSWER_UNKNOWN`, `EQUIVOCATION_REFUSED`, `SIGN_LOG_UNWRITABLE`,
 * `STORE_UNWRITABLE`, `DUTY_REFUSED`; what `runRelease` throws.
 */
export async function commitOutput(
  round: PanelRound,
  seat: Seat,
  panels: Panels,
  deps: CommitDeps,
): Promise<DutyStep> {
  const words = await outputOf(round, deps);
  const outputHash = hashOfWords(words);
  deps.outputs.save(round.id, bytesToHex(joinWords(words)));
  // The round's id is no request's: both are hashes of chain, contract and more.
  const entry = { request: round.id as RequestId, digest: outputHash };
  const [refusal] = await deps.signLog.recordAll([entry]);
  if (refusal !== undefined) throw refusal;
  const { quorum } = panels;
  const commitment = await commitmentOf(round, outputHash, panels, deps);
  return act(deps, {
    key: `commit:${round.id}`,
    to: await addressOf(quorum),
    data: quorum.interface.encodeFunctionData("commit", [round.id, seat.index, commitment]) as Hex,
    deadline: round.commitDeadline,
  });
}

/**
 * Reveals what this operator committed to: the words on disk, or those that the release gives again.
 *
 * @throws {WorkerError} `COMMITMENT_LOST` where neither fits the commitment; `DUTY_REFUSED`; what `runRelease` throws.
 */
export async function revealOutput(
  round: PanelRound,
  seat: Seat,
  panels: Panels,
  deps: CommitDeps,
): Promise<DutyStep> {
  const words = await outputOf(round, deps);
  const outputHash = hashOfWords(words);
  if ((await commitmentOf(round, outputHash, panels, deps)) !== seat.hash)
    throw new WorkerError({ code: "COMMITMENT_LOST", round: round.id });
  const { quorum } = panels;
  const salt = deps.secret.saltOf(await placeOf(round, panels, deps));
  return act(deps, {
    key: `reveal:${round.id}`,
    to: await addressOf(quorum),
    data: quorum.interface.encodeFunctionData("reveal", [
      round.id,
      seat.index,
      [...words],
      salt,
    ]) as Hex,
    deadline: round.revealDeadline,
  });
}

async function outputOf(round: PanelRound, deps: CommitDeps): Promise<readonly bigint[]> {
  const kept = deps.outputs.load(round.id);
  if (kept !== undefined) return splitWords(kept);
  const served = await deps.releases.get(round.release);
  const { input } = await readParams(round.request, deps);
  // A round of another contract may name any request: what it wants run is the input that it hashes.
  if (hashOfWords(input) !== round.inputHash) {
    const { request } = round;
    throw new WorkerError({ code: "ANSWER_UNKNOWN", request, missing: "input of the round" });
  }
  return (await runRelease(served, round.request, input, deps.openings)).words;
}

/** As `Quorum.commitmentOf`. */
async function commitmentOf(
  round: PanelRound,
  outputHash: Hex,
  panels: Panels,
  deps: CommitDeps,
): Promise<Hex> {
  const place = await placeOf(round, panels, deps);
  const { chainId, quorum, operator } = place;
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["uint256", "address", "bytes32", "address", "bytes32", "bytes32"],
    [chainId, quorum, round.id, operator, outputHash, deps.secret.saltOf(place)],
  );
  return keccak256(encoded) as Hex;
}

async function placeOf(round: PanelRound, { quorum }: Panels, { domain, operator }: CommitDeps) {
  return {
    chainId: domain.chainId,
    quorum: await addressOf(quorum),
    round: round.id,
    operator,
  };
}

function joinWords(words: readonly bigint[]): Uint8Array {
  return hexToBytes(concat(words.map(wordToHex)) as Hex);
}

function splitWords(hex: Hex): readonly bigint[] {
  const digits = hex.slice(2).match(/.{64}/g) ?? [];
  return digits.map((it) => BigInt(`0x${it}`));
}
