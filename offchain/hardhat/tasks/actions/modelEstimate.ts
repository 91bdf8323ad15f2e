import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelEstimate, ProvingCalibration } from "@vouch/compiler";
import {
  drawGraph,
  estimateModel,
  estimatePage,
  estimateTables,
  parseProvingCalibration,
  PROVING_CALIBRATION,
} from "@vouch/compiler";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { EstimateArguments } from "../estimateArguments.ts";
import { readEstimateRequest } from "../estimateArguments.ts";
import { printTables } from "../printTables.ts";

type Args = EstimateArguments & {
  readonly svg: string;
  readonly html: string;
  readonly json: boolean;
};

/** Prints what a model costs and which evidence fits it; the exit code says whether it can be proven within the budget. */
export function run(args: Args, hre: HardhatRuntimeEnvironment): void {
  const { file, ...request } = readEstimateRequest(args);
  const proving = readCalibration(hre);
  const estimate = estimateModel(file, {
    ...request,
    ...(proving === undefined ? {} : { proving }),
  });
  const { price, refusal } = estimate;
  if (args.svg !== "" || args.html !== "") writePictures(estimate, args);
  if (refusal !== undefined) process.exitCode = 1;
  if (args.json) {
    console.log(JSON.stringify(estimate));
    return;
  }
  const inputs = price?.inputs.map(({ name, shape }) => `${name} [${shape.join(", ")}]`) ?? [];
  console.log([request.name, ...inputs].join(", "));
  console.log();
  console.log(printTables(estimateTables(estimate)));
  if (refusal !== undefined) console.error(`\n${refusal.code}: ${refusal.message}`);
}

/** Both need a price: of a model that cannot be compiled there is no graph. */
function writePictures(estimate: ModelEstimate, { svg, html }: Args): void {
  const { model, price } = estimate;
  if (price === undefined) return;
  const { graph, layers, bindings } = price;
  const drawing = { title: model, graph, layers, bindings };
  if (svg !== "") writeFileSync(svg, drawGraph(drawing));
  if (html !== "") writeFileSync(html, estimatePage(drawing, estimateTables(estimate)));
}

/** What `bench/prove-calibration.ts` stored, if it ran. */
function readCalibration(hre: HardhatRuntimeEnvironment): ProvingCalibration | undefined {
  const home = process.env["VOUCH_HOME"] ?? join(hre.config.paths.root, ".vouch");
  try {
    return parseProvingCalibration(
      JSON.parse(readFileSync(join(home, "cache", PROVING_CALIBRATION), "utf8")),
    );
  } catch {
    return undefined;
  }
}
