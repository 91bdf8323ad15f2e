import { PublisherError } from "../errors.ts";
import type { ExternalTensor } from "./describeOnnx.ts";
import { plainText } from "./plainText.ts";

/** What a model's folder has under these names is for this project to say, not for a model. */
const OWN_FILES = ["model.onnx", "source.json", "samples.json", "release.json", "preprocess.json"];
const OWN_LICENCE = /^licen[cs]e/;
const MAX_LOCATION = 512;
const MAX_FILES = 4096;
/** Names of devices on Windows, whatever their ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Also what stands for bytes that are no UTF-8. */
// eslint-disable-next-line no-control-regex -- they are refused
const UNFIT_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\ufffd\\:*?"<>|]/u;

/**
 * Returns the files that a model's tensors lie in, and how many bytes each has to have. Every one is a plain relative path
 * that stays in the model's folder, on every system.
 *
 * @throws {PublisherError} `LOCATION_REFUSED`.
 */
export function requireLocations(external: readonly ExternalTensor[]): ReadonlyMap<string, number> {
  const files = new Map<string, number>();
  const spellings = new Map<string, string>();
  for (const { tensor, location, end } of external) {
    const known = files.get(location);
    const reason = known === undefined ? refusalOf(location, spellings) : undefined;
    if (reason !== undefined || files.size >= MAX_FILES)
      throw new PublisherError({
        code: "LOCATION_REFUSED",
        ...{ tensor, location: plainText(location), reason: reason ?? `it is one of too many` },
      });
    for (const it of [location, ...foldersOf(location)]) spellings.set(folded(it), it);
    files.set(location, Math.max(known ?? 0, end));
  }
  const nested = [...files.keys()].find((it) => foldersOf(it).some((folder) => files.has(folder)));
  if (nested === undefined) return files;
  const tensor = external.find(({ location }) => location === nested)?.tensor ?? "";
  const reason = "a part of it is a file of the model";
  throw new PublisherError({ code: "LOCATION_REFUSED", tensor, location: nested, reason });
}

/** Why a path may not be what is read beside a model; undefined for one that may. */
export function refusalOfPath(path: string): string | undefined {
  if (path === "") return "it names no file";
  if (path.length > MAX_LOCATION) return `it has more than ${MAX_LOCATION} characters`;
  if (UNFIT_CHARACTERS.test(path)) return "it has characters that a file's name should not have";
  if (path.startsWith("/")) return "it is absolute";
  const parts = path.split("/");
  if (parts.includes("..")) return "it leads out of the model's folder";
  if (parts.some((it) => it === "" || it.startsWith("."))) return "a part of it is hidden or empty";
  if (parts.some((it) => /[. ]$/.test(it) || it.startsWith(" ")))
    return "a part of it begins or ends with a space or a dot";
  if (parts.some((it) => DEVICES.test(it))) return "it names a device";
  return undefined;
}

function refusalOf(location: string, spellings: ReadonlyMap<string, string>): string | undefined {
  const [first = ""] = location.split("/", 1);
  const name = folded(first);
  if (OWN_FILES.includes(name) || OWN_LICENCE.test(name))
    return "a model's folder has something else under that name";
  const alike = [location, ...foldersOf(location)].some(
    (it) => (spellings.get(folded(it)) ?? it) !== it,
  );
  return alike ? "another differs from it by its spelling only" : refusalOfPath(location);
}

/** `a/b` and `a` of `a/b/c`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** As file systems that do not tell letters' cases apart see it. */
function folded(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
