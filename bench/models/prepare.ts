// Writes releases in the form in which they lie in the cache once they were verified: every example in turn, each time with
// another training. Arguments: folder, number of releases.
import { writeFileSync } from "node:fs";
import type { IntegerGraph } from "@vouch/compiler";
import { writeExecutable } from "@vouch/execution";
import { contentId } from "@vouch/protocol";
import type { ReleaseId } from "@vouch/protocol";
import { compileExample } from "./compileExample.ts";
import { EXAMPLES, listIn, releaseOf, rounded } from "./examples.ts";

const [, , folder = "", releases = ""] = process.argv;
const compiled = EXAMPLES.map((name) => compileExample(name));
const ids: ReleaseId[] = [];
const files = new Set<string>();
let bytes = 0;
for (let i = 0; i < Number(releases); i++) {
  const model = compiled[i % compiled.length];
  if (model === undefined) throw new RangeError("there is no example");
  const training = Math.floor(i / compiled.length);
  const release = releaseOf(model.graph.name, training);
  const content = contentId(new TextEncoder().encode(release));
  const retrained = { ...model, graph: withTraining(model.graph, training) };
  const { sha256, fileBytes } = await writeExecutable(folder, {
    ...{ release, content },
    compiled: retrained,
  });
  ids.push(release);
  files.add(sha256);
  bytes += fileBytes;
}
writeFileSync(listIn(folder), JSON.stringify(ids));
const megabytes = rounded(bytes / 1e6);
console.log(JSON.stringify({ releases: ids.length, files: files.size, megabytes }));

/** The same architecture with other weights: the first few of its largest parameter spell the number of the training. */
function withTraining(graph: IntegerGraph, training: number): IntegerGraph {
  const largest = graph.parameters.reduce((a, b) => (b.values.length > a.values.length ? b : a));
  const digits = training.toString(2).padStart(Math.min(largest.values.length, 16), "0");
  const values = largest.values.map((it, i) => (digits[i] === undefined ? it : BigInt(digits[i])));
  const retrained = { ...largest, values };
  return {
    ...graph,
    parameters: graph.parameters.map((it) => (it === largest ? retrained : it)),
  };
}
