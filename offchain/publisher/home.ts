import { join, resolve } from "node:path";

/** Folders of one installation; nothing in there is committed, and `cache` may be deleted at will. */
export type Home = {
  readonly cache: string;
  readonly releases: string;
  /** Releases of language models. */
  readonly texts: string;
  /** Proving keys by circuit id: without its key a release cannot be proven any more. */
  readonly keys: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly receipts: string;
  /** Public records of answers by their content address: who lost one is known to withhold it. */
  readonly records: string;
  readonly operators: string;
};

/** Returns the folders under `VOUCH_HOME`, by default `.vouch` in the working folder. */
export function openHome(root: string = process.env["VOUCH_HOME"] ?? ".vouch"): Home {
  const at = (name: string): string => join(resolve(root), name);
  return {
    cache: at("cache"),
    releases: at("releases"),
    texts: at("texts"),
    keys: at("keys"),
    inputs: at("inputs"),
    outputs: at("outputs"),
    receipts: at("receipts"),
    records: at("records"),
    operators: at("operators"),
  };
}
