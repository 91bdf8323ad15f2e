import type { Assurance } from "./assurance.ts";
import type { EvidenceKind } from "./evidence.ts";
import { ProtocolError } from "./errors.ts";
import type { CircuitId } from "./hex.ts";
import type { Clause, Policy, ProvenCircuit, Requirement } from "./policy.ts";
import { describeClause, findUnmetClause, isProofTrusted } from "./policy.ts";

/** A clause of a floor that a receipt neither meets nor fails to meet: only the chain can tell. */
export type UndecidedClause = {
  /** Index in the floor. */
  readonly clause: number;
  readonly demands: string;
  /** Why it cannot be checked here. */
  readonly reason: string;
};

/**
 * Returns the clauses of a floor that no evidence at hand meets, and that what the chain did with an answer may: it let a window
 * pass, or had a panel agree.
 *
 * @throws {ProtocolError} `FLOOR_NOT_MET`, for the first clause that nothing could meet beside this evidence.
 */
export function findUndecided(
  floor: Policy,
  kinds: readonly EvidenceKind[],
  proven: ProvenCircuit | undefined,
): readonly UndecidedClause[] {
  return floor.allOf.flatMap((it, clause) => {
    if (findUnmetClause({ ...floor, allOf: [it] }, kinds, proven) === undefined) return [];
    const demands = describeClause(it);
    const reasons = new Set(it.anyOf.flatMap((requirement) => reasonFor(requirement) ?? []));
    if (reasons.size === 0) throw new ProtocolError({ code: "FLOOR_NOT_MET", clause, demands });
    return [{ clause, demands, reason: [...reasons].join("; ") }];
  });
}

/** Returns an undecided clause in words, as `Verification.notChecked` has it. */
export function describeUndecided({ clause, demands, reason }: UndecidedClause): string {
  return `that clause ${clause} of the release's floor is met, "${demands}": ${reason}`;
}

/**
 * Demands that nothing of a floor was left to the chain: for an answer that no request of a chain stands behind, nobody will ever
 * tell.
 *
 * @throws {ProtocolError} `FLOOR_UNDECIDED`.
 */
export function requireDecided(undecided: readonly UndecidedClause[]): void {
  const [first] = undecided;
  if (first !== undefined) throw new ProtocolError({ code: "FLOOR_UNDECIDED", ...first });
}

/**
 * Returns whether what the chain keeps of an answer meets a clause by a window or by a panel, as `EvidenceRouter` decides it;
 * an attestation of a set-up is taken to be there, as is the pin of an external program.
 *
 * @param circuit the release's; `undefined` where it has none
 */
export function isMetOnChain(
  { anyOf }: Clause,
  assurance: Assurance,
  circuit: CircuitId | undefined,
): boolean {
  return anyOf.some((it) => {
    if (!assurance.kinds.includes(it.kind)) return false;
    if (it.kind === "quorum")
      return (
        isPanel(it) && isShareMet(quorumOf(it), assurance) && assurance.tolerance <= toleranceOf(it)
      );
    return it.kind === "optimistic" && isWindowMet(it, assurance, circuit);
  });
}

function isWindowMet(
  requirement: Requirement,
  assurance: Assurance,
  circuit: CircuitId | undefined,
): boolean {
  const seconds = windowOf(requirement);
  if (seconds === 0 || assurance.window < seconds) return false;
  const panel = judgesOf(requirement);
  // Neither a proof nor a panel stands in for the other.
  if (panel.n > 0 !== assurance.quorumArbitration) return false;
  if (panel.n > 0) return isShareMet(panel, assurance);
  const { pin, params } = requirement;
  const trust = (params >> 40n) & 0xffn;
  const { developmentSetup: development, externalVerifier } = assurance;
  if ((circuit === undefined) !== externalVerifier) return false;
  return circuit === undefined
    ? trust === EXTERNAL && BigInt(pin) !== 0n
    : isProofTrusted({ params: trust, pin }, { circuit, development });
}

type Share = { readonly k: number; readonly n: number };

/** As large a share agreed, or would have had to, and as many. */
function isShareMet({ k, n }: Share, { quorumK, quorumN }: Assurance): boolean {
  return quorumK >= k && quorumK * n >= k * quorumN;
}

/** Undefined where neither a window nor a panel is demanded, or one that nobody can be. */
function reasonFor(requirement: Requirement): string | undefined {
  if (requirement.kind === "quorum" && isPanel(requirement))
    return "that a panel agreed is on the chain alone";
  if (requirement.kind === "optimistic" && windowOf(requirement) > 0)
    return "that it stayed open to challenge, and stood, is on the chain alone";
  return undefined;
}

/** Of a quorum: a majority of a panel, and nothing unknown beside it. */
function isPanel(requirement: Requirement): boolean {
  const { k, n } = quorumOf(requirement);
  const isPlain = requirement.params >> 48n === 0n && BigInt(requirement.pin) === 0n;
  return isPlain && n <= MAX_PANEL && k <= n && 2 * k > n;
}

function byteAt(params: bigint, shift: bigint): number {
  return Number((params >> shift) & 0xffn);
}

function quorumOf({ params }: Requirement): Share {
  return { k: byteAt(params, 0n), n: byteAt(params, 8n) };
}

function toleranceOf({ params }: Requirement): number {
  return Number((params >> 16n) & 0xffff_ffffn);
}

function windowOf({ params }: Requirement): number {
  return Number(params & 0xff_ffff_ffffn);
}

function judgesOf({ params }: Requirement): Share {
  return { k: byteAt(params, 48n), n: byteAt(params, 56n) };
}

/** `SetupTrust.External`. */
const EXTERNAL = 3n;
/** As `contracts/types/Policy.sol` has it. */
const MAX_PANEL = 16;
