// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "./Dates.sol";

/// @title Der
/// @notice Takes elements of distinguished encoding rules (ITU-T X.690) off the front of calldata.
/// @dev Contents and rest are slices of what they were taken from, so an element that claims to be longer than its parent is
/// refused wherever it stands. Lengths are definite and minimal, tags have one byte.
library Der {
    /// @notice Not an element of the tag, a length that is not minimal, or contents that leave their parent.
    error DerMalformed(uint8 expectedTag);

    uint8 internal constant BOOLEAN = 0x01;
    uint8 internal constant INTEGER = 0x02;
    uint8 internal constant BIT_STRING = 0x03;
    uint8 internal constant OCTET_STRING = 0x04;
    uint8 internal constant OBJECT_IDENTIFIER = 0x06;
    uint8 internal constant UTC_TIME = 0x17;
    uint8 internal constant GENERALIZED_TIME = 0x18;
    uint8 internal constant SEQUENCE = 0x30;
    uint8 internal constant SET = 0x31;

    /// @notice Returns the contents of the element at the front, which has `tag`, and what follows it.
    function take(bytes calldata from, uint8 tag) internal pure returns (bytes calldata content, bytes calldata rest) {
        require(from.length > 1 && uint8(from[0]) == tag, DerMalformed(tag));
        uint256 header = 2;
        uint256 length = uint8(from[1]);
        if (length > 0x7f) (header, length) = _longLength(from, tag);
        unchecked {
            // Both have 24 bits at most.
            require(from.length >= header + length, DerMalformed(tag));
        }
        assembly ("memory-safe") {
            // Within `from`, as was just demanded.
            content.offset := add(from.offset, header)
            content.length := length
            rest.offset := add(content.offset, length)
            rest.length := sub(from.length, add(header, length))
        }
    }

    /// @notice Returns what follows the element at the front, which has `tag`.
    function skip(bytes calldata from, uint8 tag) internal pure returns (bytes calldata rest) {
        (, rest) = take(from, tag);
    }

    /// @notice Returns the contents of the one element that `from` consists of.
    function only(bytes calldata from, uint8 tag) internal pure returns (bytes calldata content) {
        bytes calldata rest;
        (content, rest) = take(from, tag);
        require(rest.length == 0, DerMalformed(tag));
    }

    /// @notice Returns whether an element of `tag` is at the front.
    function startsWith(bytes calldata from, uint8 tag) internal pure returns (bool) {
        return from.length > 0 && uint8(from[0]) == tag;
    }

    /// @notice Returns the non-negative integer that an element's contents are, and demands that it has `bits` at most.
    function toUint(bytes calldata content, uint256 bits) internal pure returns (uint256 value) {
        // The sign has a byte of its own only where the first bit would be one otherwise.
        bool padded = content.length > 1 && content[0] == 0;
        bool minimal = content.length > 0 && uint8(content[0]) < 0x80 && !(padded && uint8(content[1]) < 0x80);
        require(minimal && content.length <= 33 && (content.length < 33 || padded), DerMalformed(INTEGER));
        if (padded) content = content[1:];
        value = uint256(bytes32(content)) >> (256 - 8 * content.length);
        require(bits == 256 || value >> bits == 0, DerMalformed(INTEGER));
    }

    /// @notice Takes a non-negative integer of `bits` at most off the front.
    function takeUint(bytes calldata from, uint256 bits) internal pure returns (uint256 value, bytes calldata rest) {
        bytes calldata content;
        (content, rest) = take(from, INTEGER);
        value = toUint(content, bits);
    }

    /// @notice Takes a time off the front and returns it in seconds since the epoch.
    /// @dev RFC 5280 4.1.2.5: with seconds and in UTC; two digits of a year stand for 1950 to 2049.
    function takeTime(bytes calldata from) internal pure returns (uint40 time, bytes calldata rest) {
        bool short = startsWith(from, UTC_TIME);
        bytes calldata text;
        (text, rest) = take(from, short ? UTC_TIME : GENERALIZED_TIME);
        require(text.length == (short ? 13 : 15) && text[text.length - 1] == "Z", DerMalformed(UTC_TIME));
        time = short ? Dates.parse(text[0:12], 2) : Dates.parse(text[0:14], 4);
    }

    /// @dev No certificate or list is longer than 2^24 bytes; 0x80 is the indefinite form.
    function _longLength(bytes calldata from, uint8 tag) private pure returns (uint256 header, uint256 length) {
        uint256 octets = uint8(from[1]) - 0x80;
        header = 2 + octets;
        require(octets > 0 && octets < 4 && from.length >= header, DerMalformed(tag));
        length = uint256(bytes32(from[2:header])) >> (256 - 8 * octets);
        require(length > 0x7f && length >> (8 * (octets - 1)) != 0, DerMalformed(tag));
    }
}
