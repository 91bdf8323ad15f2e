// The thread that `openSessionThread` starts.
import { parentPort } from "node:worker_threads";
import { ExecutionError } from "./errors.ts";
import type { IntegerSession } from "./integerSession.ts";
import { openIntegerSession } from "./integerSession.ts";
import { readVerified } from "./readVerified.ts";
import type { SessionCall, SessionReply } from "./sessionThread.ts";

const sessions = new Map<number, IntegerSession>();
let last: Promise<void> = Promise.resolve();

// One after the other, since answers go by the order of the calls.
parentPort?.on("message", (call: SessionCall) => {
  last = last.then(async () => {
    const reply = await answer(call);
    const moved = "output" in reply && reply.output !== undefined ? [reply.output.buffer] : [];
    parentPort?.postMessage(reply, moved as ArrayBuffer[]);
  });
});

async function answer(call: SessionCall): Promise<SessionReply> {
  try {
    return { output: await done(call) };
  } catch (error) {
    // A class does not survive the way; its data does.
    return error instanceof ExecutionError
      ? { failure: error.data, reason: error.cause }
      : { failure: undefined, reason: error };
  }
}

async function done(call: SessionCall): Promise<BigInt64Array | undefined> {
  if (call.call === "open") {
    const { executable, options } = call;
    const onnx = await readVerified(executable);
    const { release, input } = executable;
    const session = await openIntegerSession(release, onnx, input.shape, options);
    sessions.set(call.session, session);
    return undefined;
  }
  const session = sessions.get(call.session);
  if (session === undefined) throw new RangeError(`there is no session ${call.session}`);
  if (call.call === "run") return session.run(call.inputs, call.batch);
  sessions.delete(call.session);
  await session.release();
  return undefined;
}
