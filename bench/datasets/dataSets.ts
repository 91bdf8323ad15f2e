import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { creditDefaultIntegers, creditDefaultScaled } from "./creditDefault.ts";
import { cuadClauses } from "./cuadClauses.ts";
import { brentFeatures, ethFeatures, ethSequences } from "./dailyPrices.ts";
import type { DataRow } from "./dataRow.ts";
import { germanIntegers, germanOneHot } from "./germanCredit.ts";
import { heartCleveland } from "./heartCleveland.ts";
import { mnistPixels, mnistPooled } from "./mnist.ts";
import { smsSpam } from "./smsSpam.ts";
import { wdbc } from "./wdbc.ts";

/** What a model was tested on. */
export type DataSet = {
  /** Folder of `DATASETS`. */
  readonly folder: string;
  readonly files: readonly string[];
  /** Where a seed of NumPy's drew the test rows, all are read. */
  readonly part: "test set" | "all, training rows among them";
  readonly read: (files: readonly Uint8Array[], preprocessing: unknown) => readonly DataRow[];
};

type TextReader = (text: string, preprocessing: unknown) => readonly DataRow[];
type ImageReader = (images: Uint8Array, labels: Uint8Array) => readonly DataRow[];

const DATA_SETS: Readonly<Record<string, DataSet>> = {
  "contract-clause-mlp": whole("cuad-clauses", "clauses.csv", cuadClauses),
  "credit-default-gbdt": taiwan(creditDefaultIntegers),
  "credit-default-mlp": taiwan(creditDefaultScaled),
  "credit-german-mlp": whole("german-credit", "german.data", germanOneHot),
  "credit-german-tree": whole("german-credit", "german.data", germanIntegers),
  "heart-forest": whole("heart-cleveland", "processed.cleveland.data", heartCleveland),
  "mnist-cnn": mnist(mnistPixels),
  "mnist-cnn-tiny": mnist(mnistPixels),
  "mnist-mlp": mnist(mnistPixels),
  "mnist-mlp-14x14": mnist(mnistPooled),
  "sms-spam-mlp": whole("sms-spam", "SMSSpamCollection", smsSpam),
  "triage-wdbc-mlp": whole("wdbc", "wdbc.data", wdbc),
  "vol-brent-mlp": tested("brent-wti-daily", "brent-daily.csv", brentFeatures),
  "vol-eth-lstm": tested("eth-btc-daily", "coin_Ethereum.csv", ethSequences),
  "vol-eth-mlp": tested("eth-btc-daily", "coin_Ethereum.csv", ethFeatures),
};

/** @throws {RangeError} if no reader is known for a model. */
export function dataSetOf(model: string): DataSet {
  const found = DATA_SETS[model];
  if (found === undefined) throw new RangeError(`no reader turns a data set into rows of ${model}`);
  return found;
}

/** @returns `undefined` where the folder lacks the data set */
export function readDataSet(
  { folder, files, read }: DataSet,
  parent: string | undefined,
  preprocessing: unknown,
): readonly DataRow[] | undefined {
  if (parent === undefined) return undefined;
  const paths = files.map((it) => join(parent, folder, it));
  if (!paths.every((it) => existsSync(it))) return undefined;
  return read(
    paths.map((it) => readFileSync(it)),
    preprocessing,
  );
}

function taiwan(reader: TextReader): DataSet {
  return whole("credit-default-taiwan", "default_of_credit_card_clients.csv", reader);
}

function whole(folder: string, file: string, reader: TextReader): DataSet {
  return { ...tested(folder, file, reader), part: "all, training rows among them" };
}

function tested(folder: string, file: string, reader: TextReader): DataSet {
  return {
    folder,
    files: [file],
    part: "test set",
    read: ([bytes], preprocessing) => reader(new TextDecoder().decode(bytes), preprocessing),
  };
}

function mnist(reader: ImageReader): DataSet {
  return {
    folder: "mnist",
    files: ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"],
    part: "test set",
    read: ([images, labels]) => reader(images ?? new Uint8Array(), labels ?? new Uint8Array()),
  };
}
