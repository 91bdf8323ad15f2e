import { id } from "ethers";
import { trapdoorKey } from "./trapdoorKey.ts";
import type { TrapdoorKey } from "./trapdoorKey.ts";
import { CIRCUIT, release } from "./vouchScenario.ts";
import type { Circuit, Release, Scenario } from "./vouchScenario.ts";

export type ProvenRelease = {
  readonly releaseId: string;
  readonly circuitId: string;
  readonly circuit: Circuit;
  readonly key: TrapdoorKey;
};

/** Publishes a release whose circuit is not marked as a development set-up; its trapdoor comes from `label`. */
export async function publishProven(
  { circuits, models, publisher }: Pick<Scenario, "circuits" | "models" | "publisher">,
  label: string,
  {
    circuit: encoding = {},
    release: terms = {},
  }: {
    readonly circuit?: Partial<Circuit>;
    readonly release?: Partial<Release>;
  } = {},
): Promise<ProvenRelease> {
  const key = trapdoorKey(label);
  const circuit: Circuit = { ...CIRCUIT, setup: 0n, r1cs: id(label), key: key.key, ...encoding };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const published = release({
    publisher: publisher.address,
    circuit: circuitId,
    version: label,
    ...terms,
  });
  const releaseId = await models.publish.staticCall(published, "");
  await models.connect(publisher).publish(published, "");
  return { releaseId, circuitId, circuit, key };
}
