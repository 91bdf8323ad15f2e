// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {TensorEncoding, WordMode, WORD_BITS} from "../types/Circuit.sol";
import {IntegerKernels} from "./IntegerKernels.sol";
import {Words} from "./Words.sol";

/// @title TensorCodec
/// @notice Packs integers into the words of a public tensor and reads them back (docs/statement.md, section 2).
library TensorCodec {
    error TensorLengthInvalid(uint256 length, uint256 expected);
    error TensorElementOutOfRange(uint256 index, int256 value);
    error TensorIndexOutOfBounds(uint256 index, uint256 elements);
    /// @notice The words of a committed tensor hold no elements.
    error TensorCommitted();

    /// @notice Returns the words of `elements`, in row-major order.
    function pack(
        int256[] memory elements,
        TensorEncoding memory encoding
    ) internal pure returns (uint256[] memory words) {
        require(encoding.mode == WordMode.Public, TensorCommitted());
        requireElements(elements, encoding);

        words = new uint256[](encoding.wordCount());
        uint256 bits = encoding.bits;
        uint256 perWord = WORD_BITS / bits;
        uint256 offset = _offset(encoding);
        uint256 from = _start(elements);
        uint256 left = elements.length;
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 held = left < perWord ? left : perWord;
            words[i] = IntegerKernels.join(from, held, bits, offset);
            left -= held;
            from += 32 * held;
        }
    }

    /// @notice Returns the elements of `words`, in row-major order; reverts unless the words are canonical.
    function unpack(
        uint256[] memory words,
        TensorEncoding memory encoding
    ) internal pure returns (int256[] memory elements) {
        require(encoding.mode == WordMode.Public, TensorCommitted());
        uint256 count = encoding.wordCount();
        require(words.length == count, Words.WordCountInvalid(words.length, count));

        elements = new int256[](encoding.elements);
        uint256 bits = encoding.bits;
        uint256 perWord = WORD_BITS / bits;
        uint256 offset = _offset(encoding);
        uint256 to = _start(elements);
        uint256 left = encoding.elements;
        for (uint256 i = 0; i < count; ++i) {
            uint256 held = left < perWord ? left : perWord;
            uint256 rest = IntegerKernels.split(to, held, words[i], bits, offset);
            require(rest == 0, Words.WordNotCanonical(i, words[i]));
            left -= held;
            to += 32 * held;
        }
    }

    /// @notice Reverts unless `elements` are a tensor of this encoding.
    function requireElements(int256[] memory elements, TensorEncoding memory encoding) internal pure {
        require(elements.length == encoding.elements, TensorLengthInvalid(elements.length, encoding.elements));
        uint256 offset = _offset(encoding);
        uint256 used = IntegerKernels.bitsOf(_start(elements), elements.length, offset);
        if (used >> encoding.bits == 0) return;

        // As above, sums wrap: one below 2^253 belongs to one integer only. Some element has a bit too many.
        unchecked {
            uint256 i = 0;
            while ((uint256(elements[i]) + offset) >> encoding.bits == 0) ++i;
            revert TensorElementOutOfRange(i, elements[i]);
        }
    }

    /// @notice Returns the element at `index`.
    function elementAt(
        uint256[] memory words,
        TensorEncoding memory encoding,
        uint256 index
    ) internal pure returns (int256) {
        require(encoding.mode == WordMode.Public, TensorCommitted());
        require(index < encoding.elements, TensorIndexOutOfBounds(index, encoding.elements));

        uint256 perWord = WORD_BITS / encoding.bits;
        uint256 digit = words[index / perWord] >> ((index % perWord) * encoding.bits);
        digit &= (uint256(1) << encoding.bits) - 1;
        // A digit is below 2^253, and so are the digit and its offset as int256.
        return encoding.isSigned ? int256(digit) - int256(uint256(1) << (encoding.bits - 1)) : int256(digit);
    }

    /// @dev What turns an integer into its digit.
    function _offset(TensorEncoding memory encoding) private pure returns (uint256) {
        return encoding.isSigned ? uint256(1) << (encoding.bits - 1) : 0;
    }

    function _start(int256[] memory elements) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(elements, 0x20)
        }
    }
}
