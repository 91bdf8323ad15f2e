import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { GuestFiles } from "@vouch/attestation/guest";
import { extendRtmr, nodeFiles } from "@vouch/attestation/guest";

const REPORTS = "sys/kernel/config/tsm/report";
const RTMR3 = "sys/class/misc/tdx_guest/measurements/rtmr3:sha384";

/** A folder that stands for `/` inside an enclave. */
export type FakeRoot = {
  readonly root: string;
  readonly put: (path: string, content: string | Uint8Array) => Promise<void>;
  readonly remove: () => Promise<void>;
};

export async function fakeRoot(): Promise<FakeRoot> {
  const root = await mkdtemp(join(tmpdir(), "vouch-guest-"));
  return {
    root,
    async put(path, content) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

export type FakeKernelOptions = {
  /** Who answers; `tdx_guest` by default. */
  readonly provider?: string;
  readonly quote: (reportData: Uint8Array) => Promise<Uint8Array>;
  /** Happens between the write of the report data and the read of the quote. */
  readonly between?: (entry: string) => Promise<void>;
};

/**
 * The files of a temporary folder with a kernel behind them, as configfs-tsm has it: a new folder gets its attributes, a write
 * counts up the generation and is answered in `outblob`, and a folder goes with what is in it. RTMR3 is extended by writing.
 */
export async function fakeKernel(
  { root, put }: FakeRoot,
  options: FakeKernelOptions,
): Promise<{ readonly files: GuestFiles; readonly entries: string[] }> {
  const reports = join(root, REPORTS);
  await mkdir(reports, { recursive: true });
  const entries: string[] = [];
  const bump = async (entry: string): Promise<void> => {
    const generation = Number(await readFile(join(entry, "generation"), "utf8"));
    await writeFile(join(entry, "generation"), `${generation + 1}\n`);
  };
  const files: GuestFiles = {
    ...nodeFiles,
    async makeFolder(path) {
      await nodeFiles.makeFolder(path);
      entries.push(path);
      const at = (name: string): string => path.slice(root.length + 1) + `/${name}`;
      await put(at("provider"), `${options.provider ?? "tdx_guest"}\n`);
      await put(at("generation"), "0\n");
      await put(at("inblob"), "");
    },
    async write(path, value) {
      if (path.endsWith(RTMR3)) {
        await nodeFiles.write(path, extendRtmr(await readFile(path), value));
        return;
      }
      await nodeFiles.write(path, value);
      if (!path.startsWith(reports)) return;
      const entry = dirname(path);
      await bump(entry);
      await writeFile(join(entry, "outblob"), await options.quote(value));
      await options.between?.(entry);
    },
    async removeFolder(path) {
      await rm(path, { recursive: true });
      entries.splice(entries.indexOf(path), 1);
    },
  };
  return { files, entries };
}

/** What a server inside an enclave was asked. */
export type Asked = { readonly method: string; readonly url: string; readonly body: string };

export type FakeServer = {
  readonly asked: Asked[];
  readonly port: number | undefined;
  readonly close: () => Promise<void>;
};

/** A server on a unix socket, or on a port of this machine where no path is given. */
export async function fakeServer(
  socketPath: string | undefined,
  answer: (
    asked: Asked,
  ) => Promise<{ readonly status?: number; readonly body: string | Uint8Array }>,
): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const it = { method: request.method ?? "", url: request.url ?? "", body };
      asked.push(it);
      const { status = 200, body: content } = await answer(it);
      response.writeHead(status).end(content);
    });
  });
  if (socketPath !== undefined) await mkdir(dirname(socketPath), { recursive: true });
  await new Promise<void>((resolve) => {
    if (socketPath === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(socketPath, resolve);
  });
  const address = server.address();
  return {
    asked,
    port: typeof address === "object" ? address?.port : undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
