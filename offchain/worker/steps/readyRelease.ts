import { ExecutionError } from "@vouch/execution";
import type { ReleaseId } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import { messageOf } from "../messageOf.ts";
import type { Releases } from "../releases.ts";
import type { ServedRelease } from "../servedRelease.ts";

/**
 * Returns a release that can be run now: verified, its model in memory. Nothing is to be locked for one that cannot.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED`; `RELEASE_UNREADY`, whose cause says why: its files are not what was published, its
 * model does not load, or fails too often; {ExecutionError} `MODEL_TOO_LARGE`.
 */
export async function readyRelease(id: ReleaseId, releases: Releases): Promise<ServedRelease> {
  try {
    const served = await releases.get(id);
    if (served.id !== id) throw new WorkerError({ code: "RELEASE_NOT_SERVED", release: id });
    await served.model.ready();
    return served;
  } catch (cause) {
    const isTooLarge = cause instanceof ExecutionError && cause.code === "MODEL_TOO_LARGE";
    if (isTooLarge || cause instanceof WorkerError) throw cause;
    const data = { code: "RELEASE_UNREADY", release: id, reason: messageOf(cause) } as const;
    throw new WorkerError(data, { cause });
  }
}
