// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WORD_BITS} from "../types/Circuit.sol";

/// @title BagOfWords
/// @notice The input of a text model of 0/1 features: which terms of a vocabulary occur in a text (models/text.py, `bag`).
/// @dev Tokens are runs of ASCII letters, in lower case; runs of digits, as `#1` to `#9` by their length, `#9` for nine or more;
/// and each of `! ? $ %` and the pound sign. Bytes are UTF-8; all others separate.
/// @dev A vocabulary is its terms in rising order, each in `TERM_BYTES` bytes with zeros behind it: feature `i` is term `i`.
library BagOfWords {
    /// @notice Bytes of a term; a longer word is none.
    uint256 internal constant TERM_BYTES = 16;

    uint256 private constant TERM_BITS = 8 * TERM_BYTES;
    bytes1 private constant POUND_LEAD = 0xC2;
    bytes1 private constant POUND_TAIL = 0xA3;

    error VocabularyLengthInvalid(uint256 length, uint256 expected);
    /// @notice A term is empty or not above the one before it.
    error VocabularyNotRising(uint256 term);

    /// @notice Reverts unless `vocabulary` has `count` terms that rise.
    function requireVocabulary(bytes memory vocabulary, uint256 count) internal pure {
        require(
            vocabulary.length == count * TERM_BYTES,
            VocabularyLengthInvalid(vocabulary.length, count * TERM_BYTES)
        );
        uint256 last = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 term = _termAt(vocabulary, i);
            require(term > last, VocabularyNotRising(i));
            last = term;
        }
    }

    /// @notice Returns the words of the input for `text`, an unsigned tensor of one bit for each term.
    /// @dev Gas is proportional to the length of the text, which the caller bounds.
    function inputOf(bytes memory text, bytes memory vocabulary) internal pure returns (uint256[] memory words) {
        uint256 count = vocabulary.length / TERM_BYTES;
        words = new uint256[]((count + WORD_BITS - 1) / WORD_BITS);
        uint256 start = 0;
        while (start < text.length) {
            uint256 term;
            (term, start) = _nextTerm(text, start);
            (bool found, uint256 index) = _find(vocabulary, count, term);
            if (found) words[index / WORD_BITS] |= 1 << (index % WORD_BITS);
        }
    }

    /// @dev Returns the term that starts at `start`, and where it ends; 0 for what is none.
    function _nextTerm(bytes memory text, uint256 start) private pure returns (uint256 term, uint256 end) {
        bytes1 first = text[start];
        end = start + 1;
        if (_isLetter(first)) {
            term = _lower(first);
            while (end < text.length && _isLetter(text[end])) {
                term = (term << 8) | _lower(text[end]);
                ++end;
            }
            uint256 size = end - start;
            // Of a longer word the first letters were shifted out: it is no term.
            term = size > TERM_BYTES ? 0 : term << (TERM_BITS - 8 * size);
        } else if (_isDigit(first)) {
            while (end < text.length && _isDigit(text[end])) ++end;
            uint256 digits = end - start < 9 ? end - start : 9;
            term = (uint256(uint8(bytes1("#"))) << (TERM_BITS - 8)) | ((0x30 + digits) << (TERM_BITS - 16));
        } else if (first == "!" || first == "?" || first == "$" || first == "%") {
            term = uint256(uint8(first)) << (TERM_BITS - 8);
        } else if (first == POUND_LEAD && end < text.length && text[end] == POUND_TAIL) {
            ++end;
            term = uint256(uint16(bytes2(POUND_LEAD) | (bytes2(POUND_TAIL) >> 8))) << (TERM_BITS - 16);
        }
    }

    function _find(bytes memory vocabulary, uint256 count, uint256 term) private pure returns (bool, uint256) {
        if (term == 0) return (false, 0);
        (uint256 low, uint256 high) = (0, count);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            uint256 some = _termAt(vocabulary, middle);
            if (some == term) return (true, middle);
            if (some < term) low = middle + 1;
            else high = middle;
        }
        return (false, 0);
    }

    /// @dev `index` is below the number of terms.
    function _termAt(bytes memory vocabulary, uint256 index) private pure returns (uint256 term) {
        assembly ("memory-safe") {
            term := shr(128, mload(add(add(vocabulary, 0x20), mul(index, 16))))
        }
    }

    function _isLetter(bytes1 char) private pure returns (bool) {
        uint8 lower = uint8(char) | 0x20;
        return 0x61 <= lower && lower <= 0x7a;
    }

    function _isDigit(bytes1 char) private pure returns (bool) {
        return 0x30 <= uint8(char) && uint8(char) <= 0x39;
    }

    /// @dev Of a letter.
    function _lower(bytes1 letter) private pure returns (uint256) {
        return uint8(letter) | 0x20;
    }
}
