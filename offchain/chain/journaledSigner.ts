import type {
  Provider,
  Signer,
  TransactionRequest,
  TransactionResponse,
  TypedDataDomain,
  TypedDataField,
} from "ethers";
import { AbstractSigner, resolveAddress } from "ethers";
import type { Hex } from "@vouch/protocol";
import { ChainError } from "./errors.ts";
import type { Sender } from "./sender.ts";

/** What names the intent behind a contract's call: the same key is the same transaction. */
export type KeyOf = (to: Hex, data: Hex) => string;

/**
 * A signer of ethers whose transactions go through a sender, so that contracts of TypeChain work on top of it. Its
 * `sendTransaction` returns when the transaction has its confirmations, as the one that was mined: a bump on the way is not
 * seen, and `wait` has nothing left to wait for. A class, since ethers has its signers built by inheritance.
 */
class JournaledSigner extends AbstractSigner<Provider> {
  readonly #sender: Sender;
  readonly #signer: Signer;
  readonly #keyOf: KeyOf;

  constructor(sender: Sender, signer: Signer, provider: Provider, keyOf: KeyOf) {
    super(provider);
    this.#sender = sender;
    this.#signer = signer;
    this.#keyOf = keyOf;
  }

  override getAddress(): Promise<string> {
    return this.#signer.getAddress();
  }

  override connect(provider: Provider): JournaledSigner {
    return new JournaledSigner(this.#sender, this.#signer, provider, this.#keyOf);
  }

  override signTransaction(transaction: TransactionRequest): Promise<string> {
    return this.#signer.signTransaction(transaction);
  }

  override signMessage(message: string | Uint8Array): Promise<string> {
    return this.#signer.signMessage(message);
  }

  override signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return this.#signer.signTypedData(domain, types, value);
  }

  override async sendTransaction(transaction: TransactionRequest): Promise<TransactionResponse> {
    const { to, data = "0x", value = 0n } = transaction;
    if (to === undefined || to === null)
      throw new ChainError({ code: "OPTIONS_INVALID", reason: "a creation has no address" });
    const address = (await resolveAddress(to, this.provider)).toLowerCase() as Hex;
    const input = (data ?? "0x") as Hex;
    const gasLimit = transaction.gasLimit ?? (await this.estimateGas(transaction));
    const { hash } = await this.#sender.send({
      key: this.#keyOf(address, input),
      to: address,
      data: input,
      value: BigInt(value ?? 0n),
      gasLimit: BigInt(gasLimit),
    });
    const mined = await this.provider.getTransaction(hash);
    if (mined === null) throw new ChainError({ code: "BLOCK_MISSING", block: `of ${hash}` });
    return mined;
  }
}

/**
 * A signer for contracts of TypeChain whose transactions go through the sender.
 *
 * @param signer the one that the sender signs with.
 */
export function journaledSigner(
  sender: Sender,
  signer: Signer,
  provider: Provider,
  keyOf: KeyOf,
): AbstractSigner<Provider> {
  return new JournaledSigner(sender, signer, provider, keyOf);
}
