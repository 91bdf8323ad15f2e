// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorEncoding, WordMode, WORD_BITS} from "../types/Circuit.sol";

/// @title Agreement
/// @notice What several runs of a release agree on.
/// @dev Sets of runs are bit maps: bit `i` is run `i`.
library Agreement {
    /// @notice The words of a committed tensor hold no elements that could differ by a little.
    error AgreementOverCommitment();

    /// @notice Returns the element-wise lower median of canonical outputs, packed, and the runs whose every element lies
    /// within `tolerance` of it.
    /// @dev Of an even number of values the lower of the two in the middle: it is a value that some run gave, hence in range,
    /// where their mean may be none. A digit is its element plus a constant, so digits have the elements' order and
    /// differences, and medians of digits are digits: the packed median is canonical.
    function median(
        uint256[][] calldata outputs,
        TensorEncoding memory encoding,
        uint256 tolerance
    ) internal pure returns (uint256[] memory words, uint256 agreeing) {
        require(encoding.mode == WordMode.Public, AgreementOverCommitment());
        words = new uint256[](encoding.wordCount());
        uint256 perWord = WORD_BITS / encoding.bits;
        agreeing = (1 << outputs.length) - 1;
        uint256[] memory column = new uint256[](outputs.length);
        for (uint256 i = 0; i < words.length; ++i) {
            for (uint256 j = 0; j < outputs.length; ++j) {
                column[j] = outputs[j][i];
            }
            uint256 left = encoding.elements - i * perWord;
            uint256 within;
            (words[i], within) = _medianOf(column, encoding.bits, left < perWord ? left : perWord, tolerance);
            agreeing &= within;
        }
    }

    /// @notice Returns the hash that most of `hashes` are, the first of several, and the runs that gave it.
    function plurality(bytes32[] memory hashes) internal pure returns (bytes32 hash, uint256 agreeing) {
        uint256 most = 0;
        for (uint256 i = 0; i < hashes.length; ++i) {
            uint256 same = 0;
            for (uint256 j = 0; j < hashes.length; ++j) {
                if (hashes[j] == hashes[i]) same |= 1 << j;
            }
            uint256 count = size(same);
            if (count > most) (most, hash, agreeing) = (count, hashes[i], same);
        }
    }

    /// @notice Returns how many runs are in a set.
    function size(uint256 runs) internal pure returns (uint256 count) {
        for (; runs > 0; runs &= runs - 1) ++count;
    }

    /// @dev Of one word of every run.
    function _medianOf(
        uint256[] memory column,
        uint256 bits,
        uint256 digits,
        uint256 tolerance
    ) private pure returns (uint256 word, uint256 agreeing) {
        agreeing = (1 << column.length) - 1;
        if (_areEqual(column)) return (column[0], agreeing);

        uint256 mask = (1 << bits) - 1;
        uint256[] memory sorted = new uint256[](column.length);
        for (uint256 shift = 0; shift < digits * bits; shift += bits) {
            _sort(column, sorted, shift, mask);
            uint256 middle = sorted[(column.length - 1) / 2];
            word |= middle << shift;
            // The extremes tell of all, and mostly do.
            bool near = middle - sorted[0] <= tolerance && sorted[column.length - 1] - middle <= tolerance;
            if (!near) agreeing &= _within(column, shift, mask, middle, tolerance);
        }
    }

    function _areEqual(uint256[] memory column) private pure returns (bool equal) {
        equal = true;
        for (uint256 i = 1; i < column.length && equal; ++i) {
            equal = column[i] == column[0];
        }
    }

    /// @dev Sorts one digit of every run by insertion: there are few.
    function _sort(uint256[] memory column, uint256[] memory sorted, uint256 shift, uint256 mask) private pure {
        // Places are counted between 0 and the number of runs.
        unchecked {
            for (uint256 i = 0; i < column.length; ++i) {
                uint256 digit = (column[i] >> shift) & mask;
                uint256 place = i;
                for (; place > 0; --place) {
                    uint256 other = sorted[place - 1];
                    if (other <= digit) break;
                    sorted[place] = other;
                }
                sorted[place] = digit;
            }
        }
    }

    function _within(
        uint256[] memory column,
        uint256 shift,
        uint256 mask,
        uint256 middle,
        uint256 tolerance
    ) private pure returns (uint256 runs) {
        for (uint256 i = 0; i < column.length; ++i) {
            uint256 digit = (column[i] >> shift) & mask;
            uint256 difference = digit > middle ? digit - middle : middle - digit;
            if (difference <= tolerance) runs |= 1 << i;
        }
    }
}
