import { expect } from "chai";
import { parseCommand } from "../../../create-vouch-app/command.ts";
import { codeOf } from "../../helpers/codeOf.ts";

describe("parseCommand", () => {
  describe("given nothing", () => {
    it("has a default for everything", () => {
      expect(parseCommand([], undefined)).to.deep.equal({
        folder: "vouch-app",
        name: "vouch-app",
        template: "hardhat",
        packageManager: "npm",
        install: true,
      });
    });
  });

  describe("given options", () => {
    it("takes them", () => {
      const args = ["apps/one", "--name", "@me/one", "--package-manager", "yarn", "--no-install"];
      expect(parseCommand(args, "npm/11.0.0 node/v22")).to.deep.equal({
        folder: "apps/one",
        name: "@me/one",
        template: "hardhat",
        packageManager: "yarn",
        install: false,
      });
      expect(parseCommand(["--help"], undefined)).to.equal("help");
    });

    it("names the package after the folder, and installs with whoever runs it", () => {
      expect(parseCommand(["apps/one"], "pnpm/10.0.0 node/v22")).to.include({
        name: "one",
        packageManager: "pnpm",
      });
    });
  });

  for (const [what, args, code] of [
    ["an option that there is not", ["--tempalte", "hardhat"], "ARGUMENT_UNKNOWN"],
    ["a second folder", ["one", "two"], "ARGUMENT_UNKNOWN"],
    ["an unknown template", ["--template", "truffle"], "CHOICE_UNKNOWN"],
    ["an unknown package manager", ["--package-manager", "npm; true"], "CHOICE_UNKNOWN"],
    ["a folder that names no package", ["My App"], "NAME_INVALID"],
    ["no name at all", ["--name", ""], "NAME_INVALID"],
    ["a name of dots", [".."], "NAME_INVALID"],
    ["a name that is too long", ["--name", "a".repeat(215)], "NAME_INVALID"],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(codeOf(() => parseCommand(args, undefined))).to.equal(code);
    });
  }
});
