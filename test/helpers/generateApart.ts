/** Test only: generates in a process of its own. Run as `node generateApart.ts <request in JSON> <threads> <folder>`. */
import { ExecutionError, openTransformersBackend, wholeAnswer } from "@vouch/execution";
import { parseTextRequest } from "@vouch/protocol";
import { charGptRelease } from "./charGpt.ts";

if (import.meta.main) await generate(process.argv.slice(2));

async function generate([
  request = "",
  threads = "",
  folder = "",
]: readonly string[]): Promise<void> {
  const backend = await openTransformersBackend({ threads: Number(threads) });
  const release = await charGptRelease(folder);
  const outcome = await wholeAnswer(
    backend.generate(release, parseTextRequest(JSON.parse(request))),
  ).catch((error: unknown) => {
    if (error instanceof ExecutionError) return { code: error.code };
    throw error;
  });
  await backend.close();
  process.stdout.write(JSON.stringify(outcome));
}
