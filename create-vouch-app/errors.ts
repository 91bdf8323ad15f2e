/** What keeps an app from being made. */
export type CreateErrorData =
  | { readonly code: "ARGUMENT_UNKNOWN"; readonly reason: string }
  /** `folder` is not below this one, or a link leads elsewhere. */
  | { readonly code: "FOLDER_OUTSIDE"; readonly folder: string }
  | { readonly code: "FOLDER_NOT_EMPTY"; readonly folder: string; readonly found: string }
  | { readonly code: "FOLDER_IS_FILE"; readonly folder: string }
  /** `name` is the part of `folder` that not every file system takes. */
  | { readonly code: "FOLDER_NAME_INVALID"; readonly folder: string; readonly name: string }
  /** By the file system, which `reason` quotes. */
  | { readonly code: "WRITE_FAILED"; readonly folder: string; readonly reason: string }
  | { readonly code: "NAME_INVALID"; readonly name: string }
  | {
      readonly code: "CHOICE_UNKNOWN";
      readonly option: string;
      readonly given: string;
      readonly known: readonly string[];
    }
  | { readonly code: "INSTALL_FAILED"; readonly command: string; readonly folder: string }
  /** While `command` ran, after the files were written. */
  | { readonly code: "STOPPED"; readonly command: string; readonly folder: string };

/** Thrown by everything here. */
export class CreateError extends Error {
  override readonly name = "CreateError";
  readonly data: CreateErrorData;

  constructor(data: CreateErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): CreateErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: CreateErrorData): string {
  switch (data.code) {
    case "ARGUMENT_UNKNOWN":
      return `${data.reason} See \`npx create-vouch-app --help\`.`;
    case "FOLDER_OUTSIDE":
      return `"${data.folder}" is not a folder below this one, or a link leads elsewhere. Give a name such as my-app.`;
    case "FOLDER_NOT_EMPTY":
      return `${data.folder} is not empty (it has ${data.found}), and nothing there is overwritten. Choose another name.`;
    case "FOLDER_IS_FILE":
      return `${data.folder} is a file. Choose another name.`;
    case "FOLDER_NAME_INVALID":
      return `"${data.name}" cannot be the name of an app's folder on every system: not node_modules, not that of a device such as con, not with one of <>:"|?*\\, not with a dot or a space at its end. Give a name such as my-app.`;
    case "WRITE_FAILED":
      return `${data.folder} cannot be written (${data.reason}), and nothing of it was left. Go to a folder that is yours, or choose another name.`;
    case "NAME_INVALID":
      return `"${data.name}" cannot be a package's name. Take small letters, digits, "-", "." and "_", at most 214 of them, and neither node_modules nor favicon.ico: --name my-app.`;
    case "CHOICE_UNKNOWN":
      return `--${data.option} is "${data.given}"; it takes ${data.known.join(", ")}.`;
    case "INSTALL_FAILED":
      return `\`${data.command}\` failed in ${data.folder}; what it said is above. The files are there: run it again once that is put right.`;
    case "STOPPED":
      return `Stopped. The files are in ${data.folder}; run \`${data.command}\` there for the packages.`;
    default:
      return data satisfies never;
  }
}
