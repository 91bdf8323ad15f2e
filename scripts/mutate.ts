// Mutation testing of the contracts: puts one small fault at a time into a copy and asks whether a test notices.
//
//   npm run mutate -- --contracts StakeVault,Words --sample 40 --seed 7 --jobs 2
//   npm run mutate -- --list            prints the mutants and tries none
//
// Verdicts are kept in cache/mutation and asked for again only after a change of contracts or tests, so that a run that
// was stopped goes on where it was.
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { type Mutant, mutantsOf } from "./mutate/mutantsOf.ts";
import {
  type Tried,
  contractScore,
  renderScores,
  renderSurvivor,
  scoreOf,
} from "./mutate/mutationReport.ts";
import { sample } from "./mutate/sample.ts";
import { makeScratchCopy } from "./mutate/scratchCopy.ts";
import { testsFor } from "./mutate/testsFor.ts";
import { type Verdict, codeOf, hardhat, passesUnchanged, tryMutant } from "./mutate/tryMutant.ts";
import { ROOT, filesBelow, shippedContracts } from "./solidity/solidityFiles.ts";

const { values } = parseArgs({
  options: {
    contracts: { type: "string" },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    json: { type: "string", default: "cache/mutation/report.json" },
    list: { type: "boolean", default: false },
  },
});
const names = values.contracts?.split(",");
const paths = shippedContracts().filter(
  (path) => names === undefined || names.includes(basename(path, ".sol")),
);
for (const name of names ?? []) {
  if (!paths.some((path) => basename(path, ".sol") === name))
    throw new Error(`There is no contract ${name}.`);
}

const texts = new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
const all = new Map([...texts].map(([path, text]) => [path, mutantsOf(path, text)]));
const chosen = new Map(
  [...all]
    .filter(([, mutants]) => mutants.length > 0)
    .map(([path, mutants]) => [
      path,
      sample(mutants, Number(values.sample ?? mutants.length), Number(values.seed)),
    ]),
);
const queue = [...chosen.values()].flat();
const verdictFile = join(ROOT, "cache/mutation", `${keyOfSources()}.jsonl`);

if (values.list) {
  for (const mutant of queue) {
    const replacement = mutant.replacement === "" ? "nothing" : mutant.replacement;
    console.log(
      `${mutant.id} ${mutant.path}:${mutant.line} ${mutant.operator}: ${mutant.original} becomes ${replacement}`,
    );
  }
  console.log(`${queue.length} mutants`);
} else {
  await run();
}

async function run(): Promise<void> {
  const verdicts = readVerdicts();
  const tests = new Map([...chosen.keys()].map((path) => [path, testsFor(path)]));
  const folders: string[] = [];
  const discard = (): void => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", discard);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

  const rest = queue.filter(({ id }) => !verdicts.has(id));
  console.log(`${queue.length} mutants, ${queue.length - rest.length} tried before`);
  if (rest.length > 0) {
    const folder = await copyThatPasses(new Set(rest.map(({ path }) => path)), tests, folders);
    const originalCode = codeOf(folder);
    const copies = [folder];
    for (let job = 1; job < Number(values.jobs); job++) copies.push(await builtCopy(folders));
    let done = 0;
    const started = performance.now();
    await Promise.all(
      copies.map(async (copy) => {
        for (let mutant = rest.shift(); mutant !== undefined; mutant = rest.shift()) {
          const concerned = tests.get(mutant.path);
          if (concerned === undefined) continue;
          const verdict = await tryMutant(copy, mutant, originalCode, concerned);
          keepVerdict(mutant, verdict);
          verdicts.set(mutant.id, verdict);
          done++;
          const left = Math.round(
            ((performance.now() - started) / done / 60_000) * (rest.length + copies.length - 1),
          );
          console.log(
            `${done}/${done + rest.length} ${verdict.status.padEnd(12)} ${mutant.path}:${mutant.line} ${mutant.operator} (about ${left} min left)`,
          );
        }
      }),
    );
  }
  report(verdicts);
}

function report(verdicts: ReadonlyMap<string, Verdict>): void {
  const tried = (mutants: readonly Mutant[]): readonly Tried[] =>
    mutants.flatMap((mutant) => {
      const verdict = verdicts.get(mutant.id);
      return verdict === undefined ? [] : [{ mutant, verdict }];
    });
  const scores = [...chosen].map(([path, mutants]) =>
    contractScore(path, all.get(path)?.length ?? 0, tried(mutants)),
  );
  const survivors = tried(queue).filter(({ verdict }) => verdict.status === "survived");
  for (const { mutant } of survivors)
    console.log(`\n${renderSurvivor(mutant, texts.get(mutant.path) ?? "")}`);
  console.log(`\n${renderScores(scores)}`);
  mkdirSync(join(ROOT, "cache/mutation"), { recursive: true });
  writeFileSync(
    join(ROOT, values.json),
    `${JSON.stringify(
      {
        seed: Number(values.seed),
        scores: scores.map((score) => ({ ...score, score: scoreOf(score) })),
        survivors: survivors.map(({ mutant }) => mutant),
      },
      null,
      2,
    )}\n`,
  );
  console.log(`\nwrote ${values.json}`);
}

/** A copy in which the chosen contracts' tests pass as they are; without that a verdict says nothing. */
async function copyThatPasses(
  changed: ReadonlySet<string>,
  tests: ReadonlyMap<string, ReturnType<typeof testsFor>>,
  folders: string[],
): Promise<string> {
  const folder = await builtCopy(folders);
  const files = [...changed].flatMap((path) => {
    const concerned = tests.get(path);
    return concerned === undefined ? [] : [...concerned.own, ...concerned.dependents];
  });
  const { passed, output } = await passesUnchanged(folder, [...new Set(files)].sort());
  if (!passed) throw new Error(`The tests fail on the contracts as they are:\n${output}`);
  return folder;
}

async function builtCopy(folders: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "vouch-mutation-"));
  folders.push(folder);
  makeScratchCopy(folder);
  const { passed, output } = await hardhat(folder, ["build", "--quiet"]);
  if (!passed) throw new Error(output);
  return folder;
}

/** Names the contracts and tests on which verdicts were reached. */
function keyOfSources(): string {
  const hash = createHash("sha256");
  for (const path of [
    ...filesBelow("contracts", ".sol"),
    ...filesBelow("test/contracts", ""),
    ...filesBelow("test/helpers", ".ts"),
  ]) {
    if (/\.(sol|ts)$/.test(path)) hash.update(path).update(readFileSync(join(ROOT, path)));
  }
  return hash.digest("hex").slice(0, 16);
}

function readVerdicts(): Map<string, Verdict> {
  if (!existsSync(verdictFile)) return new Map();
  return new Map(
    readFileSync(verdictFile, "utf8")
      .split("\n")
      .filter((line) => line.endsWith("}"))
      .map((line) => {
        const { id, ...verdict } = JSON.parse(line) as Verdict & { readonly id: string };
        return [id, verdict];
      }),
  );
}

function keepVerdict(mutant: Mutant, verdict: Verdict): void {
  mkdirSync(join(ROOT, "cache/mutation"), { recursive: true });
  appendFileSync(verdictFile, `${JSON.stringify({ id: mutant.id, ...verdict })}\n`);
}
