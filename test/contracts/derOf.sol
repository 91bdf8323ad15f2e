// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Returns an element of distinguished encoding rules.
function derOf(uint8 tag, bytes memory content) pure returns (bytes memory) {
    uint256 length = content.length;
    if (length < 1 << 7) return abi.encodePacked(tag, uint8(length), content);
    if (length < 1 << 8) return abi.encodePacked(tag, uint8(0x81), uint8(length), content);
    if (length < 1 << 16) return abi.encodePacked(tag, uint8(0x82), uint16(length), content);
    return abi.encodePacked(tag, uint8(0x83), uint24(length), content);
}

/// @dev Returns the shortest contents of an integer that is not negative.
function integerOf(uint256 value) pure returns (bytes memory content) {
    content = abi.encodePacked(uint8(value));
    for (value >>= 8; value > 0; value >>= 8) content = abi.encodePacked(uint8(value), content);
    if (uint8(content[0]) > 0x7f) content = bytes.concat(hex"00", content);
}
