#!/usr/bin/env node
import { launch } from "@vouch/worker/launch";

await launch("vouch-gateway", new URL("main.ts", import.meta.url));
