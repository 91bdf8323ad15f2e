// Entry of the verifier's process; see openVerifier.ts.
import { ProtocolError } from "@vouch/protocol";
import { ProverError } from "@vouch/prover/errors";
import type { Verdict, VerifierTask } from "./openVerifier.ts";
import { verifyNextPart } from "./verifyNextPart.ts";

process.on("message", (task: VerifierTask) => {
  void judge(task).then((verdict) => process.send?.(verdict));
});
// The coordinator is gone.
process.once("disconnect", () => process.exit());

/** An error that is not about the contribution ends the process, which the coordinator takes for what it is. */
async function judge(task: VerifierTask): Promise<Verdict> {
  try {
    return { contribution: await verifyNextPart(task) };
  } catch (error) {
    // Without the files' paths, which are nobody's business but the coordinator's.
    if (error instanceof ProtocolError && error.data.code === "KEY_INVALID")
      return { refused: `${error.data.code}, ${error.data.reason}` };
    if (!(error instanceof ProverError) || error.code === "SETUP_FAILED") throw error;
    const { problem } = error;
    const reason = "reason" in problem ? problem.reason : "part" in problem ? problem.part : "";
    return { refused: reason === "" ? error.code : `${error.code}, ${reason}` };
  }
}
