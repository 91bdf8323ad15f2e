import type { Addon } from "./addon.ts";
import { drawBlinds } from "./drawBlinds.ts";
import { NativeError } from "./errors.ts";
import type { NativeKey, NativeOptions } from "./native.ts";
import { nativeError } from "./nativeError.ts";
import { threadsOf, withTask } from "./withTask.ts";
import { bytesToWords } from "./words.ts";

/** Opens a key of the addon. */
export async function keyOf(addon: Addon, path: string): Promise<NativeKey> {
  const { id, isMapped, ...facts } = await addon.openKey(path).catch((cause: unknown) => {
    throw nativeError(path, cause);
  });
  let isClosed = false;
  const open = (): number => {
    if (isClosed) throw new NativeError({ code: "KEY_CLOSED", path });
    return id;
  };
  const run = async (
    { threads, signal }: NativeOptions,
    work: (key: number, task: number, threads: number) => Promise<Uint8Array>,
  ): Promise<readonly bigint[]> => {
    const key = open();
    return withTask(addon, path, signal, async (task) =>
      bytesToWords(await work(key, task, threadsOf(threads))),
    );
  };
  return {
    path,
    ...facts,
    isMapped: isMapped === 1,
    peakMemory: (threads) => addon.peakMemory(open(), threadsOf(threads)),
    prove: async (witness, options = {}) => {
      const blinds = drawBlinds(2);
      try {
        return await run(options, (key, task, threads) =>
          addon.prove(key, task, witness, blinds, threads),
        );
      } finally {
        blinds.fill(0);
      }
    },
    commit: (advice, options = {}) =>
      run(options, (key, task, threads) => addon.commit(key, task, advice, threads)),
    commitWeights: (weights, options = {}) =>
      run(options, (key, task, threads) => addon.commitWeights(key, task, weights, threads)),
    close: () => {
      if (!isClosed) addon.closeKey(id);
      isClosed = true;
    },
  };
}
