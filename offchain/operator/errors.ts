/** What an operator's process refuses to begin with; each code carries what an operator needs to act on it. */
export type OperatorErrorData =
  /** A setting that does not fit the others, or what is there; `setting` is its path in the configuration. */
  | { readonly code: "SETTING_UNFIT"; readonly setting: string; readonly reason: string }
  | { readonly code: "PRICE_INVALID"; readonly price: string; readonly reason: string }
  /** A settlement that did not change the chain, however often it was sent. */
  | { readonly code: "SETTLEMENT_FAILED"; readonly key: string; readonly attempts: number }
  /** A settlement that takes more gas than `action` may, which its payer could have spent; in gas. */
  | {
      readonly code: "SETTLEMENT_TOO_DEAR";
      readonly key: string;
      readonly gas: bigint;
      readonly limit: bigint;
      readonly action: string;
    };

/** Thrown by everything in this package. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
  readonly data: OperatorErrorData;

  constructor(data: OperatorErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): OperatorErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: OperatorErrorData): string {
  switch (data.code) {
    case "SETTING_UNFIT":
      return `${data.setting} does not fit: ${data.reason}. \`vouch-gateway help\` lists all settings.`;
    case "PRICE_INVALID":
      return `The price ${data.price} does not fit: ${data.reason}.`;
    case "SETTLEMENT_FAILED":
      return `${data.key} was sent ${data.attempts} times and had no effect; see the transactions of its journal.`;
    case "SETTLEMENT_TOO_DEAR":
      return `${data.key} takes ${data.gas} gas, more than the ${data.limit} that ${data.action} may, as where its payer is a contract with code of its own. It is not sent.`;
  }
}
