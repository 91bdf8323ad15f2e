import type { Expected, Saved } from "./openSink.ts";

/** Under what a model may be used, as its maker says it. */
export type Licence = {
  /** SPDX identifier, or the first line of a text. */
  readonly text: string;
  readonly from: "option" | "hub" | "file";
};

/** A model's files, wherever they are. */
export type Origin = {
  /** Without what may be a secret. */
  readonly source: string;
  /** Commit of a hub. */
  readonly revision: string | undefined;
  /** What a folder of it would be called. */
  readonly name: string;
  /** How errors name its file. */
  readonly label: string;
  readonly licence: Licence | undefined;
  /** Text of the licence, where there is a file of it. */
  readonly licenceFile: Uint8Array | undefined;
  /**
   * Writes one of its files to `target`, which is not there yet.
   *
   * @param location relative to the model's file; that file itself if undefined
   */
  readonly save: (
    location: string | undefined,
    target: string,
    expected: Expected,
    onBytes: (bytes: number, total: number | undefined) => void,
  ) => Promise<Saved>;
};

/** Returns what a folder of a model is called: the stem of its file, or what that lies in where the stem says nothing. */
export function nameOf(path: string): string {
  const parts = path.split("/").filter((it) => it !== "" && it !== ".");
  const stem = (parts.at(-1) ?? "").replace(/\.onnx$/i, "");
  const named = /^model([._-]|$)/i.test(stem)
    ? parts.findLast((it) => !SAYS_NOTHING.test(it))
    : stem;
  return fitName(named ?? stem);
}

const SAYS_NOTHING = /^(model\b.*|onnx)$/i;

/** Returns a name with what a folder's should not have replaced. */
export function fitName(name: string): string {
  return name
    .replace(/[^A-Za-z0-9.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 64);
}
