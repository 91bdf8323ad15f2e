import type { Policy, Requirement } from "@vouch/protocol";
import { formatBranches, readTee } from "@vouch/protocol";
import { formatEther } from "ethers";
import { captureChance } from "./captureChance.ts";
import type { ReleaseFacts } from "./facts.ts";
import { isContradictable } from "./facts.ts";
import type { Guarantee } from "./guarantee.ts";
import { reachOf } from "./guarantee.ts";
import { isSetupBelieved } from "./judgePolicy.ts";
import type { Beliefs } from "./need.ts";

/** What to look out for; `text` is for people, `code` for programs. */
export type Warning = { readonly code: WarningCode; readonly text: string };

export type WarningCode =
  | "POLICY_WEAKER_THAN_VALUE"
  | "DEVELOPMENT_SETUP"
  | "UNVERIFIED_SETUP"
  | "SIMULATED_ENCLAVE"
  | "VOUCHED_ENCLAVE"
  | "NO_ENCLAVE"
  | "SIGNATURE_NOT_CONTRADICTABLE"
  | "PANEL_TOO_SMALL"
  | "PANEL_IDENTITIES"
  | "FEE_UNKNOWN"
  | "NO_OPERATOR"
  | "RELEASE_DEPRECATED"
  | "MODEL_EXTRACTABLE";

/** Returns what to look out for whatever the policy. */
export function releaseWarnings(facts: ReleaseFacts): readonly Warning[] {
  const { release, circuit, operators } = facts;
  const warnings: Warning[] = [];
  if (release.deprecated)
    warnings.push({
      code: "RELEASE_DEPRECATED",
      text: "The publisher deprecated this release: see why, and what follows it.",
    });
  if (operators.length === 0)
    warnings.push({
      code: "NO_OPERATOR",
      text: "No operator lets this contract of requests expose its stake: nobody could serve a request now. It is refunded after its lock deadline.",
    });
  if (circuit?.setup === "development")
    warnings.push({
      code: "DEVELOPMENT_SETUP",
      text: "DEVELOPMENT SET-UP: whoever made the circuit's keys can forge proofs of any answer. Publish with a ceremony for anything of value.",
    });
  if (circuit?.weights !== "constant" && circuit?.outputMode !== "committed")
    warnings.push({
      code: "MODEL_EXTRACTABLE",
      text:
        circuit?.inputMode === "committed"
          ? "Outputs are public: who asks often enough, with inputs of its own, can copy a small model."
          : "Inputs and outputs are public: from enough of them anybody can copy a small model, without asking once. Take committed ones where the model is worth more than its answers.",
    });
  return warnings;
}

/** Returns what to look out for with a policy; the floor's clauses included. */
export function policyWarnings(
  policy: Policy,
  facts: ReleaseFacts,
  believes: Beliefs,
): readonly Warning[] {
  const found = policy.allOf.flatMap(({ anyOf }) =>
    anyOf.flatMap((it) => warn(it, facts, believes)),
  );
  return found.filter(({ code }, i) => found.findIndex((it) => it.code === code) === i);
}

/** Says that a policy is weaker than the value at stake. */
export function weaknessWarning(policy: Policy, guarantee: Guarantee, value: bigint): Warning {
  return {
    code: "POLICY_WEAKER_THAN_VALUE",
    text: `${formatBranches(policy)} reaches ${formatEther(reachOf(guarantee) ?? value)} ether; at stake are ${formatEther(value)}.`,
  };
}

function warn(
  requirement: Requirement,
  facts: ReleaseFacts,
  believes: Beliefs,
): readonly Warning[] {
  const { kind, params } = requirement;
  const byte = (shift: bigint): number => Number((params >> shift) & 0xffn);
  switch (kind) {
    case "signature":
      return isContradictable(facts)
        ? []
        : [
            {
              code: "SIGNATURE_NOT_CONTRADICTABLE",
              text: "No proof can convict an operator that signs a wrong answer of this release: it is not bit-exact, its output is hidden, or its circuit has no set-up that a court takes.",
            },
          ];
    case "zk":
      return setUpWarnings(facts, believes);
    case "quorum":
      return panelWarnings(byte(0n), byte(8n), facts.pools?.answering ?? 0, facts);
    case "optimistic":
      return byte(56n) === 0
        ? setUpWarnings(facts, believes)
        : panelWarnings(byte(48n), byte(56n), facts.pools?.judging ?? 0, facts);
    case "tee":
      return enclaveWarnings(requirement, facts);
  }
}

function setUpWarnings({ circuit }: ReleaseFacts, believes: Beliefs): readonly Warning[] {
  if (circuit === null || circuit.setup === "development" || isSetupBelieved(circuit, believes))
    return [];
  const who =
    circuit.attesters.length === 0
      ? "nobody attests it"
      : `${circuit.attesters.join(", ")} attest it, whom you did not name`;
  return [
    {
      code: "UNVERIFIED_SETUP",
      text: `Whether the makers of the circuit's set-up can forge proofs is not known: ${who}. Verify it (\`npx hardhat zk:verify\`), or name whom you believe.`,
    },
  ];
}

function panelWarnings(
  k: number,
  n: number,
  places: number,
  { pools }: ReleaseFacts,
): readonly Warning[] {
  if (places < n)
    return [
      {
        code: "PANEL_TOO_SMALL",
        text: `The pool has ${places} places for ${n} seats: a panel may fail for want of members, or be the same few.`,
      },
    ];
  const held = Math.ceil(places / 3);
  const percent = (captureChance({ places, held, k, n }) / 10_000).toFixed(2);
  return [
    {
      code: "PANEL_IDENTITIES",
      text: `The pool has ${places} places. Who holds them is not known: each takes ${formatEther(pools?.minStake ?? 0n)} ether of stake, and one party may hold ${k}. With a third of them it decides ${percent} % of panels, and loses nothing by it.`,
    },
  ];
}

function enclaveWarnings(requirement: Requirement, { enclaves }: ReleaseFacts): readonly Warning[] {
  const demands = readTee(requirement);
  if (demands?.simulated === true)
    return [
      {
        code: "SIMULATED_ENCLAVE",
        text: `SIMULATED ENCLAVE: one is accepted, and ${enclaves.simulated} serve this release. It proves nothing.`,
      },
    ];
  if (demands?.vouched === true)
    return [
      {
        code: "VOUCHED_ENCLAVE",
        text: `VOUCHED ENCLAVE: one is accepted that no contract verified, and ${enclaves.vouched} serve this release; registrars say that it is one.`,
      },
    ];
  if (enclaves.live > 0) return [];
  return [{ code: "NO_ENCLAVE", text: "No enclave that counts now serves this release." }];
}
