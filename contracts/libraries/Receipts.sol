// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EvidenceKind} from "../types/Evidence.sol";
import {Receipt} from "../types/Receipt.sol";
import {STATEMENT_TYPEHASH} from "../types/Statement.sol";
import {Words} from "./Words.sol";

/// @title Receipts
/// @notice Reads receipts where they lie in calldata, for less gas than the compiler's decoder.
/// @dev Reverts without data, as that does, where an array does not lie in the calldata.
library Receipts {
    using Words for uint256[];

    uint256 private constant INPUT = 0x60;
    uint256 private constant OUTPUT = 0x80;
    uint256 private constant EVIDENCE = 0xa0;
    uint256 private constant HEAD = 0xc0;

    function inputOf(Receipt calldata receipt) internal pure returns (uint256[] calldata words) {
        return _words(receipt, INPUT);
    }

    function outputOf(Receipt calldata receipt) internal pure returns (uint256[] calldata words) {
        return _words(receipt, OUTPUT);
    }

    /// @notice Returns receipt `i`, which is one of them; reverts where it does not lie in the calldata.
    function receiptAt(Receipt[] calldata receipts, uint256 i) internal pure returns (Receipt calldata receipt) {
        assembly ("memory-safe") {
            let offset := calldataload(add(receipts.offset, shl(5, i)))
            receipt := add(receipts.offset, offset)
            // The sum does not wrap around.
            if or(shr(64, offset), gt(add(receipt, HEAD), calldatasize())) {
                revert(0, 0)
            }
        }
    }

    /// @notice Returns the data of the one piece of evidence of a kind.
    /// @return place Where it lies in calldata; 0 unless there is exactly one. Of data without a byte it says nothing.
    /// @return length How many bytes it has.
    /// @return alone Whether the receipt carries no other evidence.
    function evidenceOf(
        Receipt calldata receipt,
        EvidenceKind kind
    ) internal pure returns (uint256 place, uint256 length, bool alone) {
        assembly ("memory-safe") {
            let list := add(receipt, calldataload(add(receipt, EVIDENCE)))
            let count := calldataload(list)
            alone := eq(count, 1)
            list := add(list, 0x20)
            let piece := add(list, calldataload(list))
            let matching := and(alone, eq(calldataload(piece), kind))
            let data := mul(matching, add(piece, calldataload(add(piece, 0x20))))
            if iszero(alone) {
                for {
                    let i := 0
                } lt(i, count) {
                    i := add(i, 1)
                } {
                    piece := add(list, calldataload(add(list, shl(5, i))))
                    if eq(calldataload(piece), kind) {
                        matching := add(matching, 1)
                        data := add(piece, calldataload(add(piece, 0x20)))
                    }
                }
            }
            length := calldataload(data)
            // Neither sum wraps around: data that has a length lies in the calldata.
            if and(eq(matching, 1), iszero(shr(64, length))) {
                place := mul(add(data, 0x20), iszero(gt(add(data, add(length, 0x20)), calldatasize())))
            }
        }
    }

    /// @notice Returns the EIP-712 digest under a domain of the statement that the receipt is about.
    /// @param inputHash Hash of the receipt's input, `outputHash` of its output.
    function digestOf(
        Receipt calldata receipt,
        bytes32 domain,
        bytes32 inputHash,
        bytes32 outputHash
    ) internal pure returns (bytes32 digest) {
        bytes32 typehash = STATEMENT_TYPEHASH;
        address operator = receipt.operator;
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, typehash)
            calldatacopy(add(scratch, 0x20), receipt, 0x40)
            mstore(add(scratch, 0x60), operator)
            mstore(add(scratch, 0x80), inputHash)
            mstore(add(scratch, 0xa0), outputHash)
            let hashed := keccak256(scratch, 0xc0)
            mstore(scratch, hex"1901")
            mstore(add(scratch, 0x02), domain)
            mstore(add(scratch, 0x22), hashed)
            digest := keccak256(scratch, 0x42)
        }
    }

    function _words(Receipt calldata receipt, uint256 member) private pure returns (uint256[] calldata words) {
        assembly ("memory-safe") {
            let offset := calldataload(add(receipt, member))
            let place := add(receipt, offset)
            let length := calldataload(place)
            words.offset := add(place, 0x20)
            words.length := length
            // Neither sum below wraps around: both are far below 2^128.
            if or(shr(64, or(offset, length)), gt(add(words.offset, shl(5, length)), calldatasize())) {
                revert(0, 0)
            }
        }
    }
}
