import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Receipt } from "@vouch/protocol";
import { EVIDENCE_KINDS, parseReceipt, serializeReceipt } from "@vouch/protocol";
import { expect } from "chai";
import { findPages } from "../../../scripts/docs/site/findPages.ts";
import { inlinePicture } from "../../../scripts/docs/site/inlinePicture.ts";
import { PICTURE_STYLE } from "../../../scripts/docs/site/pictureStyle.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const DOCS = join(ROOT, "docs");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const pictures = readdirSync(join(DOCS, "pictures")).filter((name) => name.endsWith(".svg"));

/** All that an expression finds in a text, by the name of its group. */
const all = (text: string, expression: RegExp, group: string): readonly string[] =>
  [...text.matchAll(expression)].map(({ groups }) => groups?.[group] ?? "");

/** What a page's table says in this column, of the row that begins with this. */
function cellOf(page: string, row: string, column: string): string | undefined {
  let head: readonly string[] = [];
  for (const line of read(page).split("\n")) {
    const cells = line.split("|").map((it) => it.replaceAll("`", "").trim());
    if (cells.length === 1) head = [];
    else if (head.length === 0) head = cells;
    else if (cells[1] === row && head.includes(column)) return cells[head.indexOf(column)];
  }
  return undefined;
}

describe("the pictures of the documentation", () => {
  for (const name of pictures) {
    describe(name, () => {
      const text = read(`docs/pictures/${name}`);
      const own = name.replace(/\.svg$/u, "");

      it("tells who does not see it", () => {
        expect(text).to.include(`role="img" aria-labelledby="${own}-title ${own}-desc"`);
        expect(text).to.match(new RegExp(`<title id="${own}-title">[^<]+</title>`));
        expect(text).to.match(new RegExp(`<desc id="${own}-desc">[^<]+</desc>`));
      });

      it("has the common style, classes of the site, ids of its own, and fetches nothing", () => {
        expect(/<style>(?<style>[\s\S]*)<\/style>/u.exec(text)?.groups?.["style"]).to.equal(
          PICTURE_STYLE,
        );
        const styles = read("docs/.vitepress/theme/pictures.css");
        for (const it of new Set(all(text, /class="(?<classes>[^"]+)"/gu, "classes")))
          for (const one of it.split(" ")) expect(styles).to.include(`.picture .${one} {`);
        for (const id of all(text, /\sid="(?<id>[^"]+)"/gu, "id"))
          expect(id.startsWith(`${own}-`), id).to.equal(true);
        expect(all(text, /(?<link>href|src=|@import|<script|<image)/gu, "link")).to.deep.equal([]);
      });

      it("is on a page", async () => {
        const pages = await findPages(DOCS);
        expect(
          pages.some((page) => readFileSync(page, "utf8").includes(`pictures/${name}`)),
        ).to.equal(true);
      });
    });
  }

  it("are placed in a page without the colours of the file", () => {
    const figure = inlinePicture(
      join(DOCS, "explanation/a.md"),
      "../pictures/request-life.svg",
      "C",
    );
    expect(figure).to.match(/^<figure class="picture" v-pre><svg .*<figcaption>C<\/figcaption>/u);
    expect(figure).to.not.include("<style>");
  });

  describe("the trust spectrum", () => {
    const text = read("docs/pictures/trust-spectrum.svg");

    it("has each kind of evidence, in the order of the enum", () => {
      expect(all(text, /<g data-evidence="(?<kind>\w+)"/gu, "kind")).to.deep.equal(EVIDENCE_KINDS);
    });

    it("has the figures of the tables", () => {
      const figures = [
        ...text.matchAll(
          /data-row="(?<row>[^"]+)" data-column="(?<column>\w+)">(?<figure>[^<]+)</gu,
        ),
      ];
      expect(figures).to.have.length(9);
      for (const { groups: { row = "", column = "", figure } = {} } of figures) {
        const page = row === "fulfil: enclave" ? "docs/gas.md" : "docs/how-to/choose-policy.md";
        expect(cellOf(page, row, column), `${row}, ${column}`).to.equal(figure);
      }
    });

    it("draws each bar as high as its figure", () => {
      const bars = all(text, /class="bar" [^>]*height="(?<height>[\d.]+)"/gu, "height").map(Number);
      const gas = all(text, /data-column="gas">(?<gas>[\d,]+)/gu, "gas").map((it) =>
        Number(it.replaceAll(",", "")),
      );
      expect(bars).to.have.length(EVIDENCE_KINDS.length);
      for (const [index, bar] of bars.entries())
        // Hardhat's matchers know no fractions.
        expect(Math.abs(bar - ((gas[index] ?? 0) * 120) / 2_000_000) < 0.1, `bar ${index}`).to.be
          .true;
    });
  });

  describe("the life of a request", () => {
    const text = read("docs/pictures/request-life.svg");

    it("has each status of a request but None", () => {
      const source = read("contracts/interfaces/IInferenceRequests.sol");
      const body = /enum Status \{(?<body>[^}]+)\}/u.exec(source)?.groups?.["body"] ?? "";
      const statuses = all(body, /(?<name>\w+)/gu, "name").filter((it) => it !== "None");
      expect(statuses).to.have.length(8);
      expect(all(text, /data-state="(?<name>\w+)"/gu, "name")).to.have.members(statuses);
    });

    it("has the edges of the protocol's diagram", () => {
      const diagram = /stateDiagram-v2\n(?<body>[\s\S]*?)```/u.exec(read("docs/protocol.md"));
      const edges = [
        ...(diagram?.groups?.["body"] ?? "").matchAll(/(?<from>\S+) --> (?<to>\w+):/gu),
      ].map(({ groups }) => `${groups?.["from"] ?? ""} ${groups?.["to"] ?? ""}`);
      expect(edges).to.have.length.above(10);
      const drawn = [...text.matchAll(/data-from="(?<from>[^"]+)" data-to="(?<to>\w+)"/gu)];
      expect(
        drawn.map(({ groups }) => `${groups?.["from"] ?? ""} ${groups?.["to"] ?? ""}`),
      ).to.have.members(edges);
    });
  });

  describe("the anatomy of a receipt", () => {
    const text = read("docs/pictures/receipt-anatomy.svg");

    it("has the fields of the file", () => {
      const { receipt } = JSON.parse(read("test/vectors/protocol.json")) as { receipt: unknown };
      // All that a receipt can have: tsc refuses this where the type gets another field that may be absent.
      const optional: Required<Pick<Receipt, OptionalField>> = {
        transcript: {} as Required<Receipt>["transcript"],
        execution: { backend: "onnxruntime-node/1.30.0", proves: "weights" },
      };
      const file = JSON.parse(serializeReceipt({ ...parseReceipt(receipt), ...optional })) as {
        statement: object;
      };
      const fields = Object.keys(file).flatMap((name) =>
        name === "statement"
          ? [name, ...Object.keys(file.statement).map((it) => `statement.${it}`)]
          : [name],
      );
      expect(all(text, /data-field="(?<field>[\w.]+)"/gu, "field")).to.deep.equal(fields);
    });

    it("has the kinds of evidence that stand in a file", () => {
      expect(EVIDENCE_KINDS).to.include.members(
        all(text, /data-evidence="(?<kind>\w+)"/gu, "kind"),
      );
    });
  });
});

type OptionalField = {
  [Name in keyof Receipt]-?: undefined extends Receipt[Name] ? Name : never;
}[keyof Receipt];
