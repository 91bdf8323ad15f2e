import { StorageError } from "./errors.ts";

const MAX_BYTES = 255;
/** Names that are devices on Windows, whatever follows a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const UNFIT = /[\u0000-\u001f\u007f/\\:*?"<>|]/;

/**
 * Returns a name that is a name in a folder of any system, and nothing else: no path, no device, no parent.
 *
 * @throws {StorageError} `NAME_INVALID`.
 */
export function requireName(name: string): string {
  const refuse = (reason: string): never => {
    throw new StorageError({ code: "NAME_INVALID", name, reason });
  };
  if (name === "" || name === "." || name === "..") return refuse("it names no entry");
  if (UNFIT.test(name)) return refuse("it has a character of paths, or one that no system takes");
  if (DEVICE.test(name)) return refuse("it is a device on some systems");
  if (/[. ]$/.test(name)) return refuse("its end is left out on some systems");
  if (new TextEncoder().encode(name).length > MAX_BYTES) return refuse("it is too long");
  return name.normalize("NFC") === name ? name : refuse("it has more than one spelling");
}
