import type { Assurance, EvidenceKind, RequestStatus } from "@vouch/protocol";
import { TCB_STATUSES } from "@vouch/protocol";
import { spellSeconds } from "./spellSeconds.ts";

/** Why a piece of evidence is worth less than its name says. */
export type Weakness = { readonly label: string; readonly text: string };

/** One kind of evidence of an answer, for somebody who knows nothing of it. */
export type Explanation = {
  readonly kind: EvidenceKind;
  readonly title: string;
  /** In red; empty where the evidence is what its name says. */
  readonly weaknesses: readonly Weakness[];
  readonly proves: readonly string[];
  readonly provesNot: readonly string[];
};

/** What no evidence shows, of whatever kind and however much of it (docs/explanation/what-a-receipt-proves.md). */
export const NEVER_PROVEN: readonly string[] = [
  "That the input is true. Evidence is about the computation, not about where its input came from.",
  "That the model is any good. A release names its weights, not their worth, nor whether it is fair.",
  "That this was the only answer. Who asks until an answer pleases has a valid receipt for it.",
  "That anything is private. Inputs and outputs that are public stay on the chain, and from many of them anyone can rebuild a small model.",
];

type Told = Pick<Explanation, "title" | "weaknesses" | "proves" | "provesNot">;

/** Explains each kind of evidence that was verified: what is simulated or can be forged first, then the strongest. */
export function explainEvidence(
  assurance: Assurance,
  status: RequestStatus,
): readonly Explanation[] {
  return assurance.kinds
    .map((kind) => ({ kind, ...tell(kind, assurance, status) }))
    .toSorted((a, b) => rank(b) - rank(a) || STRENGTH.indexOf(a.kind) - STRENGTH.indexOf(b.kind));
}

/** Whether an answer rests on a simulated enclave or a development set-up, so that some of its evidence is worth nothing. */
export function isWorthless(
  assurance: Pick<Assurance, "developmentSetup" | "simulatedEnclave">,
): boolean {
  return assurance.developmentSetup || assurance.simulatedEnclave;
}

const STRENGTH: readonly EvidenceKind[] = ["zk", "tee", "optimistic", "quorum", "signature"];

function rank({ weaknesses }: Explanation): number {
  return weaknesses.length;
}

function tell(kind: EvidenceKind, assurance: Assurance, status: RequestStatus): Told {
  switch (kind) {
    case "signature":
      return SIGNATURE;
    case "quorum":
      return tellQuorum(assurance);
    case "optimistic":
      return tellOptimistic(assurance, status);
    case "tee":
      return tellTee(assurance);
    case "zk":
      return tellZk(assurance);
  }
}

const SIGNATURE: Told = {
  title: "The operator signed it",
  weaknesses: [],
  proves: [
    "Which operator answers for it: its key signed exactly this release, request, input and output.",
    "That it cannot deny the answer: if it signed another one to the same request, anybody can show both, and its exposed stake is lost.",
  ],
  provesNot: [
    "That the answer is right. It says who answered; a wrong answer can be signed as well as a right one.",
  ],
};

function tellQuorum({ quorumK, quorumN, tolerance }: Assurance): Told {
  const near =
    tolerance === 0
      ? "gave the same output, or one as near to it as the policy allows"
      : `gave outputs within ${tolerance} units in the last place`;
  return {
    title: `${quorumK} of ${quorumN} operators agreed`,
    weaknesses: [],
    proves: [
      `That ${quorumK} or more of ${quorumN} operators, drawn by lot, ${near}.`,
      "That none of them saw another's answer first: each committed to its own before any was revealed.",
    ],
    provesNot: [
      "That these operators are different parties. Who holds many places of the pool may fill a panel.",
      "That any of them would lose by it: members who lie together lose no stake.",
    ],
  };
}

function tellOptimistic(
  { window, quorumArbitration, stakeAtRisk }: Assurance,
  status: RequestStatus,
): Told {
  const judge = quorumArbitration
    ? "a panel of operators that run the model again"
    : "a proof of the very statement";
  const open = spellSeconds(window);
  const stake =
    stakeAtRisk > 0n ? ["That its operator had stake to lose if a challenge had succeeded."] : [];
  return {
    title: TITLES[status] ?? "Nobody refuted it in time",
    weaknesses:
      status === "provisional" || status === "challenged"
        ? [
            {
              label: "Not final",
              text: "The answer can still be overturned. Until then this evidence shows nothing.",
            },
          ]
        : status === "overturned"
          ? [{ label: "Overturned", text: "A challenge showed that the answer does not stand." }]
          : [],
    proves: [
      `That the answer ${status === "provisional" ? "is" : "was"} open to challenge for ${open}, and that a challenge would be decided by ${judge}.`,
      ...(status === "fulfilled" ? ["That no challenge of it succeeded.", ...stake] : []),
    ],
    provesNot: [
      "That the answer is right. Silence shows it only if somebody honest ran the model again in time.",
      ...(quorumArbitration
        ? [
            "That a challenge would have been decided rightly: members of a panel lose nothing by lying together.",
          ]
        : []),
    ],
  };
}

const TITLES: Partial<Record<RequestStatus, string>> = {
  provisional: "Open to challenge",
  challenged: "Challenged",
  overturned: "Refuted",
};

function tellTee({ simulatedEnclave, vouchedEnclave, minTcb }: Assurance): Told {
  const tcb = TCB_STATUSES[minTcb] ?? `of unknown status ${minTcb}`;
  if (simulatedEnclave)
    return {
      title: "A simulated enclave signed it",
      weaknesses: [
        {
          label: "Simulated enclave",
          text: "There is no enclave. A program on somebody's machine signed in its place; this is for development and proves nothing.",
        },
      ],
      proves: ["Nothing about the answer. That a key which anybody may hold signed it."],
      provesNot: ["That an enclave exists, or that the model ran in one."],
    };
  return {
    title: "An enclave signed it",
    weaknesses: vouchedEnclave
      ? [
          {
            label: "Vouched for",
            text: "Registrars say that this is an enclave. No contract verified its attestation; they answer for it with what they staked.",
          },
        ]
      : [],
    proves: vouchedEnclave
      ? ["That a key signed it of which registrars say that only an enclave holds it."]
      : [
          "That a key signed it which an attested enclave holds: the contract verified the vendor's chain of certificates.",
          `That the platform stood at ${tcb} or better by what its vendor published.`,
          "That the publisher approved the measurement of what the enclave runs.",
        ],
    provesNot: [
      "That nobody broke the hardware: who holds the machine has read keys out of enclaves before, and the vendor can sign anything.",
      "That the image runs this model: for that the publisher's approval is all there is, unless somebody builds the image again.",
    ],
  };
}

function tellZk({ developmentSetup, unattestedSetup, externalVerifier }: Assurance): Told {
  const weaknesses = [
    ...(developmentSetup
      ? [
          {
            label: "Development set-up",
            text: "One party made the circuit's keys, for development. Whoever that was can forge a proof of any answer.",
          },
        ]
      : unattestedSetup
        ? [
            {
              label: "Set-up attested by nobody",
              text: "Nobody has said on the chain that the circuit's set-up was checked. If all its makers were dishonest, they can forge proofs.",
            },
          ]
        : []),
    ...(externalVerifier
      ? [
          {
            label: "Verified elsewhere",
            text: "A contract outside this protocol verified the proof. Whoever may change that contract decides what counts.",
          },
        ]
      : []),
  ];
  return {
    title: "A proof of the computation",
    weaknesses,
    proves: [
      "That the release's weights, on exactly this input, give exactly this output: mathematics, whoever computed it.",
      ...(developmentSetup
        ? ["All of that only as far as the maker of the development set-up is honest."]
        : ["It holds as long as one of the makers of the circuit's set-up was honest."]),
    ],
    provesNot: [
      "That the circuit computes as the publisher's floating-point model does: the accuracy report of the release says how far both drift apart.",
      "Who computed it. For that a signature is needed.",
    ],
  };
}
