/** What keeps a local set-up from being made, and what of it was asked. */
export type PluginErrorData =
  /** The network's accounts do not suffice: one publishes and asks, and each operator takes one more. */
  | {
      readonly code: "ACCOUNTS_MISSING";
      readonly network: string;
      readonly given: number;
      readonly needed: number;
    }
  | {
      readonly code: "ACCOUNT_UNFUNDED";
      readonly account: string;
      readonly wei: bigint;
      readonly needed: bigint;
    }
  /** Whoever answers there is no development node, so that what is sent there lasts and costs. */
  | {
      readonly code: "CHAIN_NOT_LOCAL";
      readonly network: string;
      readonly chainId: bigint;
      readonly client: string;
    }
  | { readonly code: "MINING_MANUAL"; readonly network: string }
  | {
      readonly code: "HARDFORK_TOO_OLD";
      readonly network: string;
      readonly hardfork: string;
      readonly needed: string;
      readonly why: string;
    }
  | {
      readonly code: "GAS_LIMIT_LOW";
      readonly network: string;
      readonly setting: string;
      readonly limit: bigint;
      readonly needed: bigint;
    }
  | { readonly code: "OPTIONS_INVALID"; readonly reason: string }
  /** A connection has one set-up at a time. */
  | { readonly code: "LOCAL_OPEN"; readonly network: string }
  | { readonly code: "LOCAL_CLOSED"; readonly network: string }
  | { readonly code: "MODEL_NOT_FOUND"; readonly path: string }
  | { readonly code: "SAMPLES_MISSING"; readonly path: string; readonly rows: number }
  /** A bundle names its publisher, who alone may publish it. */
  | {
      readonly code: "PUBLISHER_OTHER";
      readonly release: string;
      readonly publisher: string;
      readonly account: string;
    };

/** Thrown by what the plugin puts on a connection; tasks have an error of their own. */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly data: PluginErrorData;

  constructor(data: PluginErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): PluginErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: PluginErrorData): string {
  switch (data.code) {
    case "ACCOUNTS_MISSING":
      return `Network "${data.network}" has ${data.given} accounts and ${data.needed} are needed: one that publishes and asks, and one for each operator. Give it more in hardhat.config.ts, or ask for fewer operators.`;
    case "ACCOUNT_UNFUNDED":
      return `Account ${data.account} has ${data.wei} wei and needs ${data.needed} for its stake and gas. Raise accountsBalance of the network, or lower \`stake\`.`;
    case "CHAIN_NOT_LOCAL":
      return `Network "${data.network}" (chain ${data.chainId}, ${data.client}) is no development node, and \`vouch.local()\` publishes under set-ups that their maker can forge. Use a network of type edr-simulated or \`npx hardhat node\`; a lasting chain is deployed to with \`npx hardhat deploy\`.`;
    case "MINING_MANUAL":
      return `Network "${data.network}" mines only when it is told to, and \`vouch.local()\` waits for transactions. Set mining.auto or mining.interval in hardhat.config.ts, or send evm_setAutomine with true first.`;
    case "HARDFORK_TOO_OLD":
      return `Network "${data.network}" runs ${data.hardfork}; ${data.why} needs ${data.needed} or later. Set its \`hardfork\` in hardhat.config.ts, or leave it out.`;
    case "GAS_LIMIT_LOW":
      return `${data.setting} of network "${data.network}" is ${data.limit}; the protocol's transactions may take ${data.needed} (EIP-7825). Raise it in hardhat.config.ts, or leave it out.`;
    case "OPTIONS_INVALID":
      return `vouch.local() cannot take these options: ${data.reason}.`;
    case "LOCAL_OPEN":
      return `This connection to network "${data.network}" has a local set-up with other options. Close that first, or open another connection with \`network.create()\`.`;
    case "LOCAL_CLOSED":
      return `This local set-up on network "${data.network}" is closed. Call \`vouch.local()\` again.`;
    case "MODEL_NOT_FOUND":
      return `${data.path} is neither an .onnx file, nor a folder with model.onnx, nor a release's bundle. Paths begin at the project's root.`;
    case "SAMPLES_MISSING":
      return `${data.path} comes with ${data.rows} sample rows and takes two or more: ranges are measured on some of them, the report is made on the others. Give \`samples\`, or put samples.json beside the file.`;
    case "PUBLISHER_OTHER":
      return `Release ${data.release} is published by ${data.publisher} alone, and the first account of this network is ${data.account}. Publish the model's folder instead.`;
    default:
      return data satisfies never;
  }
}
