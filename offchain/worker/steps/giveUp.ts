import type { Hex } from "@vouch/protocol";
import { encodeRequestParams, enumName, REQUEST_STATUSES } from "@vouch/protocol";
import { addressOf } from "../duties/duty.ts";
import { achieve } from "./achieve.ts";
import type { StepDeps, Watched } from "./step.ts";

/** Errors that no waiting mends: the lock is given up and the request left to others. */
const HOPELESS: ReadonlySet<string> = new Set([
  "ANSWER_DIFFERS",
  "EQUIVOCATION_REFUSED",
  "FULFILMENT_REFUSED",
  "INPUT_OPENING_INVALID",
  "MODEL_LOAD_FAILED",
  "MODEL_RUN_FAILED",
  "MODEL_TAMPERED",
  "MODEL_TOO_LARGE",
  "POLICY_NOT_SERVABLE",
  "PROOF_INVALID",
  "PROOF_REJECTED",
  "RELEASE_BACKED_OFF",
  "RELEASE_ENDED_PROCESS",
  "RELEASE_NOT_SERVED",
  "WITNESS_REFUSED",
  "ZKEY_INVALID",
]);

/** The code of a typed error of any package. */
export function codeOfError(error: unknown): string | undefined {
  const coded =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof coded === "string" ? coded : undefined;
}

/** Whether trying again would change nothing. */
export function isHopeless(error: unknown): boolean {
  const code = codeOfError(error);
  return code !== undefined && HOPELESS.has(code);
}

/**
 * Gives up a lock that this operator cannot honour, so that another may; one that others hold is left alone.
 *
 * @throws {WorkerError} `DUTY_REFUSED`; what `Send` throws.
 */
export async function giveUp({ id, params }: Watched, deps: StepDeps): Promise<void> {
  const { requests } = deps.contracts;
  const isOthers = async (): Promise<boolean> => {
    const status = enumName(REQUEST_STATUSES, await requests.statusOf(id));
    return status !== "locked" || (await requests.operatorOf(id)).toLowerCase() !== deps.operator;
  };
  if (await isOthers()) return;
  const data = requests.interface.encodeFunctionData("unlock", [id, encodeRequestParams(params)]);
  await achieve(
    { key: `unlock:${id}`, to: await addressOf(requests), data: data as Hex },
    isOthers,
    deps,
  );
}
