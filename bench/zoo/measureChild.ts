// The process that `measureApart` starts.
import { terminate } from "@vouch/prover";
import type { Message, Task } from "./measureApart.ts";
import { measureModel } from "./measureModel.ts";

const tell = (message: Message): void => {
  process.send?.(message);
};

process.once("message", ({ entry, options }: Task) => {
  void measureModel(entry, options, (step, fraction) => {
    tell({ kind: "progress", step, ...(fraction === undefined ? {} : { fraction }) });
  })
    .then((measured) => {
      tell({ kind: "measured", measured });
    })
    .finally(async () => {
      await terminate();
      process.disconnect();
    });
});
