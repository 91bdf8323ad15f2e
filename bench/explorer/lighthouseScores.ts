import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as z from "zod";

const MAX_BYTES = 64 * 1024 * 1024;
const reportSchema = z.object({
  categories: z.record(z.string(), z.object({ score: z.number().nullable() })),
});

/** Of 100, by category; or why there are none. */
export type LighthouseScores = Readonly<Record<string, number | null>> | string;

/** Asks Lighthouse for its scores of a page. It is not installed with this project: `LIGHTHOUSE_PATH` or the path names it. */
export async function lighthouseScores(url: string, chromium: string): Promise<LighthouseScores> {
  const command = process.env["LIGHTHOUSE_PATH"] ?? "lighthouse";
  const options = [
    ...["--output=json", "--quiet", "--preset=desktop"],
    ...["--only-categories=performance,accessibility,best-practices"],
    "--chrome-flags=--headless=new --no-sandbox",
  ];
  try {
    const { stdout } = await promisify(execFile)(command, [url, ...options], {
      maxBuffer: MAX_BYTES,
      env: { ...process.env, CHROME_PATH: chromium },
    });
    const { categories } = reportSchema.parse(JSON.parse(stdout));
    return Object.fromEntries(
      Object.entries(categories).map(([name, { score }]) => [
        name,
        score === null ? null : Math.round(score * 100),
      ]),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      return "not measured: there is no `lighthouse` on the path, and LIGHTHOUSE_PATH names none";
    throw error;
  }
}
