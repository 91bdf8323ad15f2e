import type { WeightsMode } from "../ir/compiledModel.ts";
import type { TableError } from "../tableErrors.ts";
import type { CommittedPrice } from "./committedPrice.ts";
import { COMMITTED_GAS } from "./chooseSystem.ts";
import type { PageTable } from "./estimatePage.ts";
import type { CircuitPrice, ModelEstimate, ModelPrice } from "./modelEstimate.ts";
import type { OpSurvey } from "./surveyOps.ts";

const MODES = ["private", "public"] as const;
/** Of more layers, the table has these that cost most. */
const MAX_LAYERS = 40;
/** Of more nodes whose tables are alike, these are named. */
const MAX_NODES = 3;

/** An estimate as tables to print; the first row of each is its head. */
export function estimateTables({ survey, price }: ModelEstimate): readonly PageTable[] {
  const problems = survey.problems.length === 0 ? [] : [problemTable(survey)];
  const tables = [opTable(survey), ...problems];
  if (price === undefined) return tables;
  return [
    ...tables,
    layerTable(price),
    circuitTable(price),
    gasTable(price),
    evidenceTable(price),
    adviceTable(price),
  ];
}

function opTable({ ops, unchecked }: OpSurvey): PageTable {
  const rows = ops.map(({ domain, op, opset, count, unsupported }) => [
    op,
    domain,
    String(opset),
    String(count),
    unsupported === 0 ? "yes" : unsupported === count ? "no" : `no for ${unsupported}`,
  ]);
  const rest =
    unchecked.length === 0
      ? []
      : [["…", "", "", String(unchecked.length), "not looked at closely: behind what is missing"]];
  return {
    title: "Ops",
    rows: [["op", "domain", "opset", "nodes", "supported"], ...rows, ...rest],
  };
}

function problemTable({ problems }: OpSurvey): PageTable {
  const rows = problems.map(({ node, op, domain, opset, reason }) => [
    node,
    op,
    `${domain} ${opset}`,
    reason,
  ]);
  return { title: "Not supported", rows: [["node", "op", "opset", "what to do"], ...rows] };
}

function layerTable({ layers, bindings, parameters, macs }: ModelPrice): PageTable {
  const ranked = layers.filter((it) => it.private + it.public > 0);
  const shown = new Set(
    ranked.toSorted((a, b) => b.private + b.public - a.private - a.public).slice(0, MAX_LAYERS),
  );
  const rest = layers.filter((it) => !shown.has(it));
  const sum = (of: (row: { private: number; public: number }) => number): string =>
    count([...layers, ...bindings].reduce((total, it) => total + of(it), 0));
  const rows = ranked
    .filter((it) => shown.has(it))
    .map((it) => [
      it.name,
      it.op,
      count(it.macs),
      count(it.parameters),
      count(it.private),
      count(it.public),
    ]);
  const cheap = rest.reduce(
    (total, it) => ({
      private: total.private + it.private,
      public: total.public + it.public,
    }),
    { private: 0, public: 0 },
  );
  const others =
    cheap.private + cheap.public === 0
      ? []
      : [[`${rest.length} more layers`, "", "", "", count(cheap.private), count(cheap.public)]];
  const bound = bindings.map((it) => [
    it.name === "weights" ? "weights: hash" : it.name,
    "",
    "",
    "",
    count(it.private),
    count(it.public),
  ]);
  const committed = layers.reduce((total, it) => total + it.parameters, 0);
  return {
    title: `Constraints by layer (${count(parameters)} parameters, ${count(committed)} integers committed where they are private, ${count(macs)} MACs)`,
    rows: [
      ["layer", "op", "MACs", "integers", "private weights", "public weights"],
      ...rows,
      ...others,
      ...bound,
      ["total", "", "", "", sum((it) => it.private), sum((it) => it.public)],
    ],
  };
}

function circuitTable(price: ModelPrice): PageTable {
  const { circuits, machine } = price;
  const row = (name: string, of: (circuit: CircuitPrice) => string): readonly string[] => [
    name,
    ...MODES.map((mode) => {
      const circuit = circuits[mode];
      return circuit.status === "priced" ? of(circuit) : "none";
    }),
  ];
  const hasSegments = MODES.some((mode) => "segments" in circuits[mode]);
  const basis = machine.measured
    ? "measured on this machine"
    : "of a reference machine; to measure this one run: npm run bench:proving";
  return {
    title: `Circuit (seconds ${basis}: ${machine.cpu}, ${machine.threads} threads)`,
    rows: [
      ["weights", "private", "public"],
      row("constraints", ({ constraints }) => count(constraints)),
      ...batchRows(circuits, row),
      row("domain", ({ domain }) => `2^${domain.power}, ${count(domain.free)} rows free`),
      row(
        "next lower power",
        ({ domain }) => `${count(domain.over)} rows over 2^${domain.power - 1}`,
      ),
      row("gets there by", ({ saving }) =>
        saving === undefined ? "-" : `${saving.change} (${count(saving.constraints)} constraints)`,
      ),
      row("witness", ({ bytes }) => size(bytes.witness)),
      row("proving key", ({ bytes }) => `about ${size(bytes.provingKey)}`),
      row("witness, seconds", ({ seconds }) => duration(seconds.witness)),
      row("proof, seconds", ({ seconds }) => duration(seconds.prove)),
      ...(hasSegments ? [row("segments within the budget", segmentsIn)] : []),
      ...committedRows(row),
    ],
  };
}

/** The same of the circuit by commit-and-prove, and which is chosen. */
function committedRows(
  row: (name: string, of: (circuit: CircuitPrice) => string) => readonly string[],
): readonly (readonly string[])[] {
  const committed = (name: string, of: (price: CommittedPrice) => string): readonly string[] =>
    row(`by commit-and-prove: ${name}`, (it) =>
      it.committed.status === "priced" ? of(it.committed) : "none",
    );
  return [
    committed("constraints", ({ constraints }) => count(constraints)),
    committed("domain", ({ domain }) => `2^${domain.power}, ${count(domain.free)} rows free`),
    committed("proving key", ({ bytes }) => `about ${size(bytes.provingKey)}`),
    committed("witness, seconds", ({ seconds }) => duration(seconds.witness)),
    committed("proof, seconds", ({ seconds }) => duration(seconds.prove)),
    row("published by", ({ choice }) => choice.system),
  ];
}

/** Of each number of inferences that a circuit may prove at once. */
function batchRows(
  circuits: ModelPrice["circuits"],
  row: (name: string, of: (circuit: CircuitPrice) => string) => readonly string[],
): readonly (readonly string[])[] {
  const counts = MODES.flatMap((mode) => {
    const circuit = circuits[mode];
    return circuit.status === "priced" ? circuit.batches.map((it) => it.inferences) : [];
  });
  return [...new Set(counts)].map((inferences) =>
    row(`each of ${inferences} in one circuit`, ({ batches }) => {
      const batch = batches.find((it) => it.inferences === inferences);
      return batch === undefined ? "over the budget" : count(batch.each);
    }),
  );
}

function segmentsIn({ segments }: CircuitPrice): string {
  if (segments === undefined) return "-";
  if (segments.status === "refused") return "none";
  return `${segments.constraints.length}, the largest of ${count(Math.max(...segments.constraints))} constraints`;
}

function gasTable({ gas, onChain }: ModelPrice): PageTable {
  return {
    title: `Gas (${gas.inputWords} words of input, ${gas.outputWords} of output)`,
    rows: [
      ["step", "gas"],
      ["request", count(gas.request)],
      ["lock", count(gas.lock)],
      ["answer, verified by its proof", count(gas.fulfil)],
      ["answer, by commit-and-prove", count(gas.fulfil + COMMITTED_GAS)],
      [
        "evaluation by a contract, no proof",
        onChain.status === "feasible" ? count(onChain.evaluate) : onChain.message,
      ],
    ],
  };
}

function evidenceTable({ advice }: ModelPrice): PageTable {
  return {
    title: "Evidence",
    rows: [
      ["kind", "fits", "why"],
      ...advice.evidence.map(({ kind, fits, why }) => [kind, fits ? "yes" : "no", why]),
    ],
  };
}

/** What there is no circuit for, and no segments. */
function refusals({ circuits }: ModelPrice): readonly string[] {
  return MODES.flatMap((mode) => {
    const circuit = circuits[mode];
    if (circuit.status === "refused")
      return [`no circuit with ${mode} weights: ${circuit.message}`];
    const { segments } = circuit;
    if (segments?.status !== "refused") return [];
    return [`no segments with ${mode} weights: ${segments.message}`];
  });
}

function adviceTable(price: ModelPrice): PageTable {
  const { advice, calibration, circuits } = price;
  const recommended = circuits[advice.weights];
  const [system, why] =
    recommended.status === "priced"
      ? [recommended.choice.system, [recommended.choice.why]]
      : ["groth16", []];
  const source =
    calibration.kind === "samples"
      ? `ranges are measured on ${calibration.rows} samples`
      : `ranges are measured on numbers drawn from a seed, ${calibration.domain}: with private weights constraints depend on them only where a function has no fixed domain or features are of very different ranges, with public ones by little; --samples takes real inputs`;
  return {
    title: `Recommended: ${advice.policy}, ${advice.weights} weights, ${system}`,
    rows: [
      ["", ""],
      ...[...advice.reasons, ...why].map((it) => ["why", it]),
      ...advice.warnings.map((it) => ["mind", it]),
      ...tableNotes(price.tables),
      ...refusals(price).map((it) => ["note", it]),
      ["note", source],
    ],
  };
}

/** The error of each table, of equal ones once; what is far off is to be minded. */
function tableNotes(tables: readonly TableError[]): readonly (readonly string[])[] {
  const nodes = new Map<string, string[]>();
  for (const it of tables) {
    const error = `is at most ${figure(it.maxError)} off on arguments from ${figure(it.domain[0])} to ${figure(it.domain[1])}, ${figure((100 * it.maxError) / it.range)} % of its range`;
    const text = it.isAccurate
      ? `the table of ${it.function} ${error}`
      : `the table of ${it.function} ${error}: declare samples of a narrower range, or write the model without it`;
    const key = JSON.stringify([it.isAccurate ? "note" : "mind", text]);
    nodes.set(key, [...(nodes.get(key) ?? []), it.node]);
  }
  return [...nodes].map(([key, names]) => {
    const [kind = "", text = ""] = JSON.parse(key) as readonly string[];
    const shown = names.slice(0, MAX_NODES).join(", ");
    const rest = names.length - MAX_NODES;
    return [kind, `${shown}${rest > 0 ? ` and ${rest} more` : ""}: ${text}`];
  });
}

function figure(value: number): string {
  return String(Number(value.toPrecision(2)));
}

/** Modes that have a circuit, with their constraints. */
export function constraintsOf({ circuits }: ModelPrice): Partial<Record<WeightsMode, number>> {
  return Object.fromEntries(
    MODES.flatMap((mode) => {
      const circuit = circuits[mode];
      return circuit.status === "priced" ? [[mode, circuit.constraints]] : [];
    }),
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function size(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
}

function duration(seconds: number): string {
  return seconds < 0.095 ? seconds.toFixed(3) : seconds.toFixed(seconds < 9.5 ? 1 : 0);
}
