import { chmod, realpath, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { NativeError } from "@vouch/native";
import { expect } from "chai";
import { runCargo } from "../../../offchain/native/runCargo.ts";
import { temporaryFolder } from "../prover/fixture.ts";

describe("runCargo", () => {
  const { PATH, CARGO_BUILD_TARGET } = process.env;
  afterEach(() => {
    process.env.PATH = PATH;
    if (CARGO_BUILD_TARGET === undefined) delete process.env["CARGO_BUILD_TARGET"];
    else process.env["CARGO_BUILD_TARGET"] = CARGO_BUILD_TARGET;
  });

  it("heeds no configuration of the folder that the caller is in, nor another target", async () => {
    const folder = temporaryFolder();
    const program = join(folder, "cargo");
    await writeFile(program, '#!/bin/sh\necho "$PWD" >&2\necho "<$CARGO_BUILD_TARGET>" >&2\n');
    await chmod(program, 0o755);
    process.env.PATH = `${folder}${delimiter}${PATH ?? ""}`;
    process.env["CARGO_BUILD_TARGET"] = "x86_64-unknown-linux-musl";
    const lines: string[] = [];
    await runCargo([], { onProgress: (line) => void lines.push(line) });
    const addon = join(import.meta.dirname, "../../../offchain/native/addon");
    expect(lines).to.deep.equal([await realpath(addon), "<>"]);
  });

  it("says so where there is no cargo", async () => {
    process.env.PATH = temporaryFolder();
    const error: unknown = await runCargo([]).catch((it: unknown) => it);
    expect(error).to.be.instanceOf(NativeError).with.property("code", "CARGO_MISSING");
  });
});
