import type { ContractRunner, JsonFragment } from "ethers";
import { Contract, Interface } from "ethers";

/** Each ABI is parsed once. */
const interfaces = new WeakMap<readonly JsonFragment[], Interface>();

/**
 * Returns a contract by its ABI alone: TypeChain's factories carry bytecode, which nobody needs who only speaks to contracts.
 *
 * @typeParam T TypeChain's type of the contract that the ABI is of
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the type is TypeChain's word, no value shows it
export function contractAt<T>(
  abi: readonly JsonFragment[],
  address: string,
  runner: ContractRunner | null,
): T {
  let parsed = interfaces.get(abi);
  if (parsed === undefined) interfaces.set(abi, (parsed = new Interface(abi)));
  return new Contract(address, parsed, runner) as unknown as T;
}
