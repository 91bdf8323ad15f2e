import { wordCount } from "@vouch/protocol";
import type { IntegerGraph, IntegerType } from "../ir/integerGraph.ts";
import type { EvmInstruction } from "./evmInstructions.ts";
import type { EvmProgram } from "./evmProgram.ts";
import { evmProgram } from "./evmProgram.ts";
import { unsupported } from "./lowerToEvm.ts";

/** Gas that one transaction may use (EIP-7825). */
export const MAX_EVALUATION_GAS: number = 2 ** 24;

/** What it costs to have a contract evaluate a model. */
export type EvmGas = {
  /** A transaction that evaluates an input given as packed words. */
  readonly evaluate: number;
  /** Another one, once, that stores the program. */
  readonly register: number;
  /** Size of the program. */
  readonly bytes: number;
};

/**
 * Instructions with one loop over elements. Measured on `ProgramRegistry` as it is compiled for tests;
 * `test/contracts/ProgramRegistry/gas.test.ts` holds the sum to it.
 */
const LOOPS = {
  load: { fixed: 870, element: 85 },
  rescale: { fixed: 1_120, element: 130 },
  relu: { fixed: 850, element: 83 },
  lookup: { fixed: 1_440, element: 236 },
  root: { fixed: 810, element: 700 },
  combine: { fixed: 950, element: 100 },
  divide: { fixed: 1_010, element: 138 },
  lessOrEqual: { fixed: 930, element: 87 },
  equal: { fixed: 960, element: 84 },
  select: { fixed: 1_150, element: 114 },
} as const;

/** Of calldata: without, and as the floor with EIP-7623. */
const BYTE = { gas: 16, floor: 40 } as const;
const TRANSACTION = 21_000;
/** Selector, id, offset and length. */
const CALL_BYTES = 100;
const EVALUATE = { fixed: 10_300, word: 613, element: 102, output: 165, outputWord: 586 } as const;
/** With one evaluation of zeros, as integers. */
const REGISTER = { fixed: 83_000, byte: 215, element: 70 } as const;
/** To fill a word of memory; of the program, to copy it from code, too. */
const FRAME_WORD = 6;
const PROGRAM_WORD = 9;
/** Memory that grows by so many words costs their square over this, beside 3 for each. */
const MEMORY_QUADRATIC = 512;

/**
 * Estimates the gas of an evaluation by `ProgramRegistry`, whatever the input; its bytes are taken as different from zero.
 *
 * @throws {CompilerError} `EVM_UNSUPPORTED` as `evmProgram`, and for more gas than one transaction may use.
 */
export function evmGasEstimate(graph: IntegerGraph): EvmGas {
  const program = evmProgram(graph);
  const bytes = program.bytes.length;
  const { input, output } = program.code;
  const [inputWords, outputWords] = [wordsOf(input), wordsOf(output)];
  const run = runGas(program, inputWords + outputWords);

  const execution =
    EVALUATE.fixed +
    EVALUATE.word * inputWords +
    EVALUATE.element * input.elements +
    EVALUATE.output * output.elements +
    EVALUATE.outputWord * outputWords +
    run;
  const calldata = CALL_BYTES + 32 * inputWords;
  const evaluate = TRANSACTION + Math.max(calldata * BYTE.gas + execution, calldata * BYTE.floor);
  if (evaluate > MAX_EVALUATION_GAS) {
    const gas = Math.round(evaluate);
    unsupported(`an evaluation takes ${gas} gas, and a transaction ${MAX_EVALUATION_GAS}`);
  }
  const elements = input.elements + output.elements;
  const register = REGISTER.fixed + REGISTER.byte * bytes + REGISTER.element * elements + run;
  return { evaluate: Math.round(evaluate), register: Math.round(register), bytes };
}

/** Gas of the instructions, and of the memory that they and a tensor of so many words need. */
function runGas({ bytes, code, frame }: EvmProgram, words: number): number {
  const { input, output, instructions } = code;
  const programWords = Math.ceil(bytes.length / 32);
  const memory = programWords + frame + input.elements + output.elements + words;
  return (
    FRAME_WORD * (frame - input.elements) +
    PROGRAM_WORD * programWords +
    memory ** 2 / MEMORY_QUADRATIC +
    instructions.reduce((sum, it) => sum + instructionGas(it), 0)
  );
}

function wordsOf({ elements, type }: { elements: number; type: IntegerType }): number {
  return wordCount({ mode: "public", elements, bits: type.bits });
}

function instructionGas(it: EvmInstruction): number {
  switch (it.op) {
    case "gather":
      return 960 + 575 * Math.floor(it.elements / 8) + 121 * (it.elements % 8);
    case "linear": {
      const outputs = it.elements / it.rows;
      const sum = 231 * Math.floor(it.inputs / 4) + 93 * (it.inputs % 4);
      return 1_110 + it.rows * (220 + Math.ceil(outputs / it.lanes) * (410 + sum) + 95 * outputs);
    }
    case "matmul": {
      const rows = it.batches * it.rows;
      return 940 + 250 * it.batches + 100 * rows + it.elements * (109 + 85 * it.inner);
    }
    case "sum":
      return 890 + it.elements * (98 + 68 * it.length);
    case "maximum":
      return 880 + it.elements * (102 + 93 * it.length);
    case "multiply":
      return 1_150 + (it.elements / it.length) * (200 + 86 * it.length);
    case "load":
    case "rescale":
    case "relu":
    case "lookup":
    case "root":
    case "combine":
    case "divide":
    case "lessOrEqual":
    case "equal":
    case "select":
      return LOOPS[it.op].fixed + LOOPS[it.op].element * it.elements;
    default:
      return it satisfies never;
  }
}
