import { spawn } from "node:child_process";
import { accessSync, constants, rmSync, statfsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { z } from "zod";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import { proofFromSnarkjs } from "../snarkjsFormat.ts";
import type { Prover, ProverOptions } from "./prover.ts";

const BINARY = process.platform === "win32" ? "rapidsnark.exe" : "rapidsnark";
/** Characters of what the program says that an error carries. */
const KEPT_OUTPUT = 400;

const decimal = z.string().regex(/^\d{1,78}$/);
const proofSchema = z.object({
  pi_a: z.array(decimal).length(3),
  pi_b: z.array(z.array(decimal).length(2)).length(3),
  pi_c: z.array(decimal).length(3),
  protocol: z.literal("groth16"),
  // rapidsnark leaves it out: it knows this one only.
  curve: z.string().default("bn128"),
});

/** Finds rapidsnark on PATH; `undefined` where there is none. */
export function findRapidsnark(path: string = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((it) => it !== "")
    .map((folder) => join(folder, BINARY))
    .find(isExecutable);
}

/** A rapidsnark binary, run as a process for each proof. It is killed where the work is aborted. */
export function createRapidsnarkProver(binary: string): Prover {
  return {
    name: "rapidsnark",
    prove: async (zkey, witness, options = {}) => {
      checkAborted(options.signal);
      // mkdtemp makes a folder that nobody else may enter.
      const folder = await mkdtemp(join(placeFor(witness.length), "vouch-rapidsnark-"));
      open.add(folder);
      try {
        const files = ["witness.wtns", "proof.json", "public.json"].map((it) => join(folder, it));
        const [wtns = "", proof = "", signals = ""] = files;
        await writeFile(wtns, witness, { mode: 0o600 });
        await runBinary(binary, [zkey, wtns, proof, signals], options);
        return await readProof(proof);
      } finally {
        await rm(folder, { recursive: true, force: true });
        open.delete(folder);
      }
    },
  };
}

/** A file system in memory, of most Linux systems. */
const MEMORY = "/dev/shm";

/** Where a witness of so many bytes lies while the program reads it: in memory where there is room, for weights and inputs may be private. */
function placeFor(bytes: number): string {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > 2 * bytes ? MEMORY : tmpdir();
  } catch {
    return tmpdir(); // another system
  }
}

/** Folders with a witness in them, for the case that the process exits meanwhile. */
const open = new Set<string>();
process.once("exit", () => {
  for (const it of open) rmSync(it, { recursive: true, force: true });
});

function runBinary(
  binary: string,
  parameters: readonly string[],
  { signal, threads }: ProverOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Of the environment, what a program needs to start; keys and passwords of ours are none of its business.
    const { PATH, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH } = process.env;
    // OMP_NUM_THREADS is for builds with OpenMP, of before July 2024: later ones take every thread that the process may run on.
    const env = {
      ...{ PATH, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH },
      ...(threads === undefined ? {} : { OMP_NUM_THREADS: String(threads) }),
    };
    const child = spawn(binary, parameters, {
      stdio: ["ignore", "pipe", "pipe"],
      env,
      killSignal: "SIGKILL",
      ...(signal === undefined ? {} : { signal }),
    });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    let failure: unknown;
    child.on("error", (error) => {
      failure = error;
    });
    // Not on "exit" or "error": the process has ended and its files are its no more.
    child.on("close", (status, killedBy) => {
      if (signal?.aborted === true) {
        reject(new ProverError({ code: "ABORTED" }, { cause: signal.reason }));
      } else if (status === 0) resolve();
      else {
        const said = output.trim() || `it ended with ${status ?? killedBy ?? "no status"}`;
        reject(failed(said, failure));
      }
    });
  });
}

async function readProof(path: string): ReturnType<Prover["prove"]> {
  try {
    return proofFromSnarkjs(proofSchema.parse(JSON.parse(await readFile(path, "utf8"))));
  } catch (cause) {
    throw failed("its proof cannot be read", cause);
  }
}

function failed(reason: string, cause: unknown): ProverError {
  return new ProverError({ code: "PROVER_FAILED", prover: "rapidsnark", reason }, { cause });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not to be run
  }
}
