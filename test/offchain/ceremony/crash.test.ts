import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ceremonyPaths, readCeremonyState } from "@vouch/ceremony";
import { terminate } from "@vouch/prover";
import { expect } from "chai";
import { until } from "../../helpers/until.ts";
import { temporaryFolder } from "../prover/fixture.ts";
import {
  ask,
  ceremonyFolder,
  closeVerifier,
  joinQueue,
  joinTurn,
  nextKey,
  openSite,
  standing,
  upload,
} from "./ceremonySite.ts";

const DEEP = process.env["VOUCH_DEEP"] === "1";
const read = async (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  Uint8Array.from(await readFile(path));

describe("a coordinator that crashes", function () {
  this.timeout(120_000);
  after(async () => {
    closeVerifier();
    await terminate();
  });

  describe("given what each instant of a round may leave", () => {
    /** A folder in which Ada's key is uploaded and not yet verified, and her ticket. */
    let uploaded: string;
    /** The same, where the coordinator was closed in order. */
    let closed: string;
    let ticket: string;
    let made: Uint8Array<ArrayBuffer>;
    before(async () => {
      const folder = await ceremonyFolder();
      made = await read(await nextKey(ceremonyPaths(folder).key(0, 0), "Ada"));
      let giveUp = (): void => undefined;
      const verify = (): Promise<never> =>
        new Promise((_, reject) => {
          giveUp = () => {
            reject(new Error("closed"));
          };
        });
      const close = (): void => {
        giveUp();
      };
      const copy = join(temporaryFolder(), "uploaded");
      const site = await openSite({}, folder, { verify, close });
      ticket = await joinTurn(site.url, "Ada");
      await upload(site.url, ticket, made);
      await standing(site.url, ticket, "verifying");
      await cp(folder, copy, { recursive: true });
      await rm(`${ceremonyPaths(copy).state}.lock`);
      uploaded = copy;
      await site.coordinator.close();
      closed = folder;
    });

    const reopened = async (
      leave: (folder: string, participant: string) => Promise<void>,
      from = uploaded,
    ): Promise<void> => {
      const folder = join(temporaryFolder(), "ceremony");
      await cp(from, folder, { recursive: true });
      const { queue } = await readCeremonyState(ceremonyPaths(folder).state);
      await leave(folder, queue[0]?.id ?? "");
      const site = await openSite({}, folder);
      try {
        await until("Ada stands somewhere", async () => {
          const { body } = await ask(site.url, "/turn", { ticket });
          if (body["status"] === "turn") await upload(site.url, ticket, made);
          return body["status"] === "accepted";
        });
        expect((await readCeremonyState(ceremonyPaths(folder).state)).rounds).to.have.length(1);
        expect(await readdir(join(folder, "keys"))).to.deep.equal(["0000", "0001"]);
        expect(await readdir(join(folder, "uploads"))).to.deep.equal([]);
      } finally {
        await site.coordinator.close();
      }
    };

    it("verifies again what was uploaded, also where it was closed in order meanwhile", async () => {
      await reopened(() => Promise.resolve());
      await reopened(() => Promise.resolve(), closed);
    });

    it("verifies again what was put in its place, but not yet written down", async () => {
      await reopened(async (folder, participant) => {
        const paths = ceremonyPaths(folder);
        await cp(join(paths.uploads, participant), paths.round(1), { recursive: true });
        await rm(join(paths.uploads, participant), { recursive: true });
      });
    });

    it("asks again for what is half written, and heeds no state that is", async () => {
      await reopened(async (folder, participant) => {
        const paths = ceremonyPaths(folder);
        const key = join(paths.uploads, participant, "0.zkey");
        await writeFile(key, (await readFile(key)).subarray(0, 1000));
        await writeFile(join(paths.uploads, participant, "0.part"), "half");
        await writeFile(`${paths.state}.part`, "{");
        await mkdir(join(paths.uploads, "ff".repeat(16)));
      });
    });

    it("goes on where a contribution on this machine crashed meanwhile", async () => {
      await reopened(async (folder) => {
        const round = ceremonyPaths(folder).round(1);
        await mkdir(round);
        await writeFile(join(round, "0.zkey.1.part"), "half");
      });
    });

    it("does not begin with a key that is not the one of the last receipt", async () => {
      const folder = join(temporaryFolder(), "ceremony");
      await cp(uploaded, folder, { recursive: true });
      const key = ceremonyPaths(folder).key(0, 0);
      const bytes = await readFile(key);
      bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
      await writeFile(key, bytes);
      const error = await openSite({}, folder).catch((it: unknown) => it);
      expect(error).to.have.property("code", "FOLDER_INVALID");
    });
  });

  // Each kill starts four processes.
  if (!DEEP)
    process.stderr.write(
      "    a coordinator is killed by kill -9 in the long run only (VOUCH_DEEP=1)\n",
    );
  describe("killed by kill -9 after each of many waits", () => {
    const start = async (folder: string): Promise<{ child: ChildProcess; url: string }> => {
      const path = join(import.meta.dirname, "coordinatorProcess.ts");
      const child = spawn(process.execPath, [path, folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      return { child, url: line.toString().trim() };
    };
    const waits = DEEP ? [0, 10, 30, 60, 100, 200, 400, 800, 1600] : [];
    for (const wait of waits) {
      it(`goes on where it was, ${wait} ms after an upload`, async () => {
        const folder = await ceremonyFolder();
        const first = await start(folder);
        const ticket = await joinTurn(first.url, "Ada");
        const waiting = await joinQueue(first.url, "Grace");
        const key = await read(await nextKey(ceremonyPaths(folder).key(0, 0), "Ada"));
        expect((await upload(first.url, ticket, key)).status).to.equal(202);
        const end = performance.now() + wait;
        await until("it is time", () => performance.now() >= end);
        first.child.kill("SIGKILL");
        await once(first.child, "exit");
        const second = await start(folder);
        try {
          await standing(second.url, ticket, "accepted");
          await standing(second.url, waiting, "turn");
        } finally {
          second.child.kill("SIGKILL");
          await once(second.child, "exit");
        }
      });
    }
  });
});
