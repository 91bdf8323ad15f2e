// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {TensorEncoding, WordMode, WORD_BITS} from "../types/Circuit.sol";
import {Bn254} from "./Bn254.sol";

/// @title Words
/// @notice The words of a tensor: canonical form, hash and evaluation (docs/statement.md, sections 1, 2 and 4).
library Words {
    error WordCountInvalid(uint256 count, uint256 expected);
    /// @notice A packed word has unused high bits set, or a commitment is not below the scalar field's order.
    error WordNotCanonical(uint256 index, uint256 word);

    /// @notice What is canonical in an encoding: how many words, and below which bounds.
    /// @param limit Bound of every word but the last.
    /// @param lastLimit Bound of the last word.
    struct Shape {
        uint256 count;
        uint256 limit;
        uint256 lastLimit;
    }

    /// @notice Returns the shape of an encoding that a circuit was registered with.
    function shapeOf(TensorEncoding memory encoding) internal pure returns (Shape memory shape) {
        shape.count = encoding.wordCount();
        if (encoding.mode == WordMode.Committed) {
            shape.lastLimit = Bn254.SCALAR_FIELD;
            return shape;
        }
        (uint256 elements, uint256 bits) = (encoding.elements, encoding.bits);
        // There are fewer than 2^24 elements, at least one, of 1 to 253 bits; every word but the last is full.
        unchecked {
            uint256 perWord = WORD_BITS / bits;
            shape.limit = 1 << (perWord * bits);
            shape.lastLimit = 1 << ((elements - (shape.count - 1) * perWord) * bits);
        }
    }

    /// @notice Reverts unless `words` are the one reading of some tensor of this encoding.
    function requireCanonical(uint256[] calldata words, TensorEncoding memory encoding) internal pure {
        Shape memory shape = shapeOf(encoding);
        require(words.length == shape.count, WordCountInvalid(words.length, shape.count));
        uint256 index = _firstNotCanonical(words, shape);
        // Not a `require`, whose arguments are read in any case.
        if (index < shape.count) revert WordNotCanonical(index, words[index]);
    }

    /// @notice Returns whether `words` are the one reading of some tensor of this shape.
    function isCanonical(uint256[] calldata words, Shape memory shape) internal pure returns (bool) {
        return words.length == shape.count && _firstNotCanonical(words, shape) == words.length;
    }

    /// @notice Reads bytes as the words that they are made of; bytes after the last whole word are left out.
    function fromBytes(bytes calldata data) internal pure returns (uint256[] calldata words) {
        assembly ("memory-safe") {
            words.offset := data.offset
            words.length := shr(5, data.length)
        }
    }

    /// @notice Returns keccak256 over the words, 32 bytes each, without a length.
    function hash(uint256[] calldata words) internal pure returns (bytes32 hashed) {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            let length := shl(5, words.length)
            calldatacopy(scratch, words.offset, length)
            hashed := keccak256(scratch, length)
        }
    }

    /// @notice Returns `Σ words_i · z^i + z^n · tail` in the scalar field, by Horner's rule from the last word.
    /// @param tail Value of the words that follow these, evaluated at `z` themselves.
    function evaluate(uint256[] calldata words, uint256 z, uint256 tail) internal pure returns (uint256 value) {
        value = tail;
        uint256 order = Bn254.SCALAR_FIELD;
        assembly ("memory-safe") {
            for {
                let place := add(words.offset, shl(5, words.length))
            } gt(place, words.offset) {} {
                place := sub(place, 0x20)
                value := addmod(mulmod(value, z, order), calldataload(place), order)
            }
        }
    }

    /// @dev Of as many words as the shape has, at least one; their number where all are canonical.
    function _firstNotCanonical(uint256[] calldata words, Shape memory shape) private pure returns (uint256 index) {
        assembly ("memory-safe") {
            let limit := mload(add(shape, 0x20))
            let last := sub(words.length, 1)
            for {} and(lt(index, last), lt(calldataload(add(words.offset, shl(5, index))), limit)) {} {
                index := add(index, 1)
            }
            if eq(index, last) {
                index := add(index, lt(calldataload(add(words.offset, shl(5, last))), mload(add(shape, 0x40))))
            }
        }
    }
}
