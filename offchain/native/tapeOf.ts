import type { Addon } from "./addon.ts";
import { NativeError } from "./errors.ts";
import type { EliminatedInput, NativeTape } from "./native.ts";
import { nativeError } from "./nativeError.ts";
import { wordsToBytes } from "./words.ts";

/** Makes a tape of the addon. */
export async function tapeOf(
  addon: Addon,
  path: string,
  eliminated: readonly EliminatedInput[],
): Promise<NativeTape> {
  const rejected = (cause: unknown): never => {
    throw nativeError(path, cause);
  };
  const bytes = encodeEliminated(path, eliminated);
  const { id, ...facts } = await addon.openTape(path, bytes).catch(rejected);
  let isClosed = false;
  return {
    path,
    ...facts,
    run: async (inputs) => {
      if (isClosed) throw new NativeError({ code: "TAPE_CLOSED", path });
      // A copy of Node's own, which nobody else has.
      return (await addon.runTape(id, inputs).catch(rejected)) as Uint8Array<ArrayBuffer>;
    },
    close: () => {
      if (!isClosed) addon.closeTape(id);
      isClosed = true;
    },
  };
}

/** As `addon/src/tapes.rs` reads them: place, count of terms; of each term wire and coefficient, little-endian. */
function encodeEliminated(path: string, eliminated: readonly EliminatedInput[]): Uint8Array {
  return Buffer.concat(
    eliminated.flatMap(({ input, terms }) => [
      u32(input),
      u32(terms.length),
      ...terms.flatMap(([wire, coefficient]) => {
        const word = wordsToBytes([coefficient]);
        const reason = "a coefficient is no number of 256 bits";
        if (word === undefined) throw new NativeError({ code: "CIRCUIT_INVALID", path, reason });
        return [u32(wire), word.reverse()];
      }),
    ]),
  );
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
