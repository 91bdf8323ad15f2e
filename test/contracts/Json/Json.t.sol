// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Json} from "../../../contracts/libraries/Json.sol";
import {requireRefused, requireRefusedBy} from "../refused.sol";
import {JsonText} from "./JsonText.sol";

/// @dev `whole` goes on behind `length`, as calldata does behind what is read.
contract JsonReader {
    function begin(bytes calldata text) external pure returns (uint256) {
        return Json.begin(text);
    }

    function nextMember(bytes calldata text, uint256 offset) external pure returns (bool, bytes32, uint256) {
        return Json.nextMember(text, offset);
    }

    function nextElement(bytes calldata text, uint256 offset) external pure returns (bool, uint256) {
        return Json.nextElement(text, offset);
    }

    function readString(
        bytes calldata whole,
        uint256 length,
        uint256 offset
    ) external pure returns (bytes memory, uint256) {
        return Json.readString(whole[:length], offset);
    }

    function readWord(bytes calldata text, uint256 offset) external pure returns (bytes32, uint256) {
        return Json.readWord(text, offset);
    }

    function readHex(
        bytes calldata text,
        uint256 offset,
        uint256 length
    ) external pure returns (bytes memory, uint256) {
        return Json.readHex(text, offset, length);
    }

    function readUint(bytes calldata whole, uint256 length, uint256 offset) external pure returns (uint64, uint256) {
        return Json.readUint(whole[:length], offset);
    }

    function skip(bytes calldata whole, uint256 length, uint256 offset) external pure returns (uint256) {
        return Json.skip(whole[:length], offset);
    }

    function byteOf(bytes1 high, bytes1 low) external pure returns (uint8) {
        return Json.byteOf(high, low);
    }

    function startsWith(bytes calldata text, uint256 offset, bytes7 chars) external pure returns (bool) {
        return Json.startsWith(text, offset, chars);
    }
}

/// @title JsonTest
/// @notice Generated JSON is walked as it was made, wherever it stands, and what is not JSON is refused where it ceases to be.
contract JsonTest {
    JsonReader private immutable _reader = new JsonReader();

    /* WHOLE TEXTS */

    function testFuzz_ATextBeginsWithItsObject(uint256 seed) public view {
        require(_reader.begin(JsonText.containerOf(seed, true, 2)) == 1, "not in the object");
    }

    /// @dev At every offset of the first words, and behind the last.
    function test_NeitherBackslashNorControlStandsAnywhere() public view {
        for (uint256 length = 1; length < 98; length += 24) {
            for (uint256 offset = 1; offset < length; ++offset) {
                for (uint256 char = 0; char < 0x20; char += 31) _requireNoCare(length, offset, uint8(char));
                _requireNoCare(length, offset, 0x5c);
            }
        }
        for (uint256 char = 0; char < 256; ++char) {
            bytes memory text = _textWith(70, 40, uint8(char));
            if (char < 0x20 || char == 0x5c) _requireNoCare(70, 40, uint8(char));
            else require(_reader.begin(text) == 1, "refused for a character that needs no care");
        }
    }

    function test_ATextIsAnObject() public view {
        bytes[4] memory texts = [bytes(""), "[]", " {}", '"{}"'];
        for (uint256 i = 0; i < texts.length; ++i) {
            requireRefused(address(_reader), abi.encodeCall(JsonReader.begin, (texts[i])), _malformed(0));
        }
    }

    /* MEMBERS AND ELEMENTS */

    function testFuzz_MembersComeInTheirOrder(uint256 seed, uint8 count) public view {
        count %= 6;
        string[] memory members = new string[](count);
        for (uint256 i = 0; i < count; ++i) members[i] = string(_member(seed, i));
        bytes memory text = JsonText.objectOf(members);
        uint256 offset = 1;
        for (uint256 i = 0; i < count; ++i) {
            (bool more, bytes32 key, uint256 behind) = _reader.nextMember(text, offset);
            bytes memory name = _name(seed, i);
            require(more && key == (name.length > 32 ? bytes32(0) : bytes32(name)), "another member");
            offset = _reader.skip(text, text.length, behind);
        }
        (bool another, , uint256 end) = _reader.nextMember(text, offset);
        require(!another && end == text.length, "another end");
    }

    function testFuzz_ElementsComeInTheirOrder(uint256 seed, uint8 count) public view {
        count %= 6;
        bytes memory text = "[";
        for (uint256 i = 0; i < count; ++i) {
            text = bytes.concat(text, i == 0 ? bytes("") : bytes(","), JsonText.valueOf(seed ^ i, 2));
        }
        text = bytes.concat(text, "]");
        uint256 offset = 1;
        for (uint256 i = 0; i < count; ++i) {
            (bool more, uint256 behind) = _reader.nextElement(text, offset);
            require(more, "an element is passed over");
            offset = _reader.skip(text, text.length, behind);
            require(offset - behind == JsonText.valueOf(seed ^ i, 2).length, "another element");
        }
        (bool another, uint256 end) = _reader.nextElement(text, offset);
        require(!another && end == text.length, "another end");
    }

    function test_AMemberIsWhole() public view {
        _requireNoMember('{"a":1"b":2}', 6, 6);
        _requireNoMember('{"a":1]', 6, 6);
        _requireNoMember('{"a":1,}', 6, 7);
        _requireNoMember('{,"a":1}', 1, 1);
        _requireNoMember("{a:1}", 1, 1);
        _requireNoMember('{"a"1}', 1, 4);
        _requireNoMember('{"a"', 1, 4);
        _requireNoMember('{"a', 1, 1);
        _requireNoMember("{", 1, 1);
        bytes memory call = abi.encodeCall(JsonReader.nextElement, ("[1 ,2]", 2));
        requireRefused(address(_reader), call, _malformed(2));
        call = abi.encodeCall(JsonReader.nextElement, ("[1}", 2));
        requireRefused(address(_reader), call, _malformed(2));
    }

    /* STRINGS */

    function testFuzz_AStringIsReadWhereverItStands(
        uint256 seed,
        uint8 length,
        uint8 before,
        bytes memory rest
    ) public view {
        bytes memory content = JsonText.stringOf(seed, length);
        bytes memory text = bytes.concat(new bytes(before), '"', content, '"', rest);
        (bytes memory found, uint256 behind) = _reader.readString(text, text.length, before);
        require(keccak256(found) == keccak256(content), "another string");
        require(behind == uint256(before) + length + 2, "another end");
    }

    /// @dev On both sides of each word's edge; a second quote right behind the first that ends it.
    function test_TheFirstQuoteEndsAString() public view {
        for (uint256 length = 0; length < 100; ++length) {
            bytes memory text = bytes.concat('"', JsonText.stringOf(length, length), '""""');
            (bytes memory found, uint256 behind) = _reader.readString(text, text.length, 0);
            require(found.length == length && behind == length + 2, "another end");
            for (uint256 end = 0; end < length + 2; ++end) {
                // The quote that is missing stands behind the end.
                bytes memory call = abi.encodeCall(JsonReader.readString, (text, end, 0));
                requireRefused(address(_reader), call, _malformed(0));
            }
        }
    }

    function test_AWordHasAtMostThirtyTwoBytes() public view {
        for (uint256 length = 0; length < 66; ++length) {
            bytes memory content = JsonText.stringOf(7, length);
            (bytes32 word, uint256 behind) = _reader.readWord(bytes.concat('"', content, '"'), 0);
            require(word == (length > 32 ? bytes32(0) : bytes32(content)), "another word");
            require(behind == length + 2, "another end");
        }
    }

    function testFuzz_HexadecimalDigitsAreRead(bytes memory data, bool upper) public view {
        bytes memory text = bytes.concat(':"', JsonText.hexOf(data, upper), '"');
        (bytes memory found, uint256 behind) = _reader.readHex(text, 1, data.length);
        require(keccak256(found) == keccak256(data) && behind == text.length, "other bytes");
        bytes memory call = abi.encodeCall(JsonReader.readHex, (text, 1, data.length + 1));
        requireRefused(address(_reader), call, _malformed(1));
        call = abi.encodeCall(
            JsonReader.readHex,
            (bytes.concat(':"0', JsonText.hexOf(data, upper), '"'), 1, data.length)
        );
        requireRefused(address(_reader), call, _malformed(1));
    }

    function test_NothingElseIsAHexadecimalDigit() public view {
        for (uint256 i = 0; i < 256; ++i) {
            bytes1 char = bytes1(uint8(i));
            bool digit = (i >= 0x30 && i < 0x3a) || (i >= 0x41 && i < 0x47) || (i >= 0x61 && i < 0x67);
            if (digit) continue;
            bytes memory expected = abi.encodeWithSelector(Json.HexMalformed.selector, char);
            requireRefused(address(_reader), abi.encodeCall(JsonReader.byteOf, (char, "0")), expected);
            requireRefused(address(_reader), abi.encodeCall(JsonReader.byteOf, ("0", char)), expected);
        }
        require(_reader.byteOf("a", "F") == 0xaf && _reader.byteOf("0", "9") == 9, "another byte");
    }

    /* NUMBERS */

    function testFuzz_ANumberIsReadBack(uint64 value, uint8 shift, bytes1 follower) public view {
        value >>= shift % 64;
        if (uint8(follower) >= 0x30 && uint8(follower) < 0x3a) follower = "}";
        bytes memory text = bytes.concat(":", JsonText.numberOf(value), follower);
        (uint64 found, uint256 behind) = _reader.readUint(text, text.length, 1);
        require(found == value && behind == text.length - 1, "another number");
        // Behind the end stands what would end it.
        _requireNoNumber(text, text.length - 1, text.length - 1);
    }

    function test_ANumberIsWrittenInOneWayAndFits() public view {
        require(_numberAt("18446744073709551615,") == type(uint64).max && _numberAt("0,") == 0, "another number");
        bytes[9] memory texts = [
            bytes("00,"),
            "05,",
            "18446744073709551616,",
            "99999999999999999999999999999999999999999999999999999999999999999999999999999999999999,",
            "-1,",
            "+1,",
            '"1",',
            ",",
            "/,"
        ];
        for (uint256 i = 0; i < texts.length; ++i)
            _requireNoNumber(bytes.concat(":", texts[i]), 1 + texts[i].length, 1);
        // Whoever reads on meets what no number was made of.
        (, uint256 behind) = _reader.readUint("1.5,", 4, 0);
        require(behind == 1, "part of a number is passed over");
    }

    /* VALUES THAT ARE STEPPED OVER */

    function testFuzz_AnyValueIsSteppedOver(uint256 seed, uint8 before, bytes1 follower) public view {
        // A literal would go on with what it may consist of.
        if (!_endsLiteral(follower)) follower = ",";
        bytes memory value = JsonText.valueOf(seed, 3);
        bytes memory text = bytes.concat(new bytes(before), value, follower);
        require(_reader.skip(text, text.length, before) == before + value.length, "not over it");
    }

    /// @dev What is missing stands behind the end.
    function testFuzz_AValueThatIsCutShortIsRefused(uint256 seed) public view {
        bytes memory value = JsonText.containerOf(seed, seed % 2 == 0, 2);
        bytes4[] memory errors = new bytes4[](1);
        errors[0] = Json.JsonMalformed.selector;
        for (uint256 end = 0; end < value.length; ++end) {
            requireRefusedBy(address(_reader), abi.encodeCall(JsonReader.skip, (value, end, 0)), errors);
        }
    }

    function test_WhatIsNoValueIsRefused() public view {
        _requireNoValue("", 0);
        _requireNoValue(",", 0);
        _requireNoValue(":1,", 0);
        _requireNoValue("]", 0);
        _requireNoValue("}", 0);
        _requireNoValue("[ 1]", 1);
        _requireNoValue('{"a" :1}', 4);
        _requireNoValue("TRUE,", 0);
        _requireNoValue("[1;2]", 2);
        _requireNoValue('["a]', 1);
        _requireNoValue("[[1]", 4);
    }

    function test_ALiteralIsOfItsCharacters() public view {
        for (uint256 i = 0; i < 256; ++i) {
            bytes1 char = bytes1(uint8(i));
            uint256 behind = _reader.skip(bytes.concat("1", char, ","), 3, 0);
            require(behind == (_endsLiteral(char) ? 1 : 2), "of another character");
        }
    }

    function test_StartsWithSevenCharacters() public view {
        bytes memory text = '[{"svn":5}';
        require(_reader.startsWith(text, 1, '{"svn":'), "not found");
        require(!_reader.startsWith(text, 0, '{"svn":') && !_reader.startsWith(text, 2, '{"svn":'), "found beside");
        for (uint256 i = 1; i < 8; ++i) {
            bytes memory other = bytes.concat(text);
            other[i] ^= 0x01;
            require(!_reader.startsWith(other, 1, '{"svn":'), "another character");
        }
    }

    function _name(uint256 seed, uint256 index) private pure returns (bytes memory) {
        seed = uint256(keccak256(abi.encode(seed, index)));
        return JsonText.stringOf(seed, seed % 36);
    }

    function _member(uint256 seed, uint256 index) private pure returns (bytes memory) {
        return bytes.concat('"', _name(seed, index), '":', JsonText.valueOf(seed ^ index, 2));
    }

    /// @dev `{aaa…` with one other character.
    function _textWith(uint256 length, uint256 offset, uint8 char) private pure returns (bytes memory text) {
        text = new bytes(length);
        for (uint256 i = 0; i < length; ++i) text[i] = "a";
        (text[0], text[offset]) = ("{", bytes1(char));
    }

    function _requireNoCare(uint256 length, uint256 offset, uint8 char) private view {
        bytes memory call = abi.encodeCall(JsonReader.begin, (_textWith(length, offset, char)));
        requireRefused(address(_reader), call, _malformed(offset - (offset % 32)));
    }

    function _requireNoMember(bytes memory text, uint256 offset, uint256 wrongAt) private view {
        requireRefused(address(_reader), abi.encodeCall(JsonReader.nextMember, (text, offset)), _malformed(wrongAt));
    }

    function _requireNoNumber(bytes memory text, uint256 end, uint256 wrongAt) private view {
        requireRefused(address(_reader), abi.encodeCall(JsonReader.readUint, (text, end, 1)), _malformed(wrongAt));
    }

    function _requireNoValue(bytes memory text, uint256 wrongAt) private view {
        bytes memory call = abi.encodeCall(JsonReader.skip, (text, text.length, 0));
        requireRefused(address(_reader), call, _malformed(wrongAt));
    }

    function _numberAt(bytes memory text) private view returns (uint64 value) {
        (value, ) = _reader.readUint(text, text.length, 0);
    }

    function _endsLiteral(bytes1 char) private pure returns (bool) {
        if (char >= "a" && char <= "z") return false;
        return char != "-" && char != "." && char != "E" && (char < "0" || char > "9");
    }

    function _malformed(uint256 offset) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Json.JsonMalformed.selector, offset);
    }
}
