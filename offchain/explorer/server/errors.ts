type Failure =
  | { readonly code: "SETTING_INVALID"; readonly setting: string; readonly reason: string }
  | { readonly code: "PAGE_NOT_BUILT"; readonly folder: string }
  | { readonly code: "PORT_TAKEN"; readonly port: number };

/** What keeps the page from being served. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: Failure["code"];
  readonly data: Failure;

  constructor(data: Failure, options?: ErrorOptions) {
    super(messageOf(data), options);
    this.code = data.code;
    this.data = data;
  }
}

function messageOf(data: Failure): string {
  switch (data.code) {
    case "SETTING_INVALID":
      return `The setting ${data.setting} is refused: ${data.reason}.`;
    case "PAGE_NOT_BUILT":
      return `There is no page in ${data.folder}. Build it: \`npx vite build\` in offchain/explorer.`;
    case "PORT_TAKEN":
      return `Port ${data.port} is taken. Choose another, or 0 for any that is free.`;
  }
}
