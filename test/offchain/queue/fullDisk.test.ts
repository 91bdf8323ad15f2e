import { join } from "node:path";
import type { Store } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { mountSmallDisk } from "../../helpers/smallDisk.ts";
import type { SmallDisk } from "../../helpers/smallDisk.ts";
import { fillFolder, SILENT } from "../../helpers/stores.ts";

const MEBIBYTES = 160;
const RECORD = "x".repeat(200_000);

const probe = mountSmallDisk(1);
probe?.unmount();
if (probe === undefined)
  process.stderr.write("\n  NOT TRIED: a store on a full disk: this user may mount none.\n");
else
  describe("a store whose disk is full", function () {
    this.timeout(60_000);
    let disk: SmallDisk;
    let store: Store;

    const open = (): Promise<Store> =>
      openStore({ folder: join(disk.folder, "store") }, { log: SILENT });
    const log = (text: string): Promise<unknown> =>
      store.sql.query("SELECT pg_logical_emit_message(true, 'vouch', $1)", [text]);
    const count = async (): Promise<unknown> =>
      (await store.sql.query("SELECT number FROM kept"))[0]?.["number"];

    before(async () => {
      disk = mountSmallDisk(MEBIBYTES)!; // it could a moment ago
      await fillFolder(join(disk.folder, "store"));
      store = await open();
      await store.sql.query("CREATE TABLE kept (number integer)");
      await store.sql.query("INSERT INTO kept VALUES (0)");
    });
    after(async () => {
      await store.close();
      disk.unmount();
    });

    it("fails its statements when its log needs room, keeps what it confirmed, and goes on when there is some", async () => {
      disk.fill();
      let confirmed = 0;
      for (;;) {
        // In one transaction, so that PostgreSQL panics in the middle of it.
        const refusal = await codeOfPromise(
          store.sql.transaction(async (tx) => {
            await tx.query("UPDATE kept SET number = number + 1");
            await tx.query("SELECT pg_logical_emit_message(true, 'vouch', $1)", [RECORD]);
          }),
        );
        if (refusal !== undefined) break;
        confirmed += 1;
      }
      expect(await codeOfPromise(log("more"))).to.equal("DISK_FULL");
      expect(await codeOfPromise(store.depths())).to.equal("DISK_FULL");
      disk.makeRoom();
      expect(await count()).to.equal(confirmed);
      await log(RECORD);
      expect((await store.depths()).infer.ready).to.equal(0);
    });

    it("is not opened without room, and says how much it takes", async () => {
      await store.close();
      disk.fill(2 ** 20);
      expect(await codeOfPromise(open())).to.equal("DISK_FULL");
      disk.makeRoom();
      store = await open();
      expect(await count()).to.be.a("number");
    });
  });
