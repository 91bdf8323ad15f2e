import { readFileSync } from "node:fs";
import { Wallet } from "ethers";
import { shownFile } from "./config/looksSecret.ts";
import { WorkerError } from "./errors.ts";

/** Where an operator's key is; `passwordFile` beats the variable. */
export type KeySource = {
  readonly file: string;
  readonly passwordFile: string;
  readonly passwordEnv: string;
};

/** Its name is told from a password by nothing. */
const PASSWORD_FILE = "the file that passwordFile names";

/**
 * Opens the key that an operator signs and pays by: an encrypted keystore (Web3 Secret Storage, JSON) or 32 bytes in hex. What the
 * files hold is in no error, nor is a key or a password that was given in the place of a name.
 *
 * @throws {WorkerError} `KEY_UNREADABLE`.
 */
export async function openKey(
  { file, passwordFile, passwordEnv }: KeySource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Wallet> {
  if (file === "")
    throw new WorkerError({ code: "KEY_UNREADABLE", file: "key.file", reason: "it is not set" });
  const shown = shownFile(file);
  const text = read(file, shown).trim();
  if (!text.startsWith("{")) {
    if (/^(0x)?[0-9a-fA-F]{64}$/.test(text)) return new Wallet(hexOf(text));
    const reason = "it holds neither a keystore nor 32 bytes in hex";
    throw new WorkerError({ code: "KEY_UNREADABLE", file: shown, reason });
  }
  const password =
    passwordFile === ""
      ? env[passwordEnv]
      : read(passwordFile, PASSWORD_FILE).replace(/\r?\n$/, "");
  if (password === undefined) {
    const reason =
      "it is encrypted, and neither a passwordFile nor the variable that passwordEnv names has its password";
    throw new WorkerError({ code: "KEY_UNREADABLE", file: shown, reason });
  }
  try {
    const wallet = await Wallet.fromEncryptedJson(text, password);
    return new Wallet(wallet.privateKey);
  } catch {
    // Not kept as the cause: ethers' errors carry what they were given.
    const reason = "its password is another, or it is damaged";
    throw new WorkerError({ code: "KEY_UNREADABLE", file: shown, reason });
  }
}

/** The system's own words, which repeat the name, are not kept. */
function read(file: string, shown: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "not readable";
    throw new WorkerError({ code: "KEY_UNREADABLE", file: shown, reason });
  }
}

function hexOf(text: string): string {
  return text.startsWith("0x") ? text : `0x${text}`;
}
