// A coordinator in a process of its own, for tests that kill it: `node coordinatorProcess.ts FOLDER`; prints its URL.
import { openCoordinator } from "@vouch/ceremony";

if (import.meta.main) {
  const coordinator = await openCoordinator(
    { folder: process.argv[2] ?? "", port: 0, requestsPerMinute: 10_000, joinsPerHour: 1000 },
    { log: () => undefined },
  );
  const { url } = await coordinator.start();
  process.stdout.write(`${url}\n`);
}
