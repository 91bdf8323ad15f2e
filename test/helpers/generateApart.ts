/** Test only: generates in a process of its own. Run as `node generateApart.ts <request in JSON> <threads> <folder>`. */
import { ExecutionError, openTransformersBackend, wholeAnswer } from "@vouch/execution";
import { parseTextRequest } from "@vouch/protocol";
import { charGptRelease } from "./charGpt.ts";

const [request = "", threads = "", folder = ""] = process.argv.slice(2);
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
