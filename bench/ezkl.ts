// Proofs of a model by commit-and-prove, by plain Groth16 and by ezkl, one after the other on one machine: key, witness, proof
// and memory; medians of five. Prints JSON.
//
//   python3 -m venv /tmp/ezkl && /tmp/ezkl/bin/pip install ezkl==23.0.5
//   EZKL_PYTHON=/tmp/ezkl/bin/python VOUCH_ZOO=<folder> npm run bench:ezkl -- [model ...]
//
// By default mlp-784-56-10 (44,530 random weights), and 4l_relu_conv_fc of VOUCH_ZOO where that is set: a folder of
// <name>/network.onnx and <name>/input.json, as examples/onnx of ezkl's repository. Some five minutes on two cores.
import { machineOf } from "./proofs/machineOf.ts";
import { measureProofs } from "./proofs/measureProofs.ts";
import { SYSTEMS } from "./proofs/proofFigures.ts";
import type { MeasuredProofs } from "./proofs/proofFigures.ts";
import { readSubject } from "./proofs/subjects.ts";
import type { EzklFigures } from "./ezkl/measureEzkl.ts";
import { measureEzkl } from "./ezkl/measureEzkl.ts";

const python = process.env["EZKL_PYTHON"] ?? "";
if (python === "") throw new RangeError("EZKL_PYTHON names no Python that has ezkl");
const zoo = process.env["VOUCH_ZOO"] ?? "";
const given = process.argv.slice(2);
const names =
  given.length > 0 ? given : ["mlp-784-56-10", ...(zoo === "" ? [] : ["4l_relu_conv_fc"])];

const models: object[] = [];
for (const name of names) models.push(await measureModel(name));
const command = ["npm run bench:ezkl", ...(given.length > 0 ? ["--", ...given] : [])].join(" ");
console.log(JSON.stringify({ command, machine: machineOf(), models }, undefined, 2));

async function measureModel(name: string): Promise<object> {
  const subject = readSubject(name);
  const { parameters } = subject.model.graph;
  const ezkl = await measureEzkl(python, subject);
  const rows: Record<string, object> = {};
  for (const system of SYSTEMS) {
    process.stderr.write(`${name}, ${system}\n`);
    const ours = await measureProofs(name, system, "native");
    rows[system] = { ...ours, times: comparison(ezkl, ours) };
  }
  const count = parameters.reduce((sum, { values }) => sum + values.length, 0);
  return { name, parameters: count, ezkl, ...rows };
}

/** What ezkl takes of each, as multiples of what we take; `whole` is witness and proof. */
function comparison(ezkl: EzklFigures, ours: MeasuredProofs): Record<string, number> {
  const times = (theirs: number, own: number): number => Math.round((10 * theirs) / own) / 10;
  return {
    wholeCpu: times(ezkl.witness.cpu + ezkl.prove.cpu, ours.whole.cpu),
    wholeWall: times(ezkl.witness.wall + ezkl.prove.wall, ours.whole.wall),
    keyBytes: times(ezkl.keyBytes, ours.keyBytes),
  };
}
