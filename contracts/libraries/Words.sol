// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorEncoding, WordMode, WORD_BITS} from "../types/Circuit.sol";
import {Bn254} from "./Bn254.sol";

/// @title Words
/// @notice The words of a tensor: canonical form, hash and evaluation (docs/statement.md, sections 1, 2 and 4).
library Words {
    error WordCountInvalid(uint256 count, uint256 expected);
    /// @notice A packed word has unused high bits set, or a commitment is not below the scalar field's order.
    error WordNotCanonical(uint256 index, uint256 word);

    /// @notice Reverts unless `words` are the one reading of some tensor of this encoding.
    function requireCanonical(uint256[] calldata words, TensorEncoding memory encoding) internal pure {
        uint256 count = encoding.wordCount();
        require(words.length == count, WordCountInvalid(words.length, count));
        if (encoding.mode == WordMode.Committed) {
            require(words[0] < Bn254.SCALAR_FIELD, WordNotCanonical(0, words[0]));
            return;
        }

        uint256 perWord = WORD_BITS / encoding.bits;
        uint256 fullBits = perWord * encoding.bits;
        uint256 last = count - 1;
        for (uint256 i = 0; i < last; ++i) {
            require(words[i] >> fullBits == 0, WordNotCanonical(i, words[i]));
        }
        uint256 lastBits = (encoding.elements - last * perWord) * encoding.bits;
        require(words[last] >> lastBits == 0, WordNotCanonical(last, words[last]));
    }

    /// @notice Reads bytes as the words that they are made of; bytes after the last whole word are left out.
    function fromBytes(bytes calldata data) internal pure returns (uint256[] calldata words) {
        assembly ("memory-safe") {
            words.offset := data.offset
            words.length := shr(5, data.length)
        }
    }

    /// @notice Returns keccak256 over the words, 32 bytes each, without a length.
    function hash(uint256[] calldata words) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(words));
    }

    /// @notice Returns `Σ words_i · z^i + z^n · tail` in the scalar field, by Horner's rule from the last word.
    /// @param tail Value of the words that follow these, evaluated at `z` themselves.
    function evaluate(uint256[] calldata words, uint256 z, uint256 tail) internal pure returns (uint256 value) {
        value = tail;
        for (uint256 i = words.length; i > 0; --i) {
            value = addmod(mulmod(value, z, Bn254.SCALAR_FIELD), words[i - 1], Bn254.SCALAR_FIELD);
        }
    }
}
