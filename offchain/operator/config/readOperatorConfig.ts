import type { ConfigSources, ReadConfig, SettingHelp } from "@vouch/worker";
import { readConfig, settingsHelp } from "@vouch/worker";
import type { OperatorConfig } from "./operatorConfig.ts";
import { operatorConfigSchema } from "./operatorConfig.ts";

/**
 * Returns the configuration of an operator that serves HTTP, as `readConfig` reads it.
 *
 * @throws {WorkerError} `CONFIG_INVALID`, naming the setting by the source it came from.
 */
export function readOperatorConfig(sources: ConfigSources): ReadConfig<OperatorConfig> {
  return readConfig(operatorConfigSchema, sources);
}

/** Returns a line for each setting: flag, variable, default, meaning. */
export function operatorHelp(): readonly SettingHelp[] {
  return settingsHelp(operatorConfigSchema);
}
