import { circuitsOf } from "@vouch/protocol";
import { fetchReleases } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { markWeak } from "../markWeak.ts";
import { openChain } from "../openChain.ts";

/** Lists the releases of a chain, oldest first. */
export async function run(
  { json }: { readonly json: boolean },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const { contracts, deployment, inProcess } = await openChain(hre);
  const releases = await fetchReleases(contracts, deployment.fromBlock);
  if (json) {
    const rows = releases.map(({ id, release, circuit }) => ({
      release: id,
      model: release.model,
      version: release.version,
      publisher: release.publisher,
      circuit: release.circuit,
      weights: circuit?.weights ?? null,
      setup: circuit?.setup ?? null,
      segments: circuit === null ? 0 : circuitsOf(circuit).length,
      input: circuit?.input ?? null,
      output: circuit?.output ?? null,
      clauses: release.floor.allOf.length,
    }));
    console.log(JSON.stringify(rows));
    return;
  }
  if (releases.length === 0) {
    console.log("No releases. Publish one with `npx hardhat model:publish`.");
    return;
  }
  for (const { id, release, circuit } of releases) {
    console.log(`${release.model}@${release.version}  ${id}`);
    console.log(`  publisher ${release.publisher}, licence ${release.licence}`);
    if (circuit === null) {
      console.log("  cannot be proven: no circuit");
      continue;
    }
    const setup =
      circuit.setup === "development"
        ? "DEVELOPMENT SET-UP (forgeable by its maker)"
        : circuit.setup;
    const weights = circuit.weights === "constant" ? "public" : "private";
    const count = circuitsOf(circuit).length;
    const segments = count === 1 ? "" : `, ${count} segments`;
    console.log(
      markWeak(`  circuit   ${release.circuit}${segments}, ${weights} weights, set-up ${setup}`),
    );
    console.log(
      `  input     ${circuit.input.elements} × ${circuit.input.bits} bits, ${circuit.input.mode}`,
    );
    console.log(
      `  output    ${circuit.output.elements} × ${circuit.output.bits} bits, ${circuit.output.mode}`,
    );
  }
  if (inProcess) console.log("\n(In-process chain: these are the releases of the local store.)");
}
