import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { solidityPages } from "../../../scripts/docs/reference/solidityPages.ts";

describe("solidityPages", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "vouch-reference-"));
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  const pagesOf = async (sources: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    for (const [path, text] of Object.entries(sources)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const pages = await solidityPages(root, Object.keys(sources));
    return pages.map(({ text }) => text);
  };

  describe("given a contract without bases", () => {
    it("takes none from its comments", async () => {
      const [page] = await pagesOf({
        "contracts/A.sol": "contract A { /// @notice What is void.\n struct B { uint8 c; } }",
      });
      expect(page).to.include("\nContract.\n").and.to.include("\nWhat is void.");
    });
  });

  describe("given a contract with bases", () => {
    it("links those that have a page, and shows no private function", async () => {
      const [page] = await pagesOf({
        "contracts/C.sol":
          "abstract contract C is ID, E {\n function f() external {}\n function g() private {}\n}",
        "contracts/interfaces/ID.sol": "interface ID {}",
      });
      expect(page).to.include("Abstract contract that is [`ID`](../interfaces/ID.md), `E`.");
      expect(page).to.include("### f").and.to.not.include("### g");
    });
  });
});
