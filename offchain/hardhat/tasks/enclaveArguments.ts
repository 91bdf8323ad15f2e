import { Buffer } from "node:buffer";
import { existsSync, readFileSync, statSync } from "node:fs";
import type { CollateralSource, PlatformModel } from "@vouch/attestation";
import {
  collateralFolder,
  collateralService,
  MEASUREMENT_KINDS,
  type MeasurementKind,
  readCollateral,
} from "@vouch/attestation";
import { parseChoice } from "./arguments.ts";
import { TaskError } from "./taskError.ts";

const HEX = /^(?:0x)?(?:[0-9a-f]{2})+$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads a quote from a file that holds it as it is, in hexadecimal digits or in base64.
 *
 * @throws {TaskError} `ARGUMENT_INVALID` where there is no such file, or nothing in it.
 */
export function readQuoteFile(path: string): Uint8Array {
  const bytes = readArgument(path);
  const text = bytes.toString("latin1").replaceAll(/\s/g, "");
  if (text === "") throw new TaskError("ARGUMENT_INVALID", `${path} is empty: give a quote.`);
  if (HEX.test(text)) return Uint8Array.from(Buffer.from(text.replace(/^0x/i, ""), "hex"));
  return Uint8Array.from(BASE64.test(text) ? Buffer.from(text, "base64") : bytes);
}

/**
 * @throws {TaskError} `ARGUMENT_INVALID` unless `text` is empty (now), seconds since the epoch or a time like
 * 2026-01-31T12:00:00Z.
 */
export function parseTime(text: string): number {
  if (text === "") return Math.floor(Date.now() / 1000);
  if (/^\d{1,11}$/.test(text)) return Number(text);
  const time = Date.parse(text) / 1000;
  if (/^\d{4}-\d\d-\d\d/.test(text) && Number.isFinite(time)) return time;
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--time is "${text}"; it takes a time like 2026-01-31T12:00:00Z, or seconds since 1970.`,
  );
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `text` is a kind of measurement. */
export function parseKind(text: string): MeasurementKind {
  return parseChoice("kind", text, MEASUREMENT_KINDS);
}

/**
 * Returns where collateral comes from: the URL of a service, a folder of answers, or a file of a PCCS client.
 *
 * @throws {TaskError} `ARGUMENT_INVALID` where it is none of them.
 */
export function openCollateral(
  from: string,
  update: "early" | "standard" = "standard",
): CollateralSource<PlatformModel> {
  if (from === "") {
    throw new TaskError(
      "ARGUMENT_INVALID",
      "Say where collateral comes from: a service's URL, a folder of its answers, or a file.",
    );
  }
  if (/^https?:\/\//i.test(from)) return collateralService({ url: from, update });
  if (existsSync(from) && statSync(from).isDirectory()) return collateralFolder(from);
  const text = readArgument(from).toString("utf8");
  return () => Promise.resolve(readCollateral(text));
}

function readArgument(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new TaskError("ARGUMENT_INVALID", `There is no file ${path} that can be read.`, {
      cause,
    });
  }
}
