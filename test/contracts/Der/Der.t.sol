// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "../../../contracts/libraries/Dates.sol";
import {Der} from "../../../contracts/libraries/Der.sol";
import {derOf, integerOf} from "../derOf.sol";
import {requireRefused} from "../refused.sol";

/// @dev `whole` goes on behind `length`, as calldata does behind what is read.
contract DerReader {
    function take(
        bytes calldata whole,
        uint256 length,
        uint8 tag
    ) external pure returns (bytes memory content, bytes memory rest) {
        return Der.take(whole[:length], tag);
    }

    function skip(bytes calldata from, uint8 tag) external pure returns (bytes memory) {
        return Der.skip(from, tag);
    }

    function only(bytes calldata from, uint8 tag) external pure returns (bytes memory) {
        return Der.only(from, tag);
    }

    function startsWith(bytes calldata from, uint8 tag) external pure returns (bool) {
        return Der.startsWith(from, tag);
    }

    function toUint(bytes calldata content, uint256 bits) external pure returns (uint256) {
        return Der.toUint(content, bits);
    }

    function takeUint(bytes calldata from, uint256 bits) external pure returns (uint256 value, bytes memory rest) {
        return Der.takeUint(from, bits);
    }

    function takeTime(bytes calldata from) external pure returns (uint40 time, bytes memory rest) {
        return Der.takeTime(from);
    }
}

/// @title DerTest
/// @notice What is encoded is taken back, and whatever is encoded in another way than the only one is refused.
contract DerTest {
    uint8 private constant TAG = Der.OCTET_STRING;

    DerReader private immutable _reader = new DerReader();

    /* ELEMENTS */

    function testFuzz_TakeGivesBackWhatWasEncoded(uint8 tag, bytes memory content, bytes memory rest) public view {
        _requireTaken(tag, content, rest);
    }

    /// @dev On both sides of where a length takes one byte more.
    function test_EveryFormOfALengthIsRead() public view {
        uint24[11] memory lengths = [0, 1, 126, 127, 128, 129, 255, 256, 257, 65_535, 65_536];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory content = new bytes(lengths[i]);
            if (content.length > 0) (content[0], content[content.length - 1]) = (0x11, 0x22);
            _requireTaken(TAG, content, hex"33");
        }
    }

    function test_ALengthThatIsNotMinimalIsRefused() public view {
        bytes memory zeros = new bytes(70_000);
        bytes[11] memory lengths = [
            bytes(hex"8100"),
            hex"8101",
            hex"817f",
            hex"820000",
            hex"82007f",
            hex"820080",
            hex"8200ff",
            hex"83000001",
            hex"83000080",
            hex"830000ff",
            hex"8300ffff"
        ];
        for (uint256 i = 0; i < lengths.length; ++i) {
            _requireMalformed(abi.encodePacked(TAG, lengths[i], zeros));
        }
    }

    /// @dev Indefinite, of four octets and more, and what is reserved: each with more behind it than it says.
    function test_AnotherFormOfALengthIsRefused() public view {
        bytes memory zeros = new bytes(300);
        _requireMalformed(abi.encodePacked(TAG, hex"80", zeros));
        for (uint256 form = 0x84; form <= 0xff; ++form) {
            _requireMalformed(abi.encodePacked(TAG, uint8(form), zeros));
            _requireMalformed(abi.encodePacked(TAG, uint8(form), new bytes(form - 0x81), hex"81", zeros));
        }
    }

    /// @dev What an element lacks stands right behind its parent.
    function test_AnElementThatLeavesItsParentIsRefused() public view {
        uint16[7] memory lengths = [0, 1, 127, 128, 255, 256, 400];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory encoded = derOf(TAG, new bytes(lengths[i]));
            for (uint256 length = 0; length < encoded.length; ++length) {
                bytes memory call = abi.encodeCall(DerReader.take, (encoded, length, TAG));
                requireRefused(address(_reader), call, _malformed(TAG));
            }
        }
        // The largest length that can be said.
        _requireMalformed(abi.encodePacked(TAG, hex"83ffffff", new bytes(100)));
    }

    function testFuzz_AnotherTagIsRefused(uint8 tag, uint8 other, bytes memory content) public view {
        if (tag == other) other ^= 1;
        bytes memory encoded = derOf(tag, content);
        bytes memory call = abi.encodeCall(DerReader.take, (encoded, encoded.length, other));
        requireRefused(address(_reader), call, _malformed(other));
        require(_reader.startsWith(encoded, tag) && !_reader.startsWith(encoded, other), "starts with another");
    }

    function test_NothingStartsWithATag() public view {
        require(!_reader.startsWith("", 0), "a tag of nothing");
    }

    /* INTEGERS */

    function testFuzz_AnIntegerIsReadBack(uint256 value, uint8 shift, bytes memory rest) public view {
        value >>= shift;
        require(_reader.toUint(integerOf(value), 256) == value, "another integer");
        (uint256 taken, bytes memory left) = _reader.takeUint(
            bytes.concat(derOf(Der.INTEGER, integerOf(value)), rest),
            256
        );
        require(taken == value && keccak256(left) == keccak256(rest), "another integer, or another rest");
    }

    function testFuzz_AnIntegerHasTheBitsThatAreDemanded(uint256 value, uint8 shift) public view {
        value >>= shift;
        uint256 size = 0;
        while (size < 256 && value >> size > 0) ++size;
        require(_reader.toUint(integerOf(value), size) == value, "a bit less is said");
        if (size == 0) return;
        bytes memory call = abi.encodeCall(DerReader.toUint, (integerOf(value), size - 1));
        requireRefused(address(_reader), call, _malformed(Der.INTEGER));
    }

    function test_AnIntegerIsNotNegativeAndMinimal() public view {
        bytes memory ones = abi.encodePacked(type(uint256).max);
        require(_reader.toUint(bytes.concat(hex"00", ones), 256) == type(uint256).max, "the largest");
        bytes[9] memory contents = [
            bytes(""),
            hex"80",
            hex"ff",
            hex"0000",
            hex"007f",
            hex"00007f",
            bytes.concat(hex"80", new bytes(31)),
            bytes.concat(hex"01", ones),
            bytes.concat(hex"0080", ones)
        ];
        for (uint256 i = 0; i < contents.length; ++i) {
            bytes memory call = abi.encodeCall(DerReader.toUint, (contents[i], 256));
            requireRefused(address(_reader), call, _malformed(Der.INTEGER));
        }
    }

    /* TIMES */

    function test_TimesAreReadInBothForms() public view {
        _requireTime(Der.UTC_TIME, "240229123456Z", 1_709_210_096);
        _requireTime(Der.GENERALIZED_TIME, "20240229123456Z", 1_709_210_096);
        _requireTime(Der.UTC_TIME, "491231235959Z", 2_524_607_999);
        _requireTime(Der.UTC_TIME, "500101000001Z", 0);
        _requireTime(Der.GENERALIZED_TIME, "20500101000000Z", 2_524_608_000);
    }

    function test_ATimeInAnotherFormIsRefused() public view {
        _requireNoTime(Der.UTC_TIME, "20240229123456Z");
        _requireNoTime(Der.GENERALIZED_TIME, "240229123456Z");
        bytes[6] memory texts = [
            bytes("2402291234Z"),
            "240229123456",
            "2402291234560",
            "240229123456z",
            "2402291234+00",
            ""
        ];
        for (uint256 i = 0; i < texts.length; ++i) {
            _requireNoTime(Der.UTC_TIME, texts[i]);
            _requireNoTime(Der.GENERALIZED_TIME, bytes.concat("20", texts[i]));
        }
        _requireNoTime(Der.GENERALIZED_TIME, "20240229123456.5Z");
    }

    function test_WhatIsNoTimeIsRefusedByName() public view {
        bytes memory encoded = derOf(Der.OCTET_STRING, "240229123456Z");
        bytes memory call = abi.encodeCall(DerReader.takeTime, (encoded));
        requireRefused(address(_reader), call, _malformed(Der.GENERALIZED_TIME));
        call = abi.encodeCall(DerReader.takeTime, (derOf(Der.UTC_TIME, "230229123456Z")));
        bytes memory expected = abi.encodeWithSelector(Dates.TimeMalformed.selector, bytes("230229123456"));
        requireRefused(address(_reader), call, expected);
    }

    function _requireTaken(uint8 tag, bytes memory content, bytes memory rest) private view {
        bytes memory encoded = derOf(tag, content);
        bytes memory all = bytes.concat(encoded, rest);
        (bytes memory taken, bytes memory left) = _reader.take(all, all.length, tag);
        require(keccak256(taken) == keccak256(content) && keccak256(left) == keccak256(rest), "another element");
        require(keccak256(_reader.skip(all, tag)) == keccak256(rest), "another rest");
        require(keccak256(_reader.only(encoded, tag)) == keccak256(content), "another only one");
        if (rest.length == 0) return;
        requireRefused(address(_reader), abi.encodeCall(DerReader.only, (all, tag)), _malformed(tag));
    }

    function _requireTime(uint8 tag, bytes memory text, uint256 expected) private view {
        (uint40 time, bytes memory rest) = _reader.takeTime(bytes.concat(derOf(tag, text), hex"0500"));
        require(time == expected && keccak256(rest) == keccak256(hex"0500"), "another time");
    }

    function _requireNoTime(uint8 tag, bytes memory text) private view {
        bytes memory call = abi.encodeCall(DerReader.takeTime, (derOf(tag, text)));
        requireRefused(address(_reader), call, _malformed(Der.UTC_TIME));
    }

    function _requireMalformed(bytes memory encoded) private view {
        bytes memory call = abi.encodeCall(DerReader.take, (encoded, encoded.length, TAG));
        requireRefused(address(_reader), call, _malformed(TAG));
    }

    function _malformed(uint8 tag) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Der.DerMalformed.selector, tag);
    }
}
