// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "../../../contracts/libraries/Dates.sol";
import {Json} from "../../../contracts/libraries/Json.sol";
import {TcbInfo} from "../../../contracts/libraries/TcbInfo.sol";
import {TcbLevels} from "../../../contracts/libraries/TcbLevels.sol";
import {TeeType} from "../../../contracts/types/Tcb.sol";
import {JsonText} from "../Json/JsonText.sol";
import {refusalOf, requireRefusedBy} from "../refused.sol";
import {TcbInfoText} from "./TcbInfoText.sol";

/// @dev `whole` goes on behind `length`, as calldata does behind what is read.
contract TcbInfoReader {
    function read(bytes calldata whole, uint256 length) external pure returns (TcbInfo.Info memory) {
        return TcbInfo.read(whole[:length]);
    }
}

/// @title TcbInfoTest
/// @notice A document says the same in whatever order, and nothing once a part of it is missing, double or of another form.
contract TcbInfoTest {
    TcbInfoReader private immutable _reader = new TcbInfoReader();

    function test_ADocumentIsReadAsItIsWritten() public view {
        TcbInfo.Info memory info = _read(JsonText.objectOf(TcbInfoText.members()));
        require(info.tee == TeeType.Tdx && info.fmspc == 0xb0c06f000000 && info.pceId == 0x0102, "of another model");
        require(info.issuedAt == 1_750_156_574 && info.nextUpdate == 1_752_748_574, "of another time");
        require(info.evaluation == 17, "of another recovery");
        // Two levels of 34 bytes, a status, and two advisories behind their number.
        require(info.levels.length == 2 * (34 + 2 + 4), "other levels");
        // Three modules, two of which have two levels, one of these with an advisory.
        require(info.modules.length == 3 * 67 + 2 * (4 + 6), "other modules");
    }

    function testFuzz_TheOrderOfMembersMeansNothing(uint256 seed) public view {
        string[] memory members = TcbInfoText.members();
        bytes32 expected = _hashOf(members);
        for (uint256 i = members.length - 1; i > 0; --i) {
            seed = JsonText.next(seed);
            uint256 other = seed % (i + 1);
            (members[i], members[other]) = (members[other], members[i]);
        }
        (uint256 id, uint256 levels) = (_indexOf(members, '"id"'), _indexOf(members, '"tcbL'));
        (uint256 module, uint256 modules) = (_indexOf(members, '"tdxModule"'), _indexOf(members, '"tdxModuleI'));
        if (modules < module) (members[module], members[modules]) = (members[modules], members[module]);
        if (levels < id) {
            // By the type it is known which versions a level needs.
            _requireUnsupported(members);
            (members[id], members[levels]) = (members[levels], members[id]);
        }
        require(_hashOf(members) == expected, "another meaning");
    }

    function test_MembersThatAreNotKnownMeanNothing() public view {
        string[] memory members = TcbInfoText.members();
        bytes32 expected = _hashOf(members);
        string[5] memory others = [
            '"tcbLevelsOfAnotherKindThatNoReaderKnows":[{"tcb":{}}]',
            '"other":{"id":"SGX","version":4,"tcbLevels":[]}',
            '"Id":"SGX"',
            '"":[]',
            '"id ":"SGX","id ":"QE"'
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            require(_hashOf(_with(members, others[i])) == expected, "another meaning");
        }
    }

    function test_EachMemberIsThereOnce() public view {
        string[] memory members = TcbInfoText.members();
        for (uint256 i = 0; i < members.length; ++i) {
            _requireUnsupported(_with(members, members[i]));
            if (i != TcbInfoText.MODULE && i != TcbInfoText.MODULES)
                _requireUnsupported(TcbInfoText.without(members, i));
        }
    }

    function test_AnotherVersionTypeOrPlatformIsRefused() public view {
        _requireOtherRefused(TcbInfoText.VERSION, '"version":2');
        _requireOtherRefused(TcbInfoText.VERSION, '"version":4');
        _requireOtherRefused(TcbInfoText.TYPE, '"tcbType":1');
        _requireOtherRefused(TcbInfoText.ID, '"id":"QE"');
        _requireOtherRefused(TcbInfoText.ID, '"id":"TDX "');
        _requireOtherRefused(TcbInfoText.ID, '"id":"tdx"');
        _requireOtherRefused(TcbInfoText.ID, '"id":""');
        _requireOtherRefused(TcbInfoText.EVALUATION, '"tcbEvaluationDataNumber":4294967296');
        string[] memory members = TcbInfoText.members();
        members[TcbInfoText.EVALUATION] = '"tcbEvaluationDataNumber":4294967295';
        require(_read(JsonText.objectOf(members)).evaluation == type(uint32).max, "not the largest");
    }

    function test_ADocumentIsForATime() public view {
        _requireOtherRefused(TcbInfoText.NEXT_UPDATE, '"nextUpdate":"2025-06-17T10:36:14Z"');
        _requireOtherRefused(TcbInfoText.NEXT_UPDATE, '"nextUpdate":"2025-06-17T10:36:13Z"');
        string[] memory members = TcbInfoText.members();
        members[TcbInfoText.NEXT_UPDATE] = '"nextUpdate":"2025-06-17T10:36:15Z"';
        _read(JsonText.objectOf(members));
        members[TcbInfoText.NEXT_UPDATE] = '"nextUpdate":"2025-06-31T10:36:15Z"';
        _requireRefused(JsonText.objectOf(members), Dates.TimeMalformed.selector);
    }

    function test_NothingIsInFrontOrBehind() public view {
        bytes memory text = JsonText.objectOf(TcbInfoText.members());
        _requireRefused(bytes.concat(text, "}"), TcbInfo.TcbInfoUnsupported.selector);
        _requireRefused(bytes.concat(text, " "), TcbInfo.TcbInfoUnsupported.selector);
        _requireRefused(bytes.concat(text, text), TcbInfo.TcbInfoUnsupported.selector);
        _requireRefused(bytes.concat(" ", text), Json.JsonMalformed.selector);
        _requireRefused(bytes.concat('{"tcbInfo":', text, "}"), TcbInfo.TcbInfoUnsupported.selector);
    }

    function test_AModuleIsWhole() public view {
        string[5] memory members = [
            '"id":"TDX_01"',
            string.concat('"mrsigner":"', TcbInfoText.SIGNER, '"'),
            '"attributes":"0000000000000000"',
            '"attributesMask":"FFFFFFFFFFFFFFFF"',
            '"tcbLevels":[]'
        ];
        _requireModule(members, type(uint256).max, "", true);
        for (uint256 i = 0; i < members.length; ++i) {
            // Without a name it is that of version 0, which needs no levels.
            _requireModule(members, i, "", i == 0 || i == 4);
            _requireModule(members, type(uint256).max, members[i], false);
        }
        string[6] memory names = ["TDX_1", "TDX_001", "TDX-01", "tdx_01", "SGX_01", ""];
        for (uint256 i = 0; i < names.length; ++i) {
            _requireModule(members, 0, string.concat('"id":"', names[i], '"'), false);
        }
        _requireModule(members, 0, '"id":"TDX_fF"', true);
        _requireOtherRefusedBy(
            TcbInfoText.MODULES,
            '"tdxModuleIdentities":[{"id":"TDX_0g"}]',
            Json.HexMalformed.selector
        );
    }

    function test_AModuleHasLevelsOf16Bits() public view {
        // Of 254 bytes each at most.
        bytes memory level = '{"tcb":{"isvsvn":1},"tcbStatus":"UpToDate","advisoryIDs":[""';
        for (uint256 i = 1; i < 127; ++i) level = bytes.concat(level, ',""');
        level = bytes.concat(level, "]}");
        bytes memory levels = level;
        for (uint256 i = 1; i < 254; ++i) levels = bytes.concat(levels, ",", level);
        string[5] memory members = [
            '"id":"TDX_01"',
            string.concat('"mrsigner":"', TcbInfoText.SIGNER, '"'),
            '"attributes":"0000000000000000"',
            '"attributesMask":"FFFFFFFFFFFFFFFF"',
            string.concat('"tcbLevels":[', string(levels), "]")
        ];
        // 254 · 258 = 65,532.
        _requireModule(members, type(uint256).max, "", true);
        members[4] = string.concat('"tcbLevels":[', string(levels), ',{"tcb":{"isvsvn":1},"tcbStatus":"UpToDate"}]');
        _requireModule(members, type(uint256).max, "", false);
    }

    /// @dev What is missing stands behind the end.
    function test_ADocumentThatIsCutShortIsRefused() public view {
        bytes memory text = JsonText.objectOf(TcbInfoText.members());
        bytes4[] memory errors = _errors();
        for (uint256 length = 0; length < text.length; ++length) {
            requireRefusedBy(address(_reader), abi.encodeCall(TcbInfoReader.read, (text, length)), errors);
        }
    }

    /// @dev Another meaning it may have, but no signature; it never fails for a reason without a name.
    function testFuzz_AnyByteChangedIsReadOrRefusedByName(uint256 seed, bytes1 char) public view {
        bytes memory text = JsonText.objectOf(TcbInfoText.members());
        text[seed % text.length] = char;
        bytes memory call = abi.encodeCall(TcbInfoReader.read, (text, text.length));
        (bool accepted, ) = address(_reader).staticcall(call);
        if (!accepted) requireRefusedBy(address(_reader), call, _errors());
    }

    /// @dev Of one module without its member `left`, and with another in its place or at the end.
    function _requireModule(string[5] memory members, uint256 left, string memory another, bool accepted) private view {
        string[] memory chosen = new string[](0);
        for (uint256 i = 0; i < members.length; ++i) {
            if (i != left) chosen = _with(chosen, members[i]);
        }
        if (bytes(another).length > 0) chosen = _with(chosen, another);
        string memory module = string(JsonText.objectOf(chosen));
        string[] memory all = TcbInfoText.members();
        all[TcbInfoText.MODULES] = string.concat('"tdxModuleIdentities":[', module, "]");
        if (accepted) _read(JsonText.objectOf(all));
        else _requireUnsupported(all);
    }

    function _hashOf(string[] memory members) private view returns (bytes32) {
        return keccak256(abi.encode(_read(JsonText.objectOf(members))));
    }

    function _read(bytes memory text) private view returns (TcbInfo.Info memory) {
        return _reader.read(text, text.length);
    }

    function _requireOtherRefused(uint256 index, string memory member) private view {
        _requireOtherRefusedBy(index, member, TcbInfo.TcbInfoUnsupported.selector);
    }

    function _requireOtherRefusedBy(uint256 index, string memory member, bytes4 expected) private view {
        string[] memory members = TcbInfoText.members();
        members[index] = member;
        _requireRefused(JsonText.objectOf(members), expected);
    }

    function _requireUnsupported(string[] memory members) private view {
        _requireRefused(JsonText.objectOf(members), TcbInfo.TcbInfoUnsupported.selector);
    }

    function _requireRefused(bytes memory text, bytes4 expected) private view {
        bytes memory call = abi.encodeCall(TcbInfoReader.read, (text, text.length));
        require(bytes4(refusalOf(address(_reader), call)) == expected, "refused for another reason");
    }

    function _errors() private pure returns (bytes4[] memory errors) {
        errors = new bytes4[](5);
        (errors[0], errors[1]) = (Json.JsonMalformed.selector, TcbInfo.TcbInfoUnsupported.selector);
        (errors[2], errors[3]) = (TcbLevels.TcbLevelMalformed.selector, Dates.TimeMalformed.selector);
        errors[4] = Json.HexMalformed.selector;
    }

    function _with(string[] memory members, string memory another) private pure returns (string[] memory all) {
        all = new string[](members.length + 1);
        for (uint256 i = 0; i < members.length; ++i) all[i] = members[i];
        all[members.length] = another;
    }

    function _indexOf(string[] memory members, bytes memory start) private pure returns (uint256 index) {
        while (!_startsWith(bytes(members[index]), start)) ++index;
    }

    function _startsWith(bytes memory text, bytes memory start) private pure returns (bool) {
        for (uint256 i = 0; i < start.length; ++i) {
            if (text[i] != start[i]) return false;
        }
        return true;
    }
}
