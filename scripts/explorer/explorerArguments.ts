import { parseArgs } from "node:util";

/** What the command is told. */
export type ExplorerArguments =
  | { readonly help: true }
  | {
      readonly help: false;
      readonly port: number;
      readonly rpcPort: number;
      readonly perDay: number;
      /** Where everything is kept; a folder that ends with the command where absent. */
      readonly keep: string | undefined;
      readonly compile: boolean;
    };

/** What `--help` prints. */
export const USAGE = `npm run explorer [-- options]

Starts a chain of this machine with two weeks behind it, operators, a gateway, the indexer and the page.
Nothing of it is worth anything: keys are Hardhat's own, set-ups are for development, enclaves are simulated.

  --port <n>        of the page (8480; 0 for any that is free)
  --rpc-port <n>    of the chain's JSON-RPC (8545; 0 for any that is free)
  --per-day <n>     questions of each of the two weeks' days, 1 to 20 (3)
  --keep <folder>   keeps receipts, bundles and the index there, in an empty folder; they end with the command otherwise
  --no-compile      takes the contracts as they were built
  --help
`;

/** Reads the command's arguments; a string says what is wrong with them. */
export function readExplorerArguments(args: readonly string[]): ExplorerArguments | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "8480" },
        "rpc-port": { type: "string", default: "8545" },
        "per-day": { type: "string", default: "3" },
        keep: { type: "string" },
        "no-compile": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return { help: true };
    const port = within(values.port, 0, 65_535);
    const rpcPort = within(values["rpc-port"], 0, 65_535);
    const perDay = within(values["per-day"], 1, 20);
    if (port === undefined || rpcPort === undefined) return "A port is a number up to 65535.";
    if (perDay === undefined) return "Of each day there are 1 to 20 questions.";
    if (values.keep === "") return "--keep takes a folder.";
    const compile = !values["no-compile"];
    return { help: false, port, rpcPort, perDay, keep: values.keep, compile };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function within(text: string, least: number, most: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
}
