/** A part of the menu: pages by name, and every page of some folders of docs/; `collapsed` is how it is shown at first. */
export type Section = {
  readonly title: string;
  readonly pages?: readonly string[];
  readonly folders?: readonly string[];
  readonly collapsed?: boolean;
};

/** The menu, in order. A page that does not exist is left out; one that no section names fails the build. */
export const SECTIONS: readonly Section[] = [
  { title: "Tutorial", pages: ["tutorial"] },
  {
    title: "How-to",
    pages: [
      ...["sdk", "hardhat", "solidity", "foundry", "testing", "import", "choose-policy"].map(
        (name) => `how-to/${name}`,
      ),
      ...["how-to/openai", "how-to/langchain", "integrate-standards"],
    ],
    folders: ["how-to"],
  },
  { title: "Examples", folders: ["examples"] },
  { title: "Porting", folders: ["port"] },
  {
    title: "Explanation",
    pages: [
      "explanation/what-a-receipt-proves",
      "explanation/evidence-and-policies",
      "explanation/how-a-proof-binds",
      "glossary",
    ],
    folders: ["explanation"],
  },
  {
    title: "The protocol",
    pages: [
      ...["architecture", "protocol", "statement", "staking", "funding", "quorum", "disputes"],
      ...[
        "ledger",
        "feeds",
        "enclaves",
        "privacy",
        "threat-model",
        "invariants",
        "gas",
        "contract-assurance",
      ],
    ],
    collapsed: true,
  },
  {
    title: "Models and proofs",
    pages: ["ops", "estimate", "proving", "circuits", "ceremony", "execution"],
    collapsed: true,
  },
  {
    title: "Operate",
    pages: ["operate", "gateway", "explorer", "store", "storage", "chain"],
    collapsed: true,
  },
  { title: "Decisions", folders: ["adr"], collapsed: true },
  { title: "Writing documentation", pages: ["contributing-docs"] },
];

/** The generated part, in a menu of its own. */
export const REFERENCE: readonly Section[] = [
  { title: "Reference", pages: ["reference/index"] },
  { title: "Hardhat tasks", folders: ["reference/tasks"] },
  { title: "Settings", folders: ["reference/settings"] },
  ...[
    ["Contracts", "contracts"],
    ["Interfaces", "interfaces"],
    ["Consumers", "consumers"],
    ["Types", "types"],
    ["Libraries", "libraries"],
    ["Evidence", "evidence"],
    ["Adapters", "adapters"],
    ["For tests", "testing"],
  ].map(([title = "", folder = ""]) => ({
    title: `Solidity: ${title.toLowerCase()}`,
    folders: [`reference/solidity/${folder}`],
    collapsed: true,
  })),
  { title: "TypeScript", folders: ["reference/typescript"], collapsed: true },
  { title: "Circuits", folders: ["reference/circuits"], collapsed: true },
];
