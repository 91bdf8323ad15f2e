/** Test only: a chain with one of the example models published, and an operator that serves it. */
import { join } from "node:path";
import type { TensorEncoding } from "@vouch/protocol";
import type { Samples } from "@vouch/publisher";
import { planRelease, readModelFolder } from "@vouch/publisher";
import type { Params } from "./vouchScenario.ts";
import { paramsOf } from "./feedScenario.ts";
import { openTinyScenario } from "./tinyScenario.ts";

/** Hardhat's first account, which publishes. */
const PUBLISHER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const MODELS = join(import.meta.dirname, "../../models");

export type ExampleScenario = Awaited<ReturnType<typeof openTinyScenario>> & {
  readonly samples: Samples;
  /** Has the operator answer what was asked; returns what it was asked, and what it answered. */
  readonly answered: (request: string) => Promise<{ params: Params; output: bigint[] }>;
};

/** Opens a chain with the model of a folder, its weights public, and a development set-up. */
export async function openExample(
  name: string,
  inputMode: TensorEncoding["mode"],
): Promise<ExampleScenario> {
  const folder = readModelFolder(MODELS, name);
  const plan = planRelease(folder, {
    ...{ version: `example-${inputMode}`, inputMode, outputMode: "public", weights: "public" },
    ...{ publisher: PUBLISHER, setup: { kind: "development" } },
  });
  const scenario = await openTinyScenario("public", folder.file, plan);
  const { requests } = scenario.chain.contracts;
  return {
    ...scenario,
    samples: folder.samples,
    answered: async (request) => {
      const [asked] = await requests.queryFilter(requests.filters.InferenceRequested(request));
      await scenario.worker.poll();
      const [answer] = await requests.queryFilter(requests.filters.InferenceFulfilled(request));
      if (asked === undefined || answer === undefined) throw new Error(`${request}: no answer`);
      return { params: paramsOf(asked.args.params), output: [...answer.args.output] };
    },
  };
}
