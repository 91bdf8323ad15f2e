// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Json
/// @notice Walks compact JSON in calldata: no space between tokens, and no escape in a string.
/// @dev Texts are signed over their bytes, so there is one way to write each and nothing to normalise. `offset` is always the offset
/// of the next character; what is read is returned with the offset behind it.
library Json {
    /// @notice Not JSON as this reads it, at this offset.
    error JsonMalformed(uint256 offset);
    error HexMalformed(bytes1 char);

    uint256 private constant LOW_BITS = 0x7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f;
    uint256 private constant QUOTES = 0x2222222222222222222222222222222222222222222222222222222222222222;
    uint256 private constant BACKSLASHES = 0x5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c;
    uint256 private constant NO_CONTROLS = 0xe0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0;
    bytes1 private constant QUOTE = 0x22;
    bytes1 private constant OPEN_OBJECT = "{";
    bytes1 private constant CLOSE_OBJECT = "}";
    bytes1 private constant OPEN_ARRAY = "[";
    bytes1 private constant CLOSE_ARRAY = "]";

    /// @notice Demands that a text needs no care within strings, and steps into the object that it is.
    /// @dev Everything else here relies on it: neither a backslash nor a control character stands anywhere.
    function begin(bytes calldata text) internal pure returns (uint256) {
        for (uint256 offset = 0; offset < text.length; offset += 32) {
            uint256 word;
            assembly ("memory-safe") {
                word := calldataload(add(text.offset, offset))
            }
            uint256 left = text.length - offset;
            // What lies past the end is made into letters.
            if (left < 32) word |= type(uint256).max >> (8 * left);
            uint256 wrong = _zeros(word ^ BACKSLASHES) | _zeros(word & NO_CONTROLS);
            require(wrong == 0, JsonMalformed(offset));
        }
        return enter(text, 0, OPEN_OBJECT);
    }

    /// @notice Steps into an object or an array.
    function enter(bytes calldata text, uint256 offset, bytes1 bracket) internal pure returns (uint256) {
        require(charAt(text, offset) == bracket, JsonMalformed(offset));
        return offset + 1;
    }

    /// @notice Steps to the next member and returns true, or out of the object and returns false.
    function nextMember(
        bytes calldata text,
        uint256 offset
    ) internal pure returns (bool more, bytes32 key, uint256 behind) {
        (more, behind) = _next(text, offset, CLOSE_OBJECT);
        if (!more) return (more, key, behind);
        (key, behind) = readWord(text, behind);
        behind = enter(text, behind, ":");
    }

    /// @notice Steps to the next element and returns true, or out of the array and returns false.
    function nextElement(bytes calldata text, uint256 offset) internal pure returns (bool more, uint256 behind) {
        return _next(text, offset, CLOSE_ARRAY);
    }

    /// @notice Returns a string.
    function readString(
        bytes calldata text,
        uint256 offset
    ) internal pure returns (bytes calldata content, uint256 behind) {
        uint256 from = enter(text, offset, QUOTE);
        behind = from;
        uint256 quotes;
        unchecked {
            // Offsets within calldata are far below 2^256.
            while (true) {
                require(behind < text.length, JsonMalformed(offset));
                uint256 word;
                assembly ("memory-safe") {
                    word := calldataload(add(text.offset, behind))
                }
                quotes = _zeros(word ^ QUOTES);
                if (quotes != 0) break;
                behind += 32;
            }
            // The first one is that of the highest byte: 255 - log2 is its bit from above.
            behind += (255 - Math.log2(quotes)) >> 3;
        }
        require(behind < text.length, JsonMalformed(offset));
        return (text[from:behind], behind + 1);
    }

    /// @notice Returns a string of at most 32 bytes, padded with zeros; zero in the place of a longer one.
    function readWord(bytes calldata text, uint256 offset) internal pure returns (bytes32 word, uint256 behind) {
        bytes calldata content;
        (content, behind) = readString(text, offset);
        if (content.length <= 32) word = bytes32(content);
    }

    /// @notice Returns a string of hexadecimal digits, in either case, as the bytes that it stands for.
    function readHex(
        bytes calldata text,
        uint256 offset,
        uint256 length
    ) internal pure returns (bytes memory data, uint256 behind) {
        bytes calldata content;
        (content, behind) = readString(text, offset);
        require(content.length == 2 * length, JsonMalformed(offset));
        data = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            data[i] = bytes1(byteOf(content[2 * i], content[2 * i + 1]));
        }
    }

    /// @notice Returns a non-negative integer below 2^64.
    function readUint(bytes calldata text, uint256 offset) internal pure returns (uint64 value, uint256 behind) {
        behind = offset;
        uint256 number = 0;
        while (true) {
            uint256 digit = uint256(uint8(charAt(text, behind))) ^ 0x30;
            if (digit > 9) break;
            number = number * 10 + digit;
            require(number <= type(uint64).max, JsonMalformed(offset));
            ++behind;
        }
        require(behind > offset && (behind == offset + 1 || text[offset] != "0"), JsonMalformed(offset));
        return (uint64(number), behind);
    }

    /// @notice Steps over a value of any kind.
    /// @dev Whether it is JSON inside is not asked: brackets are counted, and signs between values passed over. Nobody reads what
    /// is stepped over, and who signed the text signed that too.
    function skip(bytes calldata text, uint256 offset) internal pure returns (uint256 behind) {
        behind = offset;
        uint256 depth = 0;
        do {
            bytes1 char = charAt(text, behind);
            if (char == QUOTE) {
                (, behind) = readString(text, behind);
            } else if (char == OPEN_OBJECT || char == OPEN_ARRAY) {
                ++depth;
                ++behind;
            } else if (char == CLOSE_OBJECT || char == CLOSE_ARRAY) {
                require(depth > 0, JsonMalformed(behind));
                --depth;
                ++behind;
            } else if (depth > 0 && (char == "," || char == ":")) {
                ++behind;
            } else {
                behind = _skipLiteral(text, behind);
            }
        } while (depth > 0);
    }

    /// @notice Returns the byte that two hexadecimal digits stand for.
    function byteOf(bytes1 high, bytes1 low) internal pure returns (uint8) {
        // Two digits of four bits.
        return uint8((_nibble(high) << 4) | _nibble(low));
    }

    /// @notice Returns a character, and reverts past the end.
    function charAt(bytes calldata text, uint256 offset) internal pure returns (bytes1 char) {
        require(offset < text.length, JsonMalformed(offset));
        assembly ("memory-safe") {
            char := calldataload(add(text.offset, offset))
            char := and(char, shl(248, 0xff))
        }
    }

    /// @notice Returns whether seven characters stand at an offset.
    function startsWith(bytes calldata text, uint256 offset, bytes7 chars) internal pure returns (bool) {
        bytes7 found;
        assembly ("memory-safe") {
            found := and(calldataload(add(text.offset, offset)), shl(200, 0xffffffffffffff))
        }
        return found == chars;
    }

    /// @dev The highest bit of each byte that is zero, and nothing else.
    function _zeros(uint256 word) private pure returns (uint256) {
        unchecked {
            // Each byte is at most 0x7f + 0x7f: nothing is carried.
            return ~(((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS);
        }
    }

    /// @dev A comma stands between members, none before the first: behind a bracket.
    function _next(bytes calldata text, uint256 offset, bytes1 close) private pure returns (bool more, uint256 behind) {
        bytes1 char = charAt(text, offset);
        if (char == close) return (false, offset + 1);
        bytes1 before = charAt(text, offset - 1);
        if (before == OPEN_OBJECT || before == OPEN_ARRAY) return (true, offset);
        require(char == ",", JsonMalformed(offset));
        return (true, offset + 1);
    }

    /// @dev A number, `true`, `false` or `null`, of which nothing is read.
    function _skipLiteral(bytes calldata text, uint256 offset) private pure returns (uint256 behind) {
        behind = offset;
        while (_isLiteral(charAt(text, behind))) ++behind;
        require(behind > offset, JsonMalformed(offset));
    }

    function _isLiteral(bytes1 char) private pure returns (bool) {
        return
            (char >= "a" && char <= "z") || (char >= "0" && char <= "9") || char == "-" || char == "." || char == "E";
    }

    function _nibble(bytes1 char) private pure returns (uint256) {
        if (char >= "0" && char <= "9") return uint8(char) - 0x30;
        if (char >= "A" && char <= "F") return uint8(char) - 0x37;
        require(char >= "a" && char <= "f", HexMalformed(char));
        return uint8(char) - 0x57;
    }
}
