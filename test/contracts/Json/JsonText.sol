// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title JsonText
/// @notice Generates compact JSON as the vendor's documents have it: no space between tokens, no escape.
library JsonText {
    /// @dev Any value, with others inside it down to `depth`.
    function valueOf(uint256 seed, uint256 depth) internal pure returns (bytes memory) {
        uint256 kind = seed % (depth == 0 ? 5 : 7);
        seed = next(seed);
        if (kind == 0) return bytes.concat('"', stringOf(seed, seed % 70), '"');
        if (kind == 1) return numberOf(uint64(seed >> (seed % 200)));
        if (kind == 2) return "true";
        if (kind == 3) return "null";
        if (kind == 4) return "-1.5E7";
        return containerOf(seed, kind == 5, depth - 1);
    }

    /// @dev An object, or else an array, of up to three values.
    function containerOf(uint256 seed, bool object, uint256 depth) internal pure returns (bytes memory text) {
        uint256 count = seed % 4;
        for (uint256 i = 0; i < count; ++i) {
            seed = next(seed);
            if (i > 0) text = bytes.concat(text, ",");
            if (object) text = bytes.concat(text, '"', stringOf(seed, seed % 40), '":');
            text = bytes.concat(text, valueOf(next(seed), depth));
        }
        return object ? bytes.concat("{", text, "}") : bytes.concat("[", text, "]");
    }

    /// @dev Any characters but controls, quote and backslash; brackets, commas and colons too.
    function stringOf(uint256 seed, uint256 length) internal pure returns (bytes memory text) {
        text = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            seed = next(seed);
            uint8 char = uint8(0x20 + (seed % 224));
            text[i] = bytes1(char == 0x22 || char == 0x5c ? 0x7d : char);
        }
    }

    function numberOf(uint256 value) internal pure returns (bytes memory text) {
        do {
            text = bytes.concat(bytes1(uint8(0x30 + (value % 10))), text);
            value /= 10;
        } while (value > 0);
    }

    /// @dev Two digits for each byte, in lower case or in upper case.
    function hexOf(bytes memory data, bool upper) internal pure returns (bytes memory text) {
        bytes16 digits = upper ? bytes16("0123456789ABCDEF") : bytes16("0123456789abcdef");
        text = new bytes(2 * data.length);
        for (uint256 i = 0; i < data.length; ++i) {
            text[2 * i] = digits[uint8(data[i]) >> 4];
            text[2 * i + 1] = digits[uint8(data[i]) & 15];
        }
    }

    /// @dev Each member is `"name":value`.
    function objectOf(string[] memory members) internal pure returns (bytes memory text) {
        for (uint256 i = 0; i < members.length; ++i) {
            text = bytes.concat(text, i == 0 ? bytes("{") : bytes(","), bytes(members[i]));
        }
        return members.length == 0 ? bytes("{}") : bytes.concat(text, "}");
    }

    function next(uint256 seed) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed)));
    }
}
