import { readFile, stat } from "node:fs/promises";
import { SCALAR_FIELD } from "@vouch/protocol";
import { ProverError } from "./errors.ts";
import { ELEMENT_BYTES, writeElement } from "./witness/writeElement.ts";

/** Values of a circuit's inputs by signal name; arrays row-major and flat; negative integers stand for p + v. */
export type CircuitInputs = Readonly<Record<string, bigint | readonly bigint[]>>;

/**
 * Runs circom's witness calculator on a `main.wasm` and returns the content of a `.wtns` file, byte for byte what
 * snarkjs makes. Not through snarkjs, which prints to the console where a constraint fails and reserves 2 GiB a call.
 *
 * Errors name signals, templates and lines, never a value.
 *
 * @throws {ProverError} `WITNESS_REFUSED` where the inputs violate a constraint, `INPUT_UNKNOWN`, `INPUT_LENGTH`,
 * `INPUT_COUNT`, `WASM_INVALID`.
 */
export async function calculateWitness(
  wasm: string,
  inputs: CircuitInputs,
): Promise<Uint8Array<ArrayBuffer>> {
  const calculator = await instantiate(wasm);
  setInputs(calculator, inputs);
  return encodeWitness(calculator);
}

/** Values of a `.wtns` file, by wire; value 0 is the constant 1. */
export function witnessValues(witness: Uint8Array): readonly bigint[] {
  const count = (witness.length - HEADER_BYTES) / ELEMENT_BYTES;
  const view = new DataView(witness.buffer, witness.byteOffset + HEADER_BYTES);
  return Array.from({ length: count }, (_, wire) => {
    let value = 0n;
    for (let i = 24; i >= 0; i -= 8) {
      value = (value << 64n) | view.getBigUint64(wire * ELEMENT_BYTES + i, true);
    }
    return value;
  });
}

/**
 * Public signals of a `.wtns` file: the values of wires 1 to `count`.
 *
 * @throws {ProverError} `WITNESS_LENGTH` where it has fewer.
 */
export function publicSignalsOf(witness: Uint8Array, count: number): readonly bigint[] {
  const end = HEADER_BYTES + (count + 1) * ELEMENT_BYTES;
  if (witness.length < end) {
    const length = Math.max(0, Math.floor((witness.length - HEADER_BYTES) / ELEMENT_BYTES));
    throw new ProverError({ code: "WITNESS_LENGTH", length, wires: count + 1 });
  }
  return witnessValues(witness.subarray(0, end)).slice(1);
}

const WORDS = ELEMENT_BYTES / 4;
/** Magic, version, count; section head, size, prime, count; section head. */
const HEADER_BYTES = 12 + (12 + 4 + ELEMENT_BYTES + 4) + 12;

/** What circom 2 exports (iden3/circom, code_producers/src/wasm_elements). An element passes by the shared bytes. */
type Calculator = {
  readonly memory: WebAssembly.Memory;
  /** Where the shared bytes of one element lie: little-endian, and in no Montgomery form. */
  readonly getSharedRWMemoryStart: () => number;
  readonly init: (sanityCheck: number) => void;
  readonly getFieldNumLen32: () => number;
  readonly getInputSize: () => number;
  readonly getInputSignalSize: (hashHigh: number, hashLow: number) => number;
  readonly setInputSignal: (hashHigh: number, hashLow: number, index: number) => void;
  readonly getWitnessSize: () => number;
  readonly getWitness: (wire: number) => void;
  readonly getMessageChar: () => number;
};

type Compiled = { readonly stamp: string; readonly module: WebAssembly.Module };

/** Compiled calculators by path, for as long as the file is the same; one worker proves one circuit again and again. */
const compiled = new Map<string, Compiled>();

async function instantiate(path: string): Promise<Calculator> {
  const module = await compile(path);
  // Numbers of circom's exception codes; 4 is a constraint or an assert.
  const exceptionHandler = (code: number): void => {
    const at = messages.join("; ") || "an unnamed template";
    if (code === 4) throw new ProverError({ code: "WITNESS_REFUSED", at });
    throw new ProverError({ code: "WITNESS_REFUSED", at: `${at} (exception ${code})` });
  };
  const messages: string[] = [];
  const ignore = (): void => undefined; // a log() of the circuit: its values may be secret
  const imports = {
    runtime: {
      exceptionHandler,
      printErrorMessage: () => {
        const at = /Error in template (\w+) line: (\d+)/.exec(takeMessage(calculator));
        if (at !== null) messages.push(`template ${at[1] ?? ""}, line ${at[2] ?? ""}`);
      },
      writeBufferMessage: () => {
        takeMessage(calculator);
      },
      showSharedRWMemory: ignore,
    },
  };
  const instance = await WebAssembly.instantiate(module, imports).catch((cause: unknown) => {
    throw new ProverError({ code: "WASM_INVALID", file: path }, { cause });
  });
  const calculator = instance.exports as unknown as Calculator;
  if (typeof calculator.getMessageChar !== "function" || calculator.getFieldNumLen32() !== WORDS) {
    throw new ProverError({ code: "WASM_INVALID", file: path });
  }
  calculator.init(1);
  return calculator;
}

async function compile(path: string): Promise<WebAssembly.Module> {
  try {
    const { mtimeMs, size } = await stat(path);
    const stamp = `${mtimeMs} ${size}`;
    const known = compiled.get(path);
    if (known?.stamp === stamp) return known.module;
    const module = await WebAssembly.compile(await readFile(path));
    compiled.set(path, { stamp, module });
    return module;
  } catch (cause) {
    throw new ProverError({ code: "WASM_INVALID", file: path }, { cause });
  }
}

function takeMessage(calculator: Calculator): string {
  const characters: number[] = [];
  for (let it = calculator.getMessageChar(); it !== 0; it = calculator.getMessageChar()) {
    characters.push(it);
  }
  return String.fromCharCode(...characters);
}

function setInputs(calculator: Calculator, inputs: CircuitInputs): void {
  const signals = Object.entries(inputs).map(([signal, value]) => {
    const values = typeof value === "bigint" ? [value] : value;
    const [high, low] = fnv1a(signal);
    const expected = calculator.getInputSignalSize(high, low);
    if (expected <= 0) throw new ProverError({ code: "INPUT_UNKNOWN", signal });
    if (expected !== values.length) {
      throw new ProverError({ code: "INPUT_LENGTH", signal, length: values.length, expected });
    }
    return { high, low, values };
  });
  const given = signals.reduce((sum, { values }) => sum + values.length, 0);
  const expected = calculator.getInputSize();
  if (given !== expected) throw new ProverError({ code: "INPUT_COUNT", given, expected });

  // The last value set runs the circuit, whose memory does not grow before.
  const shared = new DataView(calculator.memory.buffer, calculator.getSharedRWMemoryStart());
  for (const { high, low, values } of signals) {
    values.forEach((value, index) => {
      writeElement(shared, 0, value);
      calculator.setInputSignal(high, low, index);
    });
  }
}

function encodeWitness(calculator: Calculator): Uint8Array<ArrayBuffer> {
  const wires = calculator.getWitnessSize();
  const bytes = new Uint8Array(HEADER_BYTES + wires * ELEMENT_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const u32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const section = (id: number, length: number): void => {
    u32(id);
    view.setBigUint64(at, BigInt(length), true);
    at += 8;
  };

  bytes.set(Buffer.from("wtns"));
  at = 4;
  u32(2);
  u32(2);
  section(1, 4 + ELEMENT_BYTES + 4);
  u32(ELEMENT_BYTES);
  for (let i = 0n; i < WORDS; i++) u32(Number((SCALAR_FIELD >> (32n * i)) & 0xffff_ffffn));
  u32(wires);
  section(2, wires * ELEMENT_BYTES);
  const { buffer } = calculator.memory;
  const shared = new Uint8Array(buffer, calculator.getSharedRWMemoryStart(), ELEMENT_BYTES);
  for (let wire = 0; wire < wires; wire++, at += ELEMENT_BYTES) {
    calculator.getWitness(wire);
    bytes.set(shared, at);
  }
  return bytes;
}

/** Names are passed by their 64-bit FNV-1a hash. */
function fnv1a(name: string): readonly [high: number, low: number] {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of Buffer.from(name)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  }
  return [Number(hash >> 32n), Number(hash & 0xffff_ffffn)];
}
