import { setTimeout as wait } from "node:timers/promises";
import { PublisherError } from "../errors.ts";
import type { Network } from "./network.ts";

/**
 * Runs what may fail for the network's reasons, again and again with waits between.
 *
 * @throws what the last try throws; at once what is no `DOWNLOAD_FAILED`.
 */
export async function withTries<T>(
  { tries, waitMs }: Network,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await run();
    } catch (error) {
      const isPassing = error instanceof PublisherError && error.code === "DOWNLOAD_FAILED";
      if (!isPassing || tried >= tries) throw error;
      await wait(
        waitMs * 2 ** (tried - 1),
        undefined,
        signal === undefined ? {} : { signal },
      ).catch((cause: unknown) => {
        throw new PublisherError({ code: "IMPORT_ABORTED" }, { cause });
      });
    }
  }
}
