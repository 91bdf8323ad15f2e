/** One line of `debug_traceTransaction`: gas before the operation, and the stack with its top at the end. */
export type Step = {
  readonly op: string;
  readonly gas: number;
  readonly depth: number;
  readonly stack: readonly string[];
  /** Counter of refunds before the operation. */
  readonly refund: number;
};

/** A transaction as it was sent, and what the receipt says. */
export type Transaction = {
  readonly to: string;
  readonly data: Uint8Array;
  readonly gasLimit: number;
  readonly gasUsed: number;
};

/** Gas and the number of operations that took it. */
export type Share = { readonly gas: number; readonly count: number };

export type Shares = ReadonlyMap<GasClass, Share>;

/** Where the gas of one transaction went. Both lists of shares sum to `gasUsed`. */
export type GasAccount = {
  readonly gasUsed: number;
  readonly byClass: Shares;
  /** By the address whose code ran; `transaction`, `precompiles`, `created` and `refunds` beside. */
  readonly byCode: ReadonlyMap<string, Shares>;
};

/** In the order of a table. */
export const GAS_CLASSES = [
  "intrinsic",
  "calldata",
  "calldata floor",
  "ecRecover",
  "sha256",
  "identity",
  "modexp",
  "ecAdd",
  "ecMul",
  "ecPairing",
  "sstore new",
  "sstore change",
  "sstore again",
  "sload cold",
  "sload warm",
  "transient storage",
  "account cold",
  "account warm",
  "value transfer",
  "create",
  "log",
  "keccak256",
  "memory",
  "copies",
  "arithmetic",
  "stack and jumps",
  "burnt",
  "refund",
] as const;
export type GasClass = (typeof GAS_CLASSES)[number];

/** EIP-2028, EIP-7623. */
const INTRINSIC = 21_000;
const TOKEN = 4;
const TOKEN_FLOOR = 10;
const TOKENS_OF_BYTE = 4;
/** EIP-3529: refunds are at most this part of the gas. */
const REFUND_QUOTIENT = 5;
/** EIP-2929, EIP-2200. */
const ACCESS_COLD = 2_600;
const WARM = 100;
const SLOAD_COLD = 2_100;
const SSTORE_SET = 20_000;
const SSTORE_RESET = 2_900;
/** 9,000, of which the callee is given 2,300. */
const VALUE = 6_700;
const NEW_ACCOUNT = 25_000;

const PRECOMPILES: Readonly<
  Record<string, { readonly name: GasClass; readonly price?: (length: number) => number }>
> = {
  1: { name: "ecRecover", price: () => 3_000 },
  2: { name: "sha256" },
  4: { name: "identity" },
  5: { name: "modexp" },
  6: { name: "ecAdd", price: () => 150 },
  7: { name: "ecMul", price: () => 6_000 },
  8: { name: "ecPairing", price: (length) => 45_000 + 34_000 * (length / 192) },
};

/** Where the offset and the length of the memory that an operation touches lie, from the top of the stack. */
const TOUCHES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  KECCAK256: [[0, 1]],
  CALLDATACOPY: [[0, 2]],
  CODECOPY: [[0, 2]],
  RETURNDATACOPY: [[0, 2]],
  EXTCODECOPY: [[1, 3]],
  MCOPY: [[0, 2], [1, 2]], // prettier-ignore
  LOG0: [[0, 1]],
  LOG1: [[0, 1]],
  LOG2: [[0, 1]],
  LOG3: [[0, 1]],
  LOG4: [[0, 1]],
  CREATE: [[1, 2]],
  CREATE2: [[1, 2]],
  CALL: [[3, 4], [5, 6]], // prettier-ignore
  CALLCODE: [[3, 4], [5, 6]], // prettier-ignore
  DELEGATECALL: [[2, 3], [4, 5]], // prettier-ignore
  STATICCALL: [[2, 3], [4, 5]], // prettier-ignore
  RETURN: [[0, 1]],
  REVERT: [[0, 1]],
};
const FIXED_TOUCH: Readonly<Record<string, number>> = { MLOAD: 32, MSTORE: 32, MSTORE8: 1 };
const CALLS = new Set(["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"]);
const ACCOUNT_READS = new Set(["BALANCE", "EXTCODESIZE", "EXTCODEHASH", "EXTCODECOPY"]);
const CREATES = new Set(["CREATE", "CREATE2"]);
const ENDS = new Set(["STOP", "RETURN", "REVERT"]);

/** Code that runs, until it returns. */
type Frame = {
  readonly code: string;
  /** What opened it, its memory excepted, and the gas that it began with. */
  readonly opener?: Step;
  readonly openerMemory: number;
  readonly given: number;
  memoryWords: number;
};

type Add = (code: string, name: GasClass, gas: number, count?: number) => void;

/**
 * Accounts for all gas of a transaction, operation by operation. What an operation costs is the difference to the gas before
 * the next one of its frame, less what a callee took; memory is told apart by what its arguments touch.
 *
 * @throws {Error} where the parts do not sum to what the receipt says, or an operation costs what no rule explains.
 */
export function accountGas(transaction: Transaction, steps: readonly Step[]): GasAccount {
  const byClass = new Map<GasClass, Share>();
  const byCode = new Map<string, Map<GasClass, Share>>();
  const add: Add = (code, name, gas, count = 1) => {
    const own = byCode.get(code) ?? new Map<GasClass, Share>();
    byCode.set(code, own);
    for (const shares of [byClass, own]) {
      const share = shares.get(name) ?? { gas: 0, count: 0 };
      shares.set(name, { gas: share.gas + gas, count: share.count + count });
    }
  };

  const zeros = transaction.data.filter((byte) => byte === 0).length;
  const tokens = zeros + TOKENS_OF_BYTE * (transaction.data.length - zeros);
  add("transaction", "intrinsic", INTRINSIC);
  add("transaction", "calldata", TOKEN * tokens, transaction.data.length);
  const given = transaction.gasLimit - INTRINSIC - TOKEN * tokens;
  const [first] = steps;
  if (first === undefined) throw new Error("the transaction runs no code");
  requireEqual("gas before the first operation", first.gas, given);

  const left = accountExecution(transaction.to, steps, add);

  const spent = transaction.gasLimit - left;
  const refund = Math.min(steps.at(-1)?.refund ?? 0, Math.floor(spent / REFUND_QUOTIENT));
  if (refund > 0) add("refunds", "refund", -refund);
  const floor = INTRINSIC + TOKEN_FLOOR * tokens;
  if (floor > spent - refund) add("transaction", "calldata floor", floor - (spent - refund));

  requireEqual("the sum over classes", gasOf(byClass), transaction.gasUsed);
  const ofCodes = [...byCode.values()].reduce((gas, it) => gas + gasOf(it), 0);
  requireEqual("the sum over contracts", ofCodes, transaction.gasUsed);
  return { gasUsed: transaction.gasUsed, byClass, byCode };
}

export function gasOf(shares: Shares): number {
  return [...shares.values()].reduce((gas, it) => gas + it.gas, 0);
}

/** Returns the gas that is left at the end. */
function accountExecution(to: string, steps: readonly Step[], add: Add): number {
  const outermost = { code: to.toLowerCase(), openerMemory: 0, given: 0, memoryWords: 0 };
  const frames: Frame[] = [outermost];
  let left = 0;
  for (const [i, step] of steps.entries()) {
    const frame = frames.at(-1);
    if (frame === undefined) throw new Error(`step ${String(i)} runs after the end`);
    const next = steps[i + 1];
    const memory = expand(frame, step);
    const isLast = next === undefined || next.depth < step.depth;
    // One that halts for an error burns all that is left, and has no memory for it.
    const isBurnt = isLast && (!ENDS.has(step.op) || memory > step.gas);
    if (isBurnt) add(frame.code, "burnt", step.gas);
    else if (memory > 0) add(frame.code, "memory", memory);

    if (!isLast) {
      if (next.depth > step.depth) frames.push(frameOf(step, memory, next.gas));
      else accountStep(frame, step, step.gas - next.gas - memory, next.stack.at(-1), add);
      continue;
    }
    left = isBurnt ? 0 : step.gas - memory;
    frames.pop();
    const caller = frames.at(-1);
    if (next === undefined || caller === undefined || frame.opener === undefined) continue;
    const taken = frame.given - left;
    const own = frame.opener.gas - next.gas - taken - frame.openerMemory;
    if (CREATES.has(frame.opener.op)) add(caller.code, "create", own);
    else accountCall(caller, frame.opener, own, add);
  }
  return left;
}

/** What a call or a creation enters. */
function frameOf(opener: Step, openerMemory: number, given: number): Frame {
  const code = CREATES.has(opener.op) ? "created" : addressOf(opener);
  return { code, opener, openerMemory, given, memoryWords: 0 };
}

/** Accounts for an operation that enters no other code; `result` is what it left on top of the stack. */
function accountStep(
  frame: Frame,
  step: Step,
  gas: number,
  result: string | undefined,
  add: Add,
): void {
  if (CALLS.has(step.op)) {
    accountLeaf(frame, step, gas, result, add);
  } else if (ACCOUNT_READS.has(step.op)) {
    const access = gas >= ACCESS_COLD ? ACCESS_COLD : WARM;
    add(frame.code, access === WARM ? "account warm" : "account cold", access);
    if (gas > access) add(frame.code, "copies", gas - access, 0);
  } else {
    add(frame.code, classOf(step, gas), gas);
  }
}

function classOf(step: Step, gas: number): GasClass {
  const { op } = step;
  if (op === "SSTORE") return sstoreClass(gas);
  if (op === "SLOAD")
    return requireOneOf(step, gas, [WARM, SLOAD_COLD]) === WARM ? "sload warm" : "sload cold";
  if (op === "TLOAD" || op === "TSTORE") return "transient storage";
  if (op === "KECCAK256") return "keccak256";
  if (CREATES.has(op)) return "create";
  if (op.startsWith("LOG")) return "log";
  if (op.endsWith("COPY")) return "copies";
  return /^(PUSH|DUP|SWAP|POP|JUMP)/.test(op) ? "stack and jumps" : "arithmetic";
}

/** A call of a precompile, or of an account without code. */
function accountLeaf(
  frame: Frame,
  step: Step,
  gas: number,
  result: string | undefined,
  add: Add,
): void {
  const precompile = PRECOMPILES[String(BigInt(addressOf(step)))];
  if (precompile === undefined) {
    accountCall(frame, step, gas, add);
    return;
  }
  const price = precompile.price?.(argument(step, step.op === "STATICCALL" ? 3 : 4));
  // One that refuses its input burns all that it is given.
  if (price !== undefined && BigInt(result ?? 0) === 1n) requireOneOf(step, gas - WARM, [price]);
  add(frame.code, "account warm", WARM);
  add("precompiles", precompile.name, gas - WARM);
}

/** What a call costs beside what its callee takes. */
function accountCall({ code }: Frame, step: Step, gas: number, add: Add): void {
  let access = gas;
  if ((step.op === "CALL" || step.op === "CALLCODE") && argument(step, 2) > 0) {
    const transfer = access >= VALUE + NEW_ACCOUNT ? VALUE + NEW_ACCOUNT : VALUE;
    add(code, "value transfer", transfer);
    access -= transfer;
  }
  requireOneOf(step, access, [WARM, ACCESS_COLD]);
  add(code, access === WARM ? "account warm" : "account cold", access);
}

/** EIP-2200 and EIP-2929: the access of a cold slot is part of what writing it costs. */
function sstoreClass(gas: number): GasClass {
  switch (gas) {
    case SSTORE_SET:
    case SSTORE_SET + SLOAD_COLD:
      return "sstore new";
    case SSTORE_RESET:
    case SSTORE_RESET + SLOAD_COLD:
      return "sstore change";
    case WARM:
    case WARM + SLOAD_COLD:
      return "sstore again";
    default:
      throw new Error(`no rule explains an SSTORE of ${String(gas)} gas`);
  }
}

/** Grows the frame's memory by what the operation touches, and returns what that costs. */
function expand(frame: Frame, step: Step): number {
  const before = memoryCost(frame.memoryWords);
  const fixed = FIXED_TOUCH[step.op];
  if (fixed !== undefined) grow(frame, argument(step, 0), fixed);
  for (const [offset, length] of TOUCHES[step.op] ?? [])
    grow(frame, argument(step, offset), argument(step, length));
  return memoryCost(frame.memoryWords) - before;
}

function grow(frame: Frame, offset: number, length: number): void {
  if (length > 0)
    frame.memoryWords = Math.max(frame.memoryWords, Math.ceil((offset + length) / 32));
}

const memoryCost = (words: number): number => 3 * words + Math.floor(words ** 2 / 512);

/** The stack's word at a depth; what no memory or value can be comes out inexact. */
const argument = (step: Step, depth: number): number =>
  Number(BigInt(step.stack.at(-1 - depth) ?? 0));

const addressOf = (step: Step): string =>
  `0x${BigInt(step.stack.at(-2) ?? 0)
    .toString(16)
    .slice(-40)
    .padStart(40, "0")}`;

function requireOneOf(step: Step, gas: number, expected: readonly number[]): number {
  if (!expected.includes(gas))
    throw new Error(`${step.op} took ${String(gas)} gas instead of ${expected.join(" or ")}`);
  return gas;
}

function requireEqual(what: string, actual: number, expected: number): void {
  if (actual !== expected)
    throw new Error(`${what} is ${String(actual)} gas instead of ${String(expected)}`);
}
