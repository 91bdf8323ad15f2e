// Entry of the verifier's process; see openVerifier.ts.
import { ProverError } from "@vouch/prover/errors";
import { verifyNext } from "@vouch/prover/verifyNext";
import type { Verdict, VerifierTask } from "./openVerifier.ts";

process.on("message", (task: VerifierTask) => {
  void judge(task).then((verdict) => process.send?.(verdict));
});
// The coordinator is gone.
process.once("disconnect", () => process.exit());

/** An error that is not about the contribution ends the process, which the coordinator takes for what it is. */
async function judge({ name, ...keys }: VerifierTask): Promise<Verdict> {
  try {
    return { contribution: (await verifyNext(keys, name)).hash };
  } catch (error) {
    if (!(error instanceof ProverError) || error.code === "SETUP_FAILED") throw error;
    // Without the files' paths, which are nobody's business but the coordinator's.
    const reason = "reason" in error.problem ? `, ${error.problem.reason}` : "";
    return { refused: `${error.code}${reason}` };
  }
}
