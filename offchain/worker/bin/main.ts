import { useFastKeccak } from "../fastKeccak.ts";
import { run } from "./run.ts";

await useFastKeccak();
process.exitCode = await run(process.argv.slice(2), process.env, {
  out: (text) => {
    console.log(text);
  },
  err: (text) => {
    console.error(text);
  },
});
