// What a session of a model really takes beside its estimate: sessions are loaded and run, and the growth of the process is
// divided among them. Arguments: folder, model.
import { openIntegerSession, readVerified } from "@vouch/execution";
import type { IntegerSession } from "@vouch/execution";
import { readOne, releaseOf, residentMb, rounded } from "./examples.ts";

const SESSIONS = 60;

const [, , folder = "", model = ""] = process.argv;
const executable = await readOne(folder, releaseOf(model, 0));
const { release, input, fileBytes, residentBytes } = executable;
const onnx = await readVerified(executable);
const open = (): Promise<IntegerSession> =>
  openIntegerSession(release, onnx, input.shape, { intraOpThreads: 1 });

const warm = await open();
await warm.run(new BigInt64Array(input.encoding.elements), 1);
const before = residentMb();
const sessions: IntegerSession[] = [];
for (let i = 0; i < SESSIONS; i++) sessions.push(await open());
for (const it of sessions) await it.run(new BigInt64Array(input.encoding.elements), 1);
const perSession = ((residentMb() - before) * 1e6) / SESSIONS;
for (const it of [warm, ...sessions]) await it.release();
console.log(
  JSON.stringify({
    model,
    fileKb: Math.round(fileBytes / 1e3),
    estimateKb: Math.round(residentBytes / 1e3),
    residentKb: Math.round(perSession / 1e3),
    estimateOverResident: rounded(residentBytes / perSession),
  }),
);
