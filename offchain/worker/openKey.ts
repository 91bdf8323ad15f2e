import { readFileSync } from "node:fs";
import { Wallet } from "ethers";
import { WorkerError } from "./errors.ts";

/** Where an operator's key is; `passwordFile` beats the variable. */
export type KeySource = {
  readonly file: string;
  readonly passwordFile: string;
  readonly passwordEnv: string;
};

/**
 * Opens the key that an operator signs and pays by: an encrypted keystore (Web3 Secret Storage, JSON) or 32 bytes in hex. What the
 * files hold is in no error.
 *
 * @throws {WorkerError} `KEY_UNREADABLE`.
 */
export async function openKey(
  { file, passwordFile, passwordEnv }: KeySource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Wallet> {
  if (file === "")
    throw new WorkerError({ code: "KEY_UNREADABLE", file: "key.file", reason: "it is not set" });
  const text = read(file).trim();
  if (!text.startsWith("{")) {
    if (/^(0x)?[0-9a-fA-F]{64}$/.test(text)) return new Wallet(hexOf(text));
    const reason = "it holds neither a keystore nor 32 bytes in hex";
    throw new WorkerError({ code: "KEY_UNREADABLE", file, reason });
  }
  const password =
    passwordFile === "" ? env[passwordEnv] : read(passwordFile).replace(/\r?\n$/, "");
  if (password === undefined) {
    const reason = `it is encrypted, and neither key.passwordFile nor ${passwordEnv} has its password`;
    throw new WorkerError({ code: "KEY_UNREADABLE", file, reason });
  }
  try {
    const wallet = await Wallet.fromEncryptedJson(text, password);
    return new Wallet(wallet.privateKey);
  } catch {
    // Not kept as the cause: ethers' errors carry what they were given.
    const reason = "its password is another, or it is damaged";
    throw new WorkerError({ code: "KEY_UNREADABLE", file, reason });
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "not readable";
    throw new WorkerError({ code: "KEY_UNREADABLE", file, reason }, { cause });
  }
}

function hexOf(text: string): string {
  return text.startsWith("0x") ? text : `0x${text}`;
}
