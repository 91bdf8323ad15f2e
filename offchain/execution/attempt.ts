import type { ReleaseId } from "@vouch/protocol";

/**
 * Does work for a release that may be the end of the process, as loading it and its first run: the system grants memory that it
 * cannot keep. Who keeps a record of it refuses what has ended processes before.
 *
 * @throws {ExecutionError} `RELEASE_ENDED_PROCESS`; what `work` throws.
 */
export type Attempt = <T>(release: ReleaseId, work: () => Promise<T>) => Promise<T>;

/** Keeps no record. */
export const UNRECORDED: Attempt = (_, work) => work();
