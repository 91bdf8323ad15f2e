import { join } from "node:path";
import { expect } from "chai";
import { checkData } from "../../../scripts/docs/blocks/checkData.ts";
import { checkShell } from "../../../scripts/docs/blocks/checkShell.ts";
import type { Commands, TaskShape } from "../../../scripts/docs/blocks/checkShell.ts";
import { checkSolidity } from "../../../scripts/docs/blocks/checkSolidity.ts";
import { checkTypescript, modulesOf } from "../../../scripts/docs/blocks/checkTypescript.ts";
import { blocksOf } from "../../../scripts/docs/blocks/readBlocks.ts";
import type { Finding } from "../../../scripts/docs/blocks/readBlocks.ts";
import { shellCommands } from "../../../scripts/docs/blocks/shellCommands.ts";
import { namesOf, sortBlocks } from "../../../scripts/docs/blocks/sortBlocks.ts";
import { runBlocks } from "../../../scripts/docs/blocks/runBlocks.ts";

const ROOT = join(import.meta.dirname, "../../..");

describe("blocksOf", () => {
  it("finds blocks in lists, with their words, and longer fences around shorter ones", () => {
    const page = "a\n- b\n\n  ```ts run file=a.ts\n  const a = 1;\n  ```\n\n````text\n```\n````\n";
    expect(blocksOf("docs/page.md", page)).to.deep.equal([
      {
        page: "docs/page.md",
        line: 4,
        language: "ts",
        words: new Map([
          ["run", ""],
          ["file", "a.ts"],
        ]),
        code: "const a = 1;",
      },
      { page: "docs/page.md", line: 8, language: "text", words: new Map(), code: "```" },
    ]);
  });
});

describe("sortBlocks", () => {
  it("refuses a language that nothing checks, and a reason of no word", () => {
    const { unknown, reasons } = sortBlocks(
      fenced("rust", "fn main() {}", "python test=peer", "pass", "ts test=", "1"),
    );
    expect(linesOf(unknown)).to.deep.equal([1, 7]);
    expect(reasons.get("peer")).to.equal(1);
  });

  it("refuses TypeScript that is neither executed nor says why", () => {
    const { unknown } = sortBlocks(
      fenced("ts", "1", "ts run", "2", "ts with=chain", "3", "ts test=peer", "4", "js", "5"),
    );
    expect(linesOf(unknown)).to.deep.equal([1, 13]);
  });
});

describe("sortBlocks of the shell", () => {
  it("refuses a block that is neither executed nor says why, and compares one that does", () => {
    const { unknown, checked, compared, reasons } = sortBlocks(
      fenced("sh", "a", "sh run", "b", "sh with=checkout", "c", "sh compared=machine", "d").concat(
        fenced("sh compared=", "e", "sh test=peer", "f"),
      ),
    );
    expect(unknown.map(({ what }) => what)).to.deep.equal([
      "test= and compared= need a reason",
      "say run, with=<terminals> or compared=<reason>",
    ]);
    expect(checked.shell.map(({ code }) => code)).to.deep.equal(["a", "b", "c", "d", "e"]);
    expect(compared.get("machine")?.length).to.equal(1);
    expect(reasons).to.deep.equal(new Map([["peer", 1]]));
  });
});

describe("shellCommands", () => {
  it("splits at separators, and leaves comments, assignments and here-documents out", () => {
    const code = "A=1 npm run b && c 'd e' # f\ncat <<EOF > g\nnpx hardhat h\nEOF\ni \\\n  j";
    expect(shellCommands(code)).to.deep.equal([
      { line: 0, words: ["npm", "run", "b"] },
      { line: 0, words: ["c", "d e"] },
      { line: 1, words: ["cat", "<<EOF", ">", "g"] },
      { line: 4, words: ["i", "j"] },
    ]);
  });
});

describe("checkShell", () => {
  const infer: TaskShape = {
    options: new Map([["inputMode", { name: "inputMode", type: "STRING" }]]),
    positionalArguments: [{ isVariadic: false }],
    subtasks: new Map(),
  };
  const commands: Commands = {
    tasks: new Map([["infer", infer]]),
    globalOptions: ["network"],
    scripts: ["demo"],
    programs: { "vouch-worker": { commands: ["run"], flags: ["--work-infer"] } },
  };
  const wrong = (code: string): readonly number[] =>
    linesOf(checkShell(fenced("sh", code), commands));

  it("takes what exists", () => {
    const code =
      "npx hardhat infer a --network <name> --input-mode committed --help\nnpm run demo -- --x\nvouch-worker run --work-infer 0";
    expect(wrong(code)).to.deep.equal([]);
  });

  for (const code of [
    "npx hardhat inferr",
    "npx hardhat infer --inputMode committed",
    "npx hardhat infer a b",
    "npm run demos",
    "vouch-worker walk",
    "vouch-worker run --work-prove 0",
    "echo $(",
  ]) {
    it(`refuses ${code}`, () => {
      expect(wrong(`true\n${code}`)).to.have.lengthOf(1);
    });
  }
});

describe("checkData", () => {
  it("refuses what does not parse, as JSON, as its schema, as a diagram", () => {
    const blocks = fenced(
      ...["json", "{a: 1}", "json schema=receipt", "{}", "json schema=none", "{}"],
      ...["yaml", "a: [", "mermaid", "pudding", "json", "[1]"],
    );
    expect(linesOf(checkData(blocks))).to.deep.equal([1, 4, 7, 10, 13]);
  });
});

describe("checkSolidity", () => {
  const check = async (...fences: readonly string[]): Promise<readonly number[]> =>
    linesOf(checkSolidity(ROOT, fenced(...fences), await namesOf(ROOT)));

  it("imports what a fragment mentions, and puts around it what it needs", async () => {
    const found = await check(
      ...["solidity", "contract A {\n    function f(IQuorum) external { ... }\n}"],
      ...[
        "solidity",
        "function g() external pure returns (Policy memory) { return Policies.all(Policies.signature()); }",
      ],
      ...["solidity", "Policy memory policy = Policies.all(Policies.signature());"],
      ...[
        "solidity in=InferenceConsumer",
        "function h() external view returns (address) { return address(requests); }",
      ],
      ...["solidity file=B.sol", "pragma solidity 0.8.37;\ncontract B {}"],
      ...["solidity", 'import {B} from "./B.sol";\ncontract C is B {}'],
    );
    expect(found).to.deep.equal([]);
  });

  it("finds errors where they are", async () => {
    const found = await check(
      ...["solidity", "contract A {}\ncontract B {\n    uint8 b = 256;\n}"],
      ...["solidity", "uint256 c = true;"],
    );
    expect(found).to.deep.equal([4, 8]);
  });
});

describe("checkTypescript", () => {
  const check = (...fences: readonly string[]): readonly number[] =>
    linesOf(checkTypescript(ROOT, modulesOf(join(ROOT, "cache/checked"), fenced(...fences))));

  it("resolves blocks of a page by name and joins those of a group; finds errors where they are", () => {
    const found = check(
      ...["ts file=a.ts", "export const a = 1;", "ts", 'import { a } from "./a.ts";\na.b;'],
      ...["ts group=g", "const c = 1;", "ts group=g", "c.d;\nc satisfies string;"],
    );
    expect(found).to.deep.equal([6, 12, 13]);
  });
});

describe("runBlocks", () => {
  it("runs what says so, and finds what ends badly", async () => {
    const sorted = sortBlocks(fenced("sh run", "true", "sh run", "exit 3", "sh", "exit 4"));
    expect(linesOf(await runBlocks(ROOT, sorted))).to.deep.equal([4]);
  });

  it("finds what prints other than its page shows", async () => {
    const sorted = sortBlocks(
      fenced(
        ...["sh run", "echo a; echo 12 c", "text printed", "a\n… c"],
        ...["sh run", "echo a b", "text printed", "a"],
        ...["sh run", "echo a; echo b", "text printed", "b…a"],
        ...["sh run", "echo aa", "text printed", "aa…aa"],
        ...["sh run", "echo a", "text", "b"],
      ),
    );
    expect(linesOf(await runBlocks(ROOT, sorted))).to.deep.equal([8, 14, 20]);
  });

  it("finds TypeScript that prints other than its page shows", async () => {
    const sorted = sortBlocks(fenced("ts run", "console.log(1 as number);", "text printed", "2"));
    expect(linesOf(await runBlocks(ROOT, sorted))).to.deep.equal([1]);
  });
});

/** A page of blocks: info strings and codes in turn. */
function fenced(...parts: readonly string[]): ReturnType<typeof blocksOf> {
  const blocks = parts.map((part, at) => (at % 2 === 0 ? `\`\`\`${part}` : `${part}\n\`\`\``));
  return blocksOf("docs/page.md", blocks.join("\n"));
}

function linesOf(findings: readonly Finding[]): readonly number[] {
  return findings.map(({ at }) => Number(at.split(":").at(-1)));
}
