// A process that makes one proof and ends. Arguments: wasm, zkey, a file of inputs. Prints seconds as JSON.
import { readFileSync } from "node:fs";
import { prove, terminate } from "@vouch/prover";

if (import.meta.main) {
  const [wasm = "", zkey = "", file = ""] = process.argv.slice(2);
  const inputs = Object.fromEntries(
    Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string | string[]>).map(
      ([name, value]) => [name, typeof value === "string" ? BigInt(value) : value.map(BigInt)],
    ),
  );
  const loaded = performance.now(); // since the process began
  await prove({ wasm, zkey }, inputs);
  const proven = performance.now();
  await terminate();
  console.log(JSON.stringify({ load: loaded / 1000, prove: (proven - loaded) / 1000 }));
}
