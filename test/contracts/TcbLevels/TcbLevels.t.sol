// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Json} from "../../../contracts/libraries/Json.sol";
import {TcbLevels} from "../../../contracts/libraries/TcbLevels.sol";
import {TcbStatus} from "../../../contracts/types/Tcb.sol";
import {JsonText} from "../Json/JsonText.sol";
import {requireRefusedBy} from "../refused.sol";
import {LevelText} from "./LevelText.sol";

/// @dev `whole` goes on behind `length`, as calldata does behind what is read.
contract TcbLevelsReader {
    function readPlatforms(
        bytes calldata whole,
        uint256 length,
        bool tdx
    ) external pure returns (bytes memory packed, uint256 behind) {
        return TcbLevels.readPlatforms(whole[:length], 0, tdx);
    }

    function readIsv(bytes calldata whole, uint256 length) external pure returns (bytes memory packed, uint256 behind) {
        return TcbLevels.readIsv(whole[:length], 0);
    }
}

/// @title TcbLevelsTest
/// @notice Levels are read as they were written, in every form of a component, and refused in any other.
contract TcbLevelsTest {
    using LevelText for LevelText.Level;

    TcbLevelsReader private immutable _reader = new TcbLevelsReader();

    function testFuzz_LevelsOfAPlatformAreReadBack(
        bytes16 sgx,
        bytes16 tdx,
        uint16 pce,
        uint256 seed,
        bool td
    ) public view {
        bytes memory text = "[";
        bytes memory expected;
        uint256 count = seed % 4;
        for (uint256 i = 0; i < count; ++i) {
            seed = JsonText.next(seed);
            LevelText.Level memory level = LevelText.beside(sgx, tdx, pce, seed);
            text = bytes.concat(text, i == 0 ? bytes("") : bytes(","), level.platformOf(td, seed));
            if (!td) level.tdx = 0;
            expected = bytes.concat(expected, LevelText.packedPlatform(level));
        }
        text = bytes.concat(text, "]");
        (bytes memory found, uint256 behind) = _reader.readPlatforms(text, text.length, td);
        require(keccak256(found) == keccak256(expected) && behind == text.length, "other levels");
    }

    function testFuzz_LevelsOfAnEnclaveAreReadBack(uint16 isv, uint256 seed) public view {
        LevelText.Level memory first = LevelText.beside(0, 0, isv, seed);
        LevelText.Level memory second = LevelText.beside(0, 0, isv, JsonText.next(seed));
        bytes memory text = bytes.concat("[", first.isvOf(), ",", second.isvOf(), "]");
        (bytes memory found, uint256 behind) = _reader.readIsv(text, text.length);
        bytes memory expected = bytes.concat(LevelText.packedIsv(first), LevelText.packedIsv(second));
        require(keccak256(found) == keccak256(expected) && behind == text.length, "other levels");
    }

    /// @dev What is read without a walk over members, and what is read by one.
    function test_AComponentMeansTheSameInEveryForm() public view {
        for (uint256 svn = 0; svn < 256; svn += 17) {
            for (uint256 form = 0; form < 4; ++form) {
                bytes memory text = _levelsWith(string(LevelText.componentOf(svn, form)));
                (bytes memory found, ) = _reader.readPlatforms(text, text.length, false);
                require(uint8(found[15]) == svn, "another version");
            }
        }
    }

    function test_AComponentThatIsNoneIsRefused() public view {
        string[3] memory large = ['{"svn":256}', '{"svn":256,"category":"x"}', '{"category":"x","svn":256}'];
        for (uint256 i = 0; i < large.length; ++i) _requireMalformed(_levelsWith(large[i]));
        string[4] memory without = ["{}", '{"sv":5}', '{"svn.":5}', '{"category":{"svn":5}}'];
        for (uint256 i = 0; i < without.length; ++i) _requireMalformed(_levelsWith(without[i]));
        string[3] memory doubled = [
            '{"svn":5,"svn":5}',
            '{"svn":5,"type":"x","svn":6}',
            '{"type":"x","svn":5,"svn":6}'
        ];
        for (uint256 i = 0; i < doubled.length; ++i) _requireMalformed(_levelsWith(doubled[i]));
        string[12] memory texts = [
            '{"svn":05}',
            '{"svn":}',
            '{"svn":-1}',
            '{"svn":1.0}',
            '{"svn":1e1}',
            '{"svn":"5"}',
            '{"svn":5,}',
            '{"svn":5]',
            '{"svn" :5}',
            '{"category":"x","svn":05}',
            "5",
            ""
        ];
        for (uint256 i = 0; i < texts.length; ++i) _requireNotJson(_levelsWith(texts[i]));
    }

    function test_ThereAreSixteenComponents() public view {
        bytes memory components = LevelText.componentsOf(bytes16(uint128(7)), 0);
        bytes memory fewer = bytes.concat("[", _slice(components, 11));
        bytes memory more = bytes.concat("[", '{"svn":0},', _slice(components, 1));
        bytes[3] memory others = [bytes("[]"), fewer, more];
        for (uint256 i = 0; i < others.length; ++i) {
            _requireMalformed(_levelOf(bytes.concat('"sgxtcbcomponents":', others[i], ',"pcesvn":1')));
        }
        bytes memory text = _levelOf(bytes.concat('"sgxtcbcomponents":', components, ',"pcesvn":1'));
        (bytes memory found, ) = _reader.readPlatforms(text, text.length, false);
        require(uint8(found[15]) == 7, "the level itself is refused");
    }

    function test_ALevelIsWhole() public view {
        bytes memory zeros = LevelText.componentsOf(0, 0);
        bytes memory sgx = bytes.concat('"sgxtcbcomponents":', zeros);
        bytes memory tdx = bytes.concat('"tdxtcbcomponents":', zeros);
        _requireMalformed(_levelOf(sgx));
        _requireMalformed(_levelOf('"pcesvn":1'));
        _requireMalformed(_levelOf(bytes.concat(sgx, ',"pcesvn":65536')));
        bytes memory text = _levelOf(bytes.concat(sgx, ',"pcesvn":65535'));
        _reader.readPlatforms(text, text.length, false);
        _requireRefused(abi.encodeCall(TcbLevelsReader.readPlatforms, (text, text.length, true)));
        _requireRefused(abi.encodeCall(TcbLevelsReader.readIsv, (text, text.length)));
        text = _levelOf(bytes.concat(sgx, ',"pcesvn":65535,', tdx));
        _reader.readPlatforms(text, text.length, true);
        _requireMalformed(bytes.concat('[{"tcb":{', sgx, ',"pcesvn":1}}]'));
        _requireMalformed('[{"tcbStatus":"UpToDate"}]');
        text = '[{"tcb":{"isvsvn":65536},"tcbStatus":"UpToDate"}]';
        _requireRefused(abi.encodeCall(TcbLevelsReader.readIsv, (text, text.length)));
    }

    /// @dev Readers of JSON differ in which of two they take.
    function test_AMemberThatComesTwiceIsRefused() public view {
        bytes memory sgx = bytes.concat('"sgxtcbcomponents":', LevelText.componentsOf(0, 0));
        bytes memory tdx = bytes.concat('"tdxtcbcomponents":', LevelText.componentsOf(0, 0));
        bytes memory tcb = bytes.concat(sgx, ',"pcesvn":1,', tdx, ',"isvsvn":1');
        bytes[4] memory doubled = [sgx, tdx, bytes('"pcesvn":1'), '"isvsvn":1'];
        for (uint256 i = 0; i < doubled.length; ++i) _requireMalformed(_levelOf(bytes.concat(tcb, ",", doubled[i])));

        bytes memory level = bytes.concat('{"tcb":{', tcb, '},"tcbStatus":"UpToDate","advisoryIDs":[]');
        bytes memory text = bytes.concat("[", level, "}]");
        _reader.readPlatforms(text, text.length, true);
        bytes[4] memory others = [
            bytes('"tcb":{}'),
            '"tcbStatus":"Revoked"',
            '"advisoryIDs":[]',
            bytes.concat('"tcb":{', tcb, "}")
        ];
        for (uint256 i = 0; i < others.length; ++i) _requireMalformed(bytes.concat("[", level, ",", others[i], "}]"));
        // Members that nobody reads mean nothing.
        text = bytes.concat("[", level, ',"tcbDate":"a","tcbDate":"b"}]');
        _reader.readPlatforms(text, text.length, true);
    }

    function test_StatusesHaveTheirNames() public view {
        for (uint8 i = 0; i <= uint8(type(TcbStatus).max); ++i) {
            (bytes memory found, ) = _readStatus(LevelText.nameOf(i));
            require(uint8(found[2]) == i, "another status");
        }
        string[5] memory others = ["", "Uptodate", "UpToDate ", "UpToDat", "SWHardeningNeede"];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory text = bytes.concat('[{"tcb":{"isvsvn":1},"tcbStatus":"', bytes(others[i]), '"}]');
            _requireRefused(abi.encodeCall(TcbLevelsReader.readIsv, (text, text.length)));
        }
    }

    function test_AdvisoriesAreNumbersOrOthers() public view {
        require(_advisoryOf("INTEL-SA-00000") == 0 && _advisoryOf("INTEL-SA-00615") == 615, "another number");
        require(_advisoryOf("INTEL-SA-65534") == 65_534, "the largest that is told apart");
        string[10] memory others = [
            "INTEL-SA-65535",
            "INTEL-SA-65536",
            "INTEL-SA-99999",
            "INTEL-SA-0061",
            "INTEL-SA-006155",
            "INTEL-SA-0061x",
            "INTEL-SA-/0615",
            "INTEL-SB-00615",
            "CVE-2024-00615",
            ""
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            require(_advisoryOf(others[i]) == TcbLevels.OTHER_ADVISORY, "a number of another");
        }
    }

    function test_ALevelHasAtMost127Advisories() public view {
        bytes memory text = _levelWithAdvisories(127);
        (bytes memory found, ) = _reader.readIsv(text, text.length);
        require(found.length == 4 + 2 * 127 && uint8(found[3]) == 127, "other advisories");
        text = _levelWithAdvisories(128);
        _requireRefused(abi.encodeCall(TcbLevelsReader.readIsv, (text, text.length)));
    }

    /// @dev What is missing stands behind the end.
    function test_LevelsThatAreCutShortAreRefused() public view {
        LevelText.Level memory level = LevelText.beside(bytes16(uint128(1) << 120), bytes16(uint128(1)), 300, 3);
        bytes memory text = bytes.concat("[", level.platformOf(true, 0x1b1b1b1b1b1b1b1b), "]");
        bytes4[] memory errors = _errors();
        for (uint256 length = 0; length < text.length; ++length) {
            bytes memory call = abi.encodeCall(TcbLevelsReader.readPlatforms, (text, length, true));
            requireRefusedBy(address(_reader), call, errors);
        }
    }

    /// @dev A level whose last SGX component is `component`.
    function _levelsWith(string memory component) private pure returns (bytes memory) {
        bytes memory components = "[";
        for (uint256 i = 0; i < 15; ++i) components = bytes.concat(components, '{"svn":0},');
        components = bytes.concat(components, bytes(component), "]");
        return _levelOf(bytes.concat('"sgxtcbcomponents":', components, ',"pcesvn":1'));
    }

    function _levelOf(bytes memory tcb) private pure returns (bytes memory) {
        LevelText.Level memory level;
        return bytes.concat("[", LevelText.levelOf(tcb, level), "]");
    }

    function _levelWithAdvisories(uint256 count) private pure returns (bytes memory) {
        LevelText.Level memory level;
        level.advisories = new uint16[](count);
        return bytes.concat("[", level.isvOf(), "]");
    }

    function _readStatus(string memory name) private view returns (bytes memory packed, uint256 behind) {
        bytes memory text = bytes.concat('[{"tcb":{"isvsvn":1},"tcbStatus":"', bytes(name), '"}]');
        return _reader.readIsv(text, text.length);
    }

    function _advisoryOf(string memory name) private view returns (uint256) {
        bytes memory text = bytes.concat(
            '[{"tcb":{"isvsvn":1},"tcbStatus":"UpToDate","advisoryIDs":["',
            bytes(name),
            '"]}]'
        );
        (bytes memory found, ) = _reader.readIsv(text, text.length);
        require(found.length == 6 && found[3] == 0x01, "not one advisory");
        return (uint256(uint8(found[4])) << 8) | uint8(found[5]);
    }

    function _slice(bytes memory text, uint256 from) private pure returns (bytes memory part) {
        part = new bytes(text.length - from);
        for (uint256 i = 0; i < part.length; ++i) part[i] = text[from + i];
    }

    function _requireMalformed(bytes memory text) private view {
        bytes memory call = abi.encodeCall(TcbLevelsReader.readPlatforms, (text, text.length, false));
        _requireRefused(call);
    }

    function _requireRefused(bytes memory call) private view {
        bytes4[] memory errors = new bytes4[](1);
        errors[0] = TcbLevels.TcbLevelMalformed.selector;
        requireRefusedBy(address(_reader), call, errors);
    }

    function _requireNotJson(bytes memory text) private view {
        bytes4[] memory errors = new bytes4[](1);
        errors[0] = Json.JsonMalformed.selector;
        bytes memory call = abi.encodeCall(TcbLevelsReader.readPlatforms, (text, text.length, false));
        requireRefusedBy(address(_reader), call, errors);
    }

    function _errors() private pure returns (bytes4[] memory errors) {
        errors = new bytes4[](2);
        (errors[0], errors[1]) = (Json.JsonMalformed.selector, TcbLevels.TcbLevelMalformed.selector);
    }
}
