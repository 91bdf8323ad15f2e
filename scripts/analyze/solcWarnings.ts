import type { BuildInfo } from "./buildInfo.ts";
import { repositoryPath } from "./buildInfo.ts";
import { type Analysis, findingAt, isShipped } from "./finding.ts";

/** The compiler's own warnings, those of code generation included. */
export function solcWarnings(builds: readonly BuildInfo[]): Analysis {
  const findings = builds.flatMap(({ output }) =>
    (output.errors ?? []).flatMap(({ errorCode, message, sourceLocation }) => {
      const path = repositoryPath(sourceLocation?.file ?? "");
      return path === undefined || !isShipped(path)
        ? []
        : [findingAt("solc", errorCode ?? "warning", path, sourceLocation?.start ?? 0, message)];
    }),
  );
  return { tool: "solc", version: builds[0]?.solcVersion ?? "unknown", findings };
}
