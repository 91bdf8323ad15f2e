import { developmentCollateral, simulatedSource } from "@vouch/attestation/simulated";
import type { Hex } from "@vouch/protocol";
import type { Enclave, EnclaveEvent, EnclaveOptions } from "@vouch/worker";
import { openEnclave } from "@vouch/worker";
import { pino } from "pino";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import type { Scenario } from "./creditScenario.ts";

/** Opens a simulated enclave for the scenario's operator; another `tag` is another measurement. */
export async function openSimulatedEnclave(
  { chain, cast }: Scenario,
  tag: number,
  options: EnclaveOptions = {},
): Promise<{ readonly enclave: Enclave; readonly events: EnclaveEvent[] }> {
  const events: EnclaveEvent[] = [];
  const enclave = await openEnclave(options, {
    source: simulatedSource(new Uint8Array(48).fill(tag)),
    operator: cast.operator.address.toLowerCase() as Hex,
    contracts: contractsAs(chain, cast.operator),
    provider: chain.connection.ethers.provider,
    collateral: (_quote, time) => Promise.resolve(developmentCollateral(new Date(time * 1000))),
    log: pino({ level: "silent" }),
    onEvent: (event) => events.push(event),
  });
  return { enclave, events };
}

/** Lets a measurement serve the scenario's open release. */
export async function approveMeasurement(
  { chain, cast, open }: Scenario,
  measurement: Hex,
): Promise<void> {
  const { enclaves } = contractsAs(chain, cast.publisher);
  await (await enclaves.approve(open.id, measurement, 0)).wait();
}
