import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { GuestFiles } from "./guestFiles.ts";
import { nodeFiles } from "./guestFiles.ts";
import { reasonOf } from "./quoteSource.ts";

/** Bytes of a measurement register. */
const RTMR_BYTES = 48;
const REGISTER = "sys/class/misc/tdx_guest/measurements/rtmr3:sha384";

/** What became of the register. */
export type RtmrExtension =
  /** It holds what extending it once from zeros gives: by this call, or by an earlier one since the TD booted. */
  | { readonly status: "extended" | "already"; readonly value: Uint8Array }
  /** Something else had been extended into it before. */
  | { readonly status: "foreign"; readonly value: Uint8Array }
  /** This call wrote, and the register does not hold one extension alone, or nobody can say; until the TD boots again. */
  | { readonly status: "failed"; readonly reason: string }
  /** Nothing was written. */
  | { readonly status: "absent"; readonly reason: string };

/** Returns what a register holds after an extension: `SHA384(register ‖ digest)`; both have 48 bytes. */
export function extendRtmr(register: Uint8Array, digest: Uint8Array): Uint8Array {
  for (const it of [register, digest]) {
    if (it.length !== RTMR_BYTES) throw new RangeError(`48 bytes are extended, not ${it.length}`);
  }
  return new Uint8Array(createHash("sha384").update(register).update(digest).digest());
}

/** Returns what RTMR3 holds of a TD that has extended it by this digest alone. */
export function rtmr3Of(digest: Uint8Array): Uint8Array {
  return extendRtmr(new Uint8Array(RTMR_BYTES), digest);
}

/**
 * Extends RTMR3 of the TD that this process runs in, once: a register cannot be taken back until the TD boots again, and a
 * process that starts a second time must have the measurement that it had before (Linux 6.16 and later,
 * Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest). Nothing keeps two processes that find zeros from extending it both:
 * the image starts one worker.
 *
 * @param digest 48 bytes.
 */
export async function extendRtmr3(
  digest: Uint8Array,
  root = "/",
  files: GuestFiles = nodeFiles,
): Promise<RtmrExtension> {
  const path = join(root, REGISTER);
  if (!(await files.exists(path))) {
    return { status: "absent", reason: `${path} is not there: it takes Linux 6.16 or newer` };
  }
  const expected = rtmr3Of(digest);
  try {
    const before = await files.read(path);
    if (isSame(before, expected)) return { status: "already", value: before };
    if (before.some((byte) => byte !== 0)) return { status: "foreign", value: before };
  } catch (error) {
    return { status: "absent", reason: `${path} is not for this process: ${reasonOf(error)}` };
  }
  const refusal = await files.write(path, digest).then(() => undefined, reasonOf);
  try {
    const value = await files.read(path);
    if (isSame(value, expected)) return { status: "extended", value };
    const isUntouched = value.every((byte) => byte === 0);
    if (isUntouched && refusal !== undefined)
      return { status: "absent", reason: `${path} is not for this process: ${refusal}` };
    const content = Buffer.from(value).toString("hex");
    return {
      status: "failed",
      reason: `${path} holds ${content}: another process extended it too`,
    };
  } catch (error) {
    return {
      status: "failed",
      reason: `${path} was written and cannot be read: ${reasonOf(error)}`,
    };
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
