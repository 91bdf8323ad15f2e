import type { ForeignFormat } from "./foreignFormats.ts";
import { FOREIGN_FORMATS } from "./foreignFormats.ts";

/** What can go wrong where a model is imported. Addresses are without user, password and query, which may be secrets. */
export type ImportErrorData =
  | { readonly code: "SOURCE_INVALID"; readonly source: string; readonly reason: string }
  /** It is no regular file, or a symbolic link is in the way. */
  | { readonly code: "SOURCE_UNFIT"; readonly path: string; readonly reason: string }
  /** Where there is not one ONNX file but none or several: `found`. */
  | { readonly code: "FILE_CHOICE"; readonly source: string; readonly found: readonly string[] }
  | { readonly code: "FORMAT_REFUSED"; readonly path: string; readonly format: ForeignFormat }
  | { readonly code: "ONNX_MALFORMED"; readonly path: string; readonly reason: string }
  /** What the file says of data beside it leads elsewhere. */
  | {
      readonly code: "LOCATION_REFUSED";
      readonly tensor: string;
      readonly location: string;
      readonly reason: string;
    }
  | { readonly code: "EXTERNAL_DATA_MISSING"; readonly location: string }
  | {
      readonly code: "EXTERNAL_DATA_SHORT";
      readonly location: string;
      readonly bytes: number;
      readonly needed: number;
    }
  | { readonly code: "IMPORT_TOO_LARGE"; readonly path: string; readonly limit: number }
  | {
      readonly code: "IMPORT_HASH_MISMATCH";
      readonly path: string;
      readonly expected: string;
      readonly found: string;
    }
  /** The network; trying again may help. */
  | { readonly code: "DOWNLOAD_FAILED"; readonly url: string; readonly reason: string }
  | { readonly code: "DOWNLOAD_REFUSED"; readonly url: string; readonly status: number }
  | {
      readonly code: "REDIRECT_REFUSED";
      readonly url: string;
      readonly to: string;
      readonly reason: string;
    }
  | { readonly code: "HUB_ANSWER_INVALID"; readonly url: string; readonly reason: string }
  /** Which is not repeated here. */
  | { readonly code: "HUB_TOKEN_INVALID" }
  | { readonly code: "IMPORT_NAME_INVALID"; readonly name: string }
  | { readonly code: "LICENCE_INVALID"; readonly reason: string }
  | { readonly code: "MODEL_EXISTS"; readonly folder: string }
  | { readonly code: "IMPORT_ABORTED" };

/** Returns the message of an error of imports, and what to do. */
export function describeImportError(data: ImportErrorData): string {
  switch (data.code) {
    case "SOURCE_INVALID":
      return `${data.source} is no source of a model: ${data.reason}. Give a path, https://… or hf://<owner>/<repo>[@<revision>]/<path>.`;
    case "SOURCE_UNFIT":
      return `${data.path} is not taken: ${data.reason}.`;
    case "FILE_CHOICE":
      return data.found.length === 0
        ? `${data.source} has no .onnx file. Export the model to ONNX first, such as with \`optimum-cli export onnx\` or \`torch.onnx.export\`.`
        : `${data.source} has several .onnx files. Name one: ${data.found.join(", ")}.`;
    case "FORMAT_REFUSED": {
      const { name, advice } = FOREIGN_FORMATS[data.format];
      return `${data.path} is no ONNX file. It is ${name}: ${advice}.`;
    }
    case "ONNX_MALFORMED":
      return `${data.path} is no ONNX file that can be read: ${data.reason}. Export it again.`;
    case "LOCATION_REFUSED":
      return `Tensor ${data.tensor} has its data in ${JSON.stringify(data.location)}, which is refused: ${data.reason}. Save the model anew with its data in one file beside it, or as one file.`;
    case "EXTERNAL_DATA_MISSING":
      return `The model has data in ${data.location}, which is not beside it. Bring that file along, or save the model as one file.`;
    case "EXTERNAL_DATA_SHORT":
      return `${data.location} has ${data.bytes} bytes, and the model reads up to byte ${data.needed}: it is cut short, or another model's.`;
    case "IMPORT_TOO_LARGE":
      return `${data.path} is larger than the ${data.limit} bytes that are left for it. Raise --max-bytes if that is what you expect; an .onnx file itself ends below 2 GiB.`;
    case "IMPORT_HASH_MISMATCH":
      return `${data.path} has the SHA-256 ${data.found}, not ${data.expected}. Do not use it: it is another file than the one that was meant.`;
    case "DOWNLOAD_FAILED":
      return `${data.url} could not be downloaded: ${data.reason}. Try again, or download it otherwise and give the path.`;
    case "DOWNLOAD_REFUSED":
      return `${data.url} is answered with ${data.status}. ${adviceOfStatus(data.status)}`;
    case "REDIRECT_REFUSED":
      return `${data.url} leads on to ${data.to}, which is refused: ${data.reason}. Give the address of the file itself if you trust it.`;
    case "HUB_ANSWER_INVALID":
      return `What ${data.url} answers about the model is not what a hub says: ${data.reason}. Check HF_ENDPOINT and the revision.`;
    case "HUB_TOKEN_INVALID":
      return "HF_TOKEN is no token: it has characters that no token has, such as a line break.";
    case "IMPORT_NAME_INVALID":
      return `${JSON.stringify(data.name)} is no name for a model's folder. Give --name letters, digits, dots and hyphens, 64 at most, a letter or digit first.`;
    case "LICENCE_INVALID":
      return `The licence is not taken: ${data.reason}. Give an SPDX identifier, such as MIT or Apache-2.0, or one line of text.`;
    case "MODEL_EXISTS":
      return `${data.folder} is there already and holds something else. Give --name another, or remove it.`;
    case "IMPORT_ABORTED":
      return "The import was stopped. Nothing was written.";
  }
}

function adviceOfStatus(status: number): string {
  if (status === 401 || status === 403)
    return "It does not exist, or not for you: of a hub, set HF_TOKEN to a token of an account that accepted the model's conditions.";
  if (status === 404) return "Check the address; of a hub, the path and the revision.";
  return "Download it otherwise and give the path.";
}
