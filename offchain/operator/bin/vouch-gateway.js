#!/usr/bin/env node
import { launch } from "@vouch/worker/launch";

/** Answers outlive the default nursery, and would be copied by each of its collections (docs/gateway.md, "Measured"). */
const NURSERY = "--max-semi-space-size=64";

await launch("vouch-gateway", new URL("main.ts", import.meta.url), [NURSERY]);
