import type { TypedDataDomain, TypedDataField } from "ethers";
import { concat, id, keccak256, toUtf8Bytes } from "ethers";
import { SCALAR_FIELD } from "./field.ts";
import type { Hex, ReleaseId, RequestId } from "./hex.ts";
import { hashOfHex, wordOfHash, wordToHex } from "./hex.ts";
import {
  addressWord,
  domainSeparator,
  typedDataDigest,
  typedDataDomain,
} from "./statementDomain.ts";

/** "Release R, on the input with this hash, gave the output with this hash, for request Q, served by operator O." */
export type Statement = {
  readonly release: ReleaseId;
  readonly request: RequestId;
  readonly operator: Hex;
  readonly inputHash: Hex;
  readonly outputHash: Hex;
};

/** Where a statement is made: chain and evidence router. */
export type Domain = { readonly chainId: bigint; readonly router: Hex };

/** A statement in the form that `signTypedData` takes. */
export type StatementTypedData = {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly value: Statement;
};

const STATEMENT_TYPES: Record<string, TypedDataField[]> = {
  Statement: [
    { name: "release", type: "bytes32" },
    { name: "request", type: "bytes32" },
    { name: "operator", type: "address" },
    { name: "inputHash", type: "bytes32" },
    { name: "outputHash", type: "bytes32" },
  ],
};

const STATEMENT_TYPE_HASH = id(
  "Statement(bytes32 release,bytes32 request,address operator,bytes32 inputHash,bytes32 outputHash)",
) as Hex;

const CHALLENGE_TAG = keccak256(toUtf8Bytes("vouch.challenge.v1"));

/** Returns a statement ready for a wallet to sign (docs/statement.md, section 1). */
export function statementTypedData(domain: Domain, statement: Statement): StatementTypedData {
  return {
    domain: typedDataDomain(domain),
    types: STATEMENT_TYPES,
    value: statement,
  };
}

/**
 * Returns the EIP-712 digest of a statement.
 *
 * @throws {ProtocolError} `HEX_INVALID` for a field that is not 32 bytes, or an operator or router that is not 20.
 */
export function statementDigest(domain: Domain, statement: Statement): Hex {
  return statementDigester(domain)(statement);
}

/**
 * Returns `statementDigest` for many statements of one domain, whose separator is hashed once.
 *
 * @throws {ProtocolError} as `statementDigest`.
 */
export function statementDigester(domain: Domain): (statement: Statement) => Hex {
  const separator = domainSeparator(domain);
  let last: { readonly operator: Hex; readonly word: Hex } | undefined; // who serves many is one operator
  return ({ release, request, operator, inputHash, outputHash }) => {
    if (last?.operator !== operator) last = { operator, word: addressWord(operator) };
    const hashes = [release, request, inputHash, outputHash];
    for (const hash of hashes) wordOfHash(hash);
    const words = [STATEMENT_TYPE_HASH, release, request, last.word, inputHash, outputHash];
    return typedDataDigest(separator, hashOfHex(words));
  };
}

/** Returns keccak256 over words of 32 bytes each, without a length. */
export function hashOfWords(words: readonly bigint[]): Hex {
  return hashOfHex(words.map(wordToHex));
}

/** Returns the challenge `z` of a proof that carries `c` (docs/statement.md, section 4). */
export function challenge(c: bigint, digest: Hex): bigint {
  return BigInt(keccak256(concat([CHALLENGE_TAG, wordToHex(c), digest]))) % SCALAR_FIELD;
}

/** Returns `e = Σ v_i · z^i mod p`. */
export function evaluateWords(v: readonly bigint[], z: bigint): bigint {
  return v.reduceRight((sum, word) => (sum * z + word) % SCALAR_FIELD, 0n);
}
