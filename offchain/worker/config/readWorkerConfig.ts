import type { ConfigSources, ReadConfig, SettingHelp } from "./readConfig.ts";
import { readConfig, settingsHelp } from "./readConfig.ts";
import type { WorkerConfig } from "./workerConfig.ts";
import { workerConfigSchema } from "./workerConfig.ts";

/**
 * Returns the configuration of a worker, as `readConfig` reads it.
 *
 * @throws {WorkerError} `CONFIG_INVALID`, naming the setting by the source it came from.
 */
export function readWorkerConfig(sources: ConfigSources): ReadConfig<WorkerConfig> {
  return readConfig(workerConfigSchema, sources);
}

/** Returns a line for each setting of a worker: flag, variable, default, meaning. */
export function configHelp(): readonly SettingHelp[] {
  return settingsHelp(workerConfigSchema);
}
