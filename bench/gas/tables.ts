import type { GasClass, Share } from "./accountGas.ts";
import type { BatchPoint } from "./batchCurve.ts";
import type { Floor } from "./floor.ts";

/** What each class took, those that took nothing left out. */
export type ByClass = Readonly<Partial<Record<GasClass, Share>>>;

/** Where the gas of one transaction went. */
export type GasReport = {
  readonly name: string;
  /** The tables divide by it. */
  readonly receipts: number;
  readonly gasUsed: number;
  readonly target: number | null;
  /** Gas that the target does not count. */
  readonly targetExcludes: number;
  readonly floor: Floor & { readonly gas: number };
  readonly byClass: ByClass;
  readonly byContract: Readonly<
    Record<string, { readonly gas: number; readonly byClass: ByClass }>
  >;
};

type Column = { readonly title: string; readonly classes: readonly GasClass[] };

/** Every class is in one column. */
const COLUMNS: readonly Column[] = [
  { title: "transaction", classes: ["intrinsic"] },
  { title: "calldata", classes: ["calldata", "calldata floor"] },
  {
    title: "precompiles",
    classes: ["ecRecover", "sha256", "identity", "modexp", "ecAdd", "ecMul", "ecPairing"],
  },
  {
    title: "writes",
    classes: ["sstore new", "sstore change", "sstore again", "transient storage"],
  },
  { title: "reads", classes: ["sload cold", "sload warm"] },
  { title: "accounts", classes: ["account cold", "account warm", "value transfer"] },
  { title: "code", classes: ["create"] },
  { title: "logs", classes: ["log"] },
  { title: "hashes", classes: ["keccak256"] },
  { title: "memory", classes: ["memory"] },
  { title: "other", classes: ["copies", "arithmetic", "stack and jumps", "burnt"] },
  { title: "refund", classes: ["refund"] },
];
const WRITES = [
  ["sstore new", "new"],
  ["sstore change", "changed"],
  ["sstore again", "again"],
] as const;

/** Tables in Markdown: against floor and target, by what takes the gas, and by contract. */
export function gasTables(reports: readonly GasReport[]): string {
  const against = table(
    ["transaction", "gas", "floor", "above it", "target", "the floor's storage"],
    reports.map((it) => [
      it.name,
      figure(it.gasUsed, it),
      figure(it.floor.gas, it),
      figure(it.gasUsed - it.floor.gas, it),
      targetOf(it),
      writesOfFloor(it.floor),
    ]),
  );
  const classes = table(
    ["transaction", "gas", ...COLUMNS.map((it) => it.title), "slots written"],
    reports.map((it) => [
      it.name,
      figure(it.gasUsed, it),
      ...COLUMNS.map((column) => figure(gasOf(it, column), it)),
      slotsOf(it),
    ]),
  );
  const contracts = table(
    ["transaction", "by the contract whose code runs"],
    reports.map((it) => [it.name, contractsOf(it)]),
  );
  return [against, classes, contracts].join("\n\n");
}

/** The table of docs/gas.md on batches: what each receipt takes. */
export function batchTable(points: readonly BatchPoint[]): string {
  const head = [
    "receipts",
    "groth16",
    "its verifier alone",
    "committedGroth16",
    "its verifier alone",
  ];
  return table(
    head,
    points.map((it) =>
      [
        it.receipts,
        it.groth16,
        it.groth16Verifier,
        it.committedGroth16,
        it.committedGroth16Verifier,
      ].map((gas) => gas.toLocaleString("en")),
    ),
  );
}

const gasOf = ({ byClass }: GasReport, { classes }: Column): number =>
  classes.reduce((sum, it) => sum + (byClass[it]?.gas ?? 0), 0);

function figure(gas: number, { receipts }: Pick<GasReport, "receipts">): string {
  return Math.round(gas / receipts).toLocaleString("en");
}

function targetOf({ target, targetExcludes }: GasReport): string {
  if (target === null) return "";
  const figures = [target, ...(targetExcludes === 0 ? [] : [targetExcludes])];
  return figures.map((it) => it.toLocaleString("en")).join(" + ");
}

function writesOfFloor({ newSlots = 0, changedSlots = 0, clearedSlots = 0, why }: Floor): string {
  const slots = [
    ...(newSlots === 0 ? [] : [`${String(newSlots)} new`]),
    ...(changedSlots === 0 ? [] : [`${String(changedSlots)} changed`]),
    ...(clearedSlots === 0 ? [] : [`${String(clearedSlots)} cleared`]),
  ];
  return [slots.length === 0 ? "none" : slots.join(", "), why].join(": ");
}

const slotsOf = ({ byClass }: GasReport): string =>
  WRITES.filter(([name]) => byClass[name] !== undefined)
    .map(([name, word]) => `${String(byClass[name]?.count)} ${word}`)
    .join(", ");

/** The dearest first; the transaction itself, precompiles and refunds are in the other table. */
function contractsOf(report: GasReport): string {
  return Object.entries(report.byContract)
    .filter(([name]) => !["transaction", "precompiles", "refunds"].includes(name))
    .sort(([, a], [, b]) => b.gas - a.gas)
    .map(([name, { gas }]) => `${name} ${figure(gas, report)}`)
    .join(", ");
}

/** Padded as Prettier pads it, so that a document takes it as it is. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isText = (column: number): boolean => rows.some((row) => /[a-z]/.test(row[column] ?? ""));
  const width = (column: number): number =>
    Math.max(3, ...[head, ...rows].map((row) => (row[column] ?? "").length));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((it, i) => (isText(i) ? it.padEnd(width(i)) : it.padStart(width(i)))).join(" | ")} |`;
  const rule = head.map((_, i) => "-".repeat(width(i) - 1) + (isText(i) ? "-" : ":"));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}
