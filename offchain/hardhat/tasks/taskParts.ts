import { ArgumentType } from "hardhat/types/arguments";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { TaskArguments } from "hardhat/types/tasks";
import { buildIfStale } from "./buildIfStale.ts";

/** What an action file exports: `run` prints for people, or one JSON document where `json` is set. */
type Action<Args> = {
  readonly run: (args: Args, hre: HardhatRuntimeEnvironment) => Promise<void> | void;
};

/** What Hardhat loads when a task is run. */
type LazyAction = () => Promise<{
  readonly default: (args: TaskArguments, hre: HardhatRuntimeEnvironment) => Promise<void>;
}>;

/**
 * Builds first what is stale in a project that compiles the contracts, since actions import generated types, then runs the action
 * and turns typed errors into one message and an exit code, without a stack trace.
 */
export const act =
  <Args extends TaskArguments>(load: () => Promise<Action<Args>>): LazyAction =>
  () =>
    Promise.resolve({
      default: async (args, hre) => {
        if (hre.config.vouch.contracts === "project") await buildIfStale(hre);
        const { reportFailure } = await import("./reportFailure.ts");
        try {
          const { run } = await load();
          await run(args as Args, hre); // the options below declare every member
        } catch (error) {
          reportFailure(error, args);
        }
      },
    });

/** For scripts. */
export const json = {
  name: "json",
  description: "Print one JSON document and nothing else.",
} as const;
/** An option that is text, empty by default. */
export const text = (name: string, description: string, defaultValue = "") =>
  ({ name, description, type: ArgumentType.STRING, defaultValue }) as const;

/** Of whatever makes circuits of a model. */
export const maxConstraints = text(
  "maxConstraints",
  "Constraints that a circuit may have; a larger model is cut into segments, a circuit each (model:estimate --budget prices them). Never cut if empty.",
);

/** Of whatever takes keys that were made elsewhere. */
export const ceremonyKeys = text(
  "zkey",
  "Final keys of a ceremony that was held elsewhere, joined by commas: those of all segments, or a commit-and-prove circuit's, its weights' and the link; they are verified.",
);
