import { openStore } from "@vouch/queue";
import { listDead, readWorkerConfig, STEP_POLICIES } from "@vouch/worker";
import { expect } from "chai";
import { overPostgres, SILENT } from "../../../helpers/stores.ts";

overPostgres("vouch-worker dead-letters beside a fleet", (server) => {
  it("leaves the queues as the workers have them: else they give an item up before its lock", async () => {
    const { url } = server();
    const store = await openStore({ url, queues: STEP_POLICIES }, { log: SILENT });
    const policies = () =>
      store.sql.query(
        "SELECT name, retry_limit, expire_seconds FROM vouch_queue.queue ORDER BY name",
      );
    try {
      const before = await policies();
      expect(before).to.not.be.empty;
      const args = ["--database-url", url, "--observe-log", "silent"];
      const { config } = readWorkerConfig({ args, env: {} });
      await listDead(config, {}, { out: () => undefined, err: () => undefined });
      expect(await policies()).to.deep.equal(before);
    } finally {
      await store.close();
    }
  });
});
