// A process that makes one proof and ends. Arguments: wasm, zkey, a file of inputs. Prints seconds as JSON.
import { readFileSync } from "node:fs";
import { prove, terminate } from "@vouch/prover";

/** Since the process began. */
type Since = { readonly wall: number; readonly cpu: number };
export type ColdStart = { readonly loaded: Since; readonly proven: Since };

function since(): Since {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 };
}

if (import.meta.main) {
  const [wasm = "", zkey = "", file = ""] = process.argv.slice(2);
  const inputs = Object.fromEntries(
    Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string | string[]>).map(
      ([name, value]) => [name, typeof value === "string" ? BigInt(value) : value.map(BigInt)],
    ),
  );
  const loaded = since();
  await prove({ wasm, zkey }, inputs);
  console.log(JSON.stringify({ loaded, proven: since() } satisfies ColdStart));
  await terminate();
}
