#!/usr/bin/env node
import { launch } from "@vouch/worker/launch";

await launch("vouch-worker", new URL("main.ts", import.meta.url));
