import type { CircuitId, Hex } from "@vouch/protocol";
import { parseAddress, parseCircuitId, ProtocolError } from "@vouch/protocol";
import type { AdviceAsk, Beliefs } from "@vouch/sdk";
import { parseAmount, parseSpan } from "./amounts.ts";
import { parseBranches } from "./arguments.ts";
import { TaskError } from "./taskError.ts";

/** What the command line says of a need. */
export type AdviceArguments = {
  readonly value: string;
  readonly within: string;
  readonly budget: string;
  readonly fee: string;
  readonly work: string;
  readonly policy: string;
  readonly stake: string;
  readonly cover: string;
} & BeliefArguments;

/** What it says of whom the asker believes. */
export type BeliefArguments = {
  readonly attesters: string;
  readonly circuits: string;
  readonly vendorUpTo: string;
  readonly panelUpTo: string;
};

/** @throws {TaskError} `ARGUMENT_INVALID`, naming the option. */
export function readNeed(args: AdviceArguments): Omit<AdviceAsk, "release" | "fromBlock"> {
  const maxSeconds = parseSpan("within", args.within);
  const budget = parseAmount("budget", args.budget);
  const fee = parseAmount("fee", args.fee);
  const stake = parseAmount("stake", args.stake);
  const cover = parseAmount("cover", args.cover) ?? 0n;
  const workSeconds = parseSpan("work", args.work);
  return {
    valueAtStake: parseAmount("value", args.value) ?? 0n,
    believes: readBeliefs(args),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    ...(budget === undefined ? {} : { budget }),
    ...(fee === undefined ? {} : { fee }),
    ...(workSeconds === undefined ? {} : { workSeconds }),
    ...(stake === undefined ? {} : { terms: { stake, cover, bond: 0n } }),
    ...(args.policy === "" ? {} : { policy: parseBranches(args.policy) }),
  };
}

/** @throws {TaskError} `ARGUMENT_INVALID`, naming the option. */
export function readBeliefs(args: BeliefArguments): Beliefs {
  return {
    attesters: parseList<Hex>("attesters", args.attesters, parseAddress),
    circuits: parseList<CircuitId>("circuits", args.circuits, parseCircuitId),
    vendorUpTo: parseAmount("vendor-up-to", args.vendorUpTo) ?? 0n,
    panelUpTo: parseAmount("panel-up-to", args.panelUpTo) ?? 0n,
  };
}

function parseList<T>(name: string, value: string, parse: (part: string) => T): readonly T[] {
  const parts = value === "" ? [] : value.split(",").map((it) => it.trim());
  return parts.map((part) => {
    try {
      return parse(part);
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause;
      const message = `--${name} has "${part}"; ${cause.message}`;
      throw new TaskError("ARGUMENT_INVALID", message, { cause });
    }
  });
}
