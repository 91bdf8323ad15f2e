import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { deepOnly } from "../helpers/deepOnly.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HARDHAT = join(ROOT, "node_modules/hardhat/dist/src/cli.js");
/** Not Hardhat's own, so that a developer's local deployment is left alone. */
const CHAIN_ID = "31339";

type Finished = { readonly code: number | null; readonly out: string; readonly err: string };

deepOnly("the tasks against --network localhost, each a process", () => {
  describe("tasks against --network localhost", localhostTasks);
});

/** The tasks as a user runs them: each a process of its own, against a node in another one. */
function localhostTasks(this: Mocha.Suite): void {
  this.timeout(300_000);

  const children: ChildProcess[] = [];
  /** What each has printed since it was started. */
  const printed = new Map<ChildProcess, string>();
  let env: NodeJS.ProcessEnv;

  before(async () => {
    const port = await freePort();
    env = {
      ...process.env,
      VOUCH_HOME: process.env["VOUCH_HOME"] ?? join(ROOT, ".vouch", "test"),
      VOUCH_LOCALHOST_URL: `http://127.0.0.1:${port}`,
      VOUCH_OBSERVE_PORT: "0",
      HARDHAT_DISABLE_TELEMETRY: "true",
      NO_COLOR: "1",
    };
    const refused = await hardhat("model:list", "--network", "localhost", "--json");
    expect(refused.code).to.equal(1);
    expect(JSON.parse(refused.out)).to.have.nested.property("error.code", "NODE_UNREACHABLE");

    const node = start(
      "node",
      "--hostname",
      "127.0.0.1",
      "--port",
      String(port),
      "--chain-id",
      CHAIN_ID,
    );
    await said(node, /Started HTTP and WebSocket JSON-RPC server/);
  });

  after(() => {
    for (const child of children) child.kill("SIGTERM");
  });

  it("says what to do on a chain without the contracts", async () => {
    const { code, out } = await hardhat("model:list", "--network", "localhost", "--json");
    expect(code).to.equal(1);
    expect(JSON.parse(out)).to.have.nested.property("error.code", "NOT_DEPLOYED");
  });

  it("deploys, publishes, stakes, serves, infers and verifies", async () => {
    const deployed = await json("deploy", "--reset", "--network", "localhost");
    expect(deployed).to.include({ chainId: CHAIN_ID });

    const published = await json("model:publish", "--network", "localhost");
    expect(published).to.include({ setup: "development" });
    const release = String(published["release"]);

    const staked = await json("stake", "--add", "1000000000000000000", "--network", "localhost");
    expect(staked).to.include({ stake: "1000000000000000000", exposed: "0" });

    const worker = start("worker", "--network", "localhost", "--enclave", "simulated");
    const [, measurement = ""] = await said(worker, /^Measurement (0x[0-9a-f]{64})$/m);
    await said(worker, /serves \d+ release/);

    const inferred = await json("infer", "--network", "localhost", "--release", release);
    expect(inferred).to.include({ release });
    expect(String(inferred["assurance"])).to.match(/^signature \+ zk \(DEVELOPMENT SET-UP/);
    const receipt = String(inferred["receipt"]);

    const verified = await json(
      "receipt:verify",
      "--file",
      receipt,
      "--independent",
      "--network",
      "localhost",
    );
    expect(verified["independent"]).to.deep.equal(["input", "output", "signature", "zk"]);
    expect(String(verified["onChain"])).to.match(/signature \+ zk/);

    const approve = ["model:approve", release, measurement, "--network", "localhost"];
    expect(await json(...approve)).to.include({ measurement, servable: true });
    const policy = "tee:UpToDate,simulated+signature";
    const attested = await json("infer", "--network", "localhost", "--policy", policy);
    expect(String(attested["assurance"])).to.match(/^signature \+ tee \(SIMULATED ENCLAVE/);
    const file = String(attested["receipt"]);
    const asked = await json("receipt:verify", "--file", file, "--network", "localhost");
    expect(String(asked["onChain"])).to.match(/^signature \+ tee \(SIMULATED ENCLAVE/);
    await json(...approve, "--withdraw");
    const refused = await hardhat("infer", "--network", "localhost", "--policy", policy, "--json");
    expect(JSON.parse(refused.out)).to.have.nested.property("error.code", "PolicyUnsatisfiable");

    const rederived = await json("model:verify", "--release", release, "--network", "localhost");
    expect(rederived).to.include({ release, verified: true });

    const closed = ended(worker);
    worker.kill("SIGINT");
    expect(await closed).to.equal(0);

    const once = await json("worker", "--once", "--network", "localhost");
    expect(once).to.deep.include({ enclave: null, open: 0 });
    expect(once["releases"]).to.include(release);
  });

  async function json(...args: string[]): Promise<Record<string, unknown>> {
    const { code, out, err } = await hardhat(...args, "--json");
    expect(code, `${args.join(" ")}: ${out}${err}`).to.equal(0);
    return JSON.parse(out) as Record<string, unknown>;
  }

  function start(...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [HARDHAT, ...args], { cwd: ROOT, env });
    children.push(child);
    const read = (chunk: Buffer): void => {
      printed.set(child, (printed.get(child) ?? "") + chunk.toString());
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    return child;
  }

  /** Resolves with what fits of all that a process has printed, also before; fails when it ends without. */
  function said(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(printed.get(child) ?? "");
        if (found !== null) resolve(found);
      };
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      child.once("close", (code) => {
        reject(new Error(`ended with ${code} before it said ${pattern}: ${printed.get(child)}`));
      });
      look();
    });
  }

  async function hardhat(...args: string[]): Promise<Finished> {
    const child = start(...args);
    let out = "";
    let err = "";
    child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
    return { code: await ended(child), out, err };
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("no port"));
      });
    });
  });
}
