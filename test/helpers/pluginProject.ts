import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import vouch from "@vouch/hardhat";
import type { VouchUserConfig } from "@vouch/hardhat";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { HardhatUserConfig } from "hardhat/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { floats, node, onnxModel } from "./onnxModel.ts";
import { TINY_ROWS } from "./tinyRows.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A project in a folder of its own that has the plugin, and nothing of this repository but its packages. */
export type PluginProject = {
  readonly hre: HardhatRuntimeEnvironment;
  readonly folder: string;
  readonly remove: () => void;
};

/** Makes such a project, whose test contracts come from this repository's build. */
export async function pluginProject(
  networks: HardhatUserConfig["networks"] = {},
  own: VouchUserConfig = { home: join(ROOT, ".vouch", "test-plugin") },
): Promise<PluginProject> {
  const folder = mkdtempSync(join(tmpdir(), "vouch-plugin-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "mine", type: "module" }));
  const config: HardhatUserConfig = {
    plugins: [vouch],
    vouch: own,
    paths: { artifacts: join(ROOT, "artifacts") },
    networks,
  };
  const hre = await createHardhatRuntimeEnvironment(config, {}, folder);
  return {
    hre,
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes a model of four numbers to one, as linear as can be, with its rows beside it; returns the path from the project's root. */
export function writeLinearModel({ folder }: PluginProject, weights: readonly number[]): string {
  const file = onnxModel({
    input: ["N", weights.length],
    nodes: [node("Gemm", ["x", "w", "b"], "y")],
    initializers: [floats("w", [weights.length, 1], [...weights]), floats("b", [1], [0.25])],
  });
  writeFileSync(join(folder, "linear.onnx"), file);
  const samples = TINY_ROWS.map((x, row) => ({ id: `row ${row}`, inputs: { x } }));
  writeFileSync(join(folder, "samples.json"), JSON.stringify({ samples }));
  return "linear.onnx";
}
