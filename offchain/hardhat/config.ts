import { resolve } from "node:path";
import { z } from "zod";

const ConfigSchema = z.strictObject({
  home: z.string().min(1).optional(),
  contracts: z.enum(["package", "project"]).optional(),
});

/** `vouch` in hardhat.config.ts. */
export type VouchUserConfig = {
  /** Folder of caches, bundles, keys and receipts, from the project's root; `.vouch` if left out. `VOUCH_HOME` goes before it. */
  readonly home?: string;
  /**
   * Whose build of the contracts is deployed: the one that comes with the packages, if left out, or that of a project that compiles
   * them itself, whose tasks build first what is stale.
   */
  readonly contracts?: "package" | "project";
};

/** The same with everything decided. */
export type VouchConfig = {
  /** An absolute path. */
  readonly home: string;
  readonly contracts: "package" | "project";
};

/** What is wrong with `vouch` in a configuration, by its path in there. */
export type ConfigFault = { readonly path: (string | number)[]; readonly message: string };

/** Returns what is wrong with a user's configuration. */
export function faultsOf(config: unknown): readonly ConfigFault[] {
  if (config === undefined) return [];
  const parsed = ConfigSchema.safeParse(config);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => ({
    path: ["vouch", ...path.map((it) => (typeof it === "symbol" ? it.toString() : it))],
    message,
  }));
}

/** Fills in what a user left out. */
export function resolveConfig(config: VouchUserConfig | undefined, root: string): VouchConfig {
  return {
    home: resolve(root, config?.home ?? ".vouch"),
    contracts: config?.contracts ?? "package",
  };
}
