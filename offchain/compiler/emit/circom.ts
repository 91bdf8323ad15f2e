import type { TensorEncoding } from "@vouch/protocol";
import type { IntegerGraph, IntegerNode, TensorId } from "../ir/integerGraph.ts";
import { claimedWords, componentsOf, elementsOf, undefinedTensor } from "./components.ts";
import type { Binding, Components, ProvableModel } from "./components.ts";
import type { Template } from "./templates.ts";

/** Signal of the main component that carries the parameter at `index` of `IntegerGraph.parameters`. */
export function parameterSignal(index: number): string {
  return `parameter${index}`;
}

/**
 * Returns the main circom file of a model, which includes the templates of `@vouch/circuits` by name.
 *
 * The text depends on shapes, types, shifts and modes only: neither names nor values occur in it, so all models of one
 * architecture share one circuit. Public signals are `[c, z, e]` of docs/statement.md; the private inputs are
 * `weightsSalt`, one array for each parameter, `x`, and `inputSalt` and `outputSalt` where the mode is committed.
 */
export function emitCircom(model: ProvableModel): string {
  const components = componentsOf(model);
  const signals = signalNames(model.graph);
  const body = [
    inputDeclarations(model),
    nodeStatements(model.graph.nodes, components, signals),
    weightsStatements(model.graph, components.weights),
    tensorStatements("input", "x", components.input),
    tensorStatements("output", signals(model.graph.output.id), components.output),
    claimStatements(components),
  ];
  return `pragma circom 2.2.0;

${includes(components)}

template Model() {
${body.map((lines) => lines.map((line) => `    ${line}\n`).join("")).join("\n")}}

component main {public [c, z, e]} = Model();
`;
}

function includes({ nodes, weights, input, output, claim }: Components): string {
  const templates = [
    ...nodes,
    ...[weights, input, output].flatMap(({ pack, commit }) => [pack, commit]),
    claim,
  ];
  const files = new Set(templates.flatMap((it) => (it === undefined ? [] : [it.file])));
  return [...files]
    .sort()
    .map((file) => `include "${file}.circom";`)
    .join("\n");
}

/** Signal of every tensor; a reshape shares its input's. */
function signalNames(graph: IntegerGraph): (id: TensorId) => string {
  const names = new Map<TensorId, string>([[graph.input.id, "x"]]);
  graph.parameters.forEach((it, index) => names.set(it.id, parameterSignal(index)));
  const signal = (id: TensorId): string => names.get(id) ?? undefinedTensor(id);
  graph.nodes.forEach((node, index) =>
    names.set(node.output.id, node.op === "reshape" ? signal(node.input) : `node${index}`),
  );
  return signal;
}

function inputDeclarations({ graph, input, output }: ProvableModel): readonly string[] {
  const isCommitted = ({ mode }: TensorEncoding): boolean => mode === "committed";
  return [
    "signal input c;",
    "signal input z;",
    "signal input e;",
    "signal input weightsSalt;",
    ...graph.parameters.map(
      (it, index) => `signal input ${parameterSignal(index)}[${elementsOf(it)}];`,
    ),
    `signal input x[${elementsOf(graph.input)}];`,
    ...(isCommitted(input) ? ["signal input inputSalt;"] : []),
    ...(isCommitted(output) ? ["signal input outputSalt;"] : []),
  ];
}

function nodeStatements(
  nodes: readonly IntegerNode[],
  components: Components,
  signal: (id: TensorId) => string,
): readonly string[] {
  return nodes.flatMap((node, index) => {
    const template = components.nodes[index];
    if (template === undefined) return [];
    const target = `signal ${signal(node.output.id)}[${elementsOf(node.output)}]`;
    return [`${target} <== ${call(template, ...operands(node, signal))};`];
  });
}

/** Operands in the order of the template's inputs. */
function operands(node: IntegerNode, signal: (id: TensorId) => string): readonly string[] {
  switch (node.op) {
    case "linear":
      return [node.input, node.weights, ...(node.bias === undefined ? [] : [node.bias])].map(
        signal,
      );
    case "combine":
      return [
        `[${node.inputs.map(signal).join(", ")}]`,
        `[${node.multipliers.map((id) => `${signal(id)}[0]`).join(", ")}]`,
      ];
    case "rescale":
      return [signal(node.input), node.multiplier === undefined ? "[1]" : signal(node.multiplier)];
    case "relu":
    case "reshape":
      return [signal(node.input)];
    default:
      return node satisfies never;
  }
}

function weightsStatements({ parameters }: IntegerGraph, { pack, commit }: Binding): string[] {
  if (commit === undefined) return [];
  if (pack === undefined) return [`signal weights <== ${call(commit, "[weightsSalt]")};`];
  const total = parameters.reduce((sum, it) => sum + elementsOf(it), 0);
  let at = 0;
  const copies = parameters.map((it, index) => {
    const elements = elementsOf(it);
    const place = at === 0 ? "i" : `${at} + i`;
    at += elements;
    return `for (var i = 0; i < ${elements}; i++) { parameters[${place}] <== ${parameterSignal(index)}[i]; }`;
  });
  return [
    `signal parameters[${total}];`,
    ...copies,
    `signal weightsWords[${pack.words}] <== ${call(pack, "parameters")};`,
    `signal weights <== ${call(commit, "weightsSalt", "weightsWords")};`,
  ];
}

function tensorStatements(
  name: "input" | "output",
  tensor: string,
  { pack, commit }: Binding,
): string[] {
  if (pack === undefined) return [];
  const packed = commit === undefined ? `${name}Claim` : `${name}Words`;
  const statements = [`signal ${packed}[${pack.words}] <== ${call(pack, tensor)};`];
  if (commit === undefined) return statements;
  return [
    ...statements,
    `signal ${name}Claim[1];`,
    `${name}Claim[0] <== ${call(commit, `${name}Salt`, packed)};`,
  ];
}

function claimStatements({ input, output, claim }: Components): string[] {
  const [inputWords, outputWords] = [claimedWords(input), claimedWords(output)];
  return [
    `signal v[${1 + inputWords + outputWords}];`,
    "v[0] <== weights;",
    `for (var i = 0; i < ${inputWords}; i++) { v[1 + i] <== inputClaim[i]; }`,
    `for (var i = 0; i < ${outputWords}; i++) { v[${1 + inputWords} + i] <== outputClaim[i]; }`,
    `${call(claim, "v", "c", "z", "e")};`,
  ];
}

function call({ file, parameters }: Template, ...inputs: readonly string[]): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const literals = parameters.map((it) =>
    typeof it === "number" ? String(it) : `[${it.join(", ")}]`,
  );
  return `${name}(${literals.join(", ")})(${inputs.join(", ")})`;
}
