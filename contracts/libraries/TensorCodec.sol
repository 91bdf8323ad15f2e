// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorEncoding, WordMode, WORD_BITS} from "../types/Circuit.sol";

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
        require(elements.length == encoding.elements, TensorLengthInvalid(elements.length, encoding.elements));

        words = new uint256[](encoding.wordCount());
        uint256 perWord = WORD_BITS / encoding.bits;
        for (uint256 i = 0; i < elements.length; ++i) {
            words[i / perWord] |= _digit(elements[i], i, encoding) << ((i % perWord) * encoding.bits);
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

    function _digit(int256 value, uint256 index, TensorEncoding memory encoding) private pure returns (uint256) {
        // `bits` is at most 253, so both limits are int256; a value within them has a non-negative digit.
        int256 offset = encoding.isSigned ? int256(uint256(1) << (encoding.bits - 1)) : int256(0);
        int256 limit = int256(uint256(1) << encoding.bits) - offset;
        require(-offset <= value && value < limit, TensorElementOutOfRange(index, value));
        return uint256(value + offset);
    }
}
