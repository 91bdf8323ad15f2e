import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A model to be measured: a folder of ours, or one of somebody else's that is read in place. */
export type ZooEntry = {
  readonly name: string;
  /** `models`: `model.onnx`, `samples.json`, `release.json`; `zoo`: `network.onnx`, perhaps `input.json`. */
  readonly source: "models" | "zoo";
  /** Folder that holds the folder of this name. */
  readonly parent: string;
};

/** The models of `models`, then those of a zoo where a folder of one is given, by name; folders without a file are none. */
export function listEntries(models: string, zoo: string | undefined): readonly ZooEntry[] {
  const folders = (parent: string, source: ZooEntry["source"]): readonly ZooEntry[] =>
    readdirSync(parent)
      .map((name) => ({ name, source, parent }))
      .filter((it) => existsSync(fileOf(it)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...folders(models, "models"), ...(zoo === undefined ? [] : folders(zoo, "zoo"))];
}

/** Path of an entry's ONNX file. */
export function fileOf({ name, source, parent }: ZooEntry): string {
  return join(parent, name, source === "models" ? "model.onnx" : "network.onnx");
}
