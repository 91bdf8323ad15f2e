import type { CommittedSetup, LinkSetup } from "@vouch/prover";
import { adoptCommittedCeremony, committedDevelopmentSetup, developmentLink } from "@vouch/prover";
import type { CommittedCircuitPair } from "./committedCircuits.ts";
import { ofWeights } from "./committedCircuits.ts";
import { PublisherError } from "./errors.ts";
import type { PrepareOptions, SetupChoice } from "./setUpCircuits.ts";

/** Keys of a commit-and-prove release, and what links its weights. */
export type CommittedSetups = {
  readonly inference: CommittedSetup;
  readonly weights?: { readonly setup: CommittedSetup; readonly link: LinkSetup };
};

/**
 * Makes the keys of a release by one party, or takes those of a ceremony: its key, and for private weights their key and the
 * link, in this order.
 *
 * @throws {PublisherError} `SYSTEM_UNFIT` for a ceremony that was not held, `CEREMONY_KEYS`; {ProverError}.
 */
export async function makeCommittedSetups(
  circuits: CommittedCircuitPair,
  choice: SetupChoice,
  options: PrepareOptions,
): Promise<CommittedSetups> {
  return choice.kind === "development"
    ? develop(circuits, options)
    : adopt(circuits, choice, options);
}

async function develop(
  { inference, weights }: CommittedCircuitPair,
  options: PrepareOptions,
): Promise<CommittedSetups> {
  const own = await committedDevelopmentSetup(inference.artefacts, inference.groups, options);
  if (weights === undefined) return { inference: own };
  const rest = ofWeights(options);
  const setup = await committedDevelopmentSetup(weights.artefacts, weights.groups, rest);
  const link = await developmentLink({ inference: own, weights: setup }, rest);
  return { inference: own, weights: { setup, link } };
}

async function adopt(
  { inference, weights }: CommittedCircuitPair,
  { ptau, power, zkeys }: Extract<SetupChoice, { kind: "ceremony" }>,
  options: PrepareOptions,
): Promise<CommittedSetups> {
  if (zkeys === undefined) {
    const reason = "it takes a ceremony that was held: begin one by zk:setup --begin, and give --ceremony"; // prettier-ignore
    throw new PublisherError({ code: "SYSTEM_UNFIT", reason });
  }
  const [own, other, link, ...rest] = zkeys;
  const isWhole = weights === undefined ? other === undefined : link !== undefined;
  if (own === undefined || !isWhole || rest.length > 0) {
    const expected = weights === undefined ? 1 : 3;
    throw new PublisherError({ code: "CEREMONY_KEYS", given: zkeys.length, expected });
  }
  return adoptCommittedCeremony(
    { ...inference, zkey: own },
    weights === undefined || other === undefined || link === undefined
      ? undefined
      : { ...weights, zkey: other, link },
    {
      ...options,
      ...(ptau === undefined ? {} : { ptau }),
      ...(power === undefined ? {} : { power }),
    },
  );
}
