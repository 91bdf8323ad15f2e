import { download } from "./download.ts";
import type { OpenOptions } from "./openUrl.ts";
import type { Origin } from "./origin.ts";
import { nameOf } from "./origin.ts";
import { shownUrl } from "./parseSource.ts";

/** Opens a file by its address; what it names beside itself is beside it there. */
export function openAddress(url: URL, options: Omit<OpenOptions, "headers">): Origin {
  return {
    source: shownUrl(url),
    revision: undefined,
    name: nameOf(url.pathname),
    label: shownUrl(url),
    licence: undefined,
    licenceFile: undefined,
    save: (location, target, expected, onBytes) =>
      download(location === undefined ? url : besideOf(url, location), target, expected, {
        ...{ ...options, onBytes },
      }),
  };
}

/** Returns the address of a plain relative path beside a file. */
export function besideOf(url: URL, location: string): URL {
  return new URL(location.split("/").map(encodeURIComponent).join("/"), url);
}
