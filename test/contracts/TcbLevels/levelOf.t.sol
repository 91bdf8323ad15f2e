// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TcbLevels} from "../../../contracts/libraries/TcbLevels.sol";
import {TcbStatus} from "../../../contracts/types/Tcb.sol";
import {JsonText} from "../Json/JsonText.sol";
import {requireRefused} from "../refused.sol";
import {LevelText} from "./LevelText.sol";

contract TcbLevelsJudge {
    function ofPlatform(
        bytes memory levels,
        bytes16 sgx,
        uint16 pce,
        bytes16 tdx
    ) external pure returns (TcbStatus status, bytes memory advisories) {
        return TcbLevels.ofPlatform(levels, sgx, pce, tdx);
    }

    function ofIsv(bytes memory levels, uint16 isv) external pure returns (TcbStatus status, bytes memory advisories) {
        return TcbLevels.ofIsv(levels, isv);
    }
}

/// @title LevelOfTest
/// @notice A platform has the first level whose versions are all at most its own, byte by byte.
contract LevelOfTest {
    TcbLevelsJudge private immutable _judge = new TcbLevelsJudge();

    function testFuzz_APlatformHasTheFirstLevelThatItReaches(
        bytes16 sgx,
        bytes16 tdx,
        uint16 pce,
        uint256 seed
    ) public view {
        bytes memory levels;
        uint256 reached = type(uint256).max;
        LevelText.Level[] memory all = new LevelText.Level[](1 + (seed % 4));
        for (uint256 i = 0; i < all.length; ++i) {
            seed = JsonText.next(seed);
            all[i] = LevelText.beside(sgx, tdx, pce, seed);
            levels = bytes.concat(levels, LevelText.packedPlatform(all[i]));
            bool reaches = _reaches(sgx, all[i].sgx) && pce >= all[i].pce && _reaches(tdx, all[i].tdx);
            if (reaches && reached == type(uint256).max) reached = i;
        }
        if (reached == type(uint256).max) {
            bytes memory call = abi.encodeCall(TcbLevelsJudge.ofPlatform, (levels, sgx, pce, tdx));
            requireRefused(address(_judge), call, abi.encodeWithSelector(TcbLevels.TcbLevelMissing.selector));
            return;
        }
        (TcbStatus status, bytes memory advisories) = _judge.ofPlatform(levels, sgx, pce, tdx);
        _requireLevel(all[reached], status, advisories);
    }

    /// @dev Each byte alone, on both sides of where its highest bit is set.
    function test_EachComponentDecides() public view {
        uint8[8] memory values = [0, 1, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff];
        for (uint256 index = 0; index < 32; ++index) {
            for (uint256 i = 0; i < 64; ++i) {
                (uint8 had, uint8 needed) = (values[i / 8], values[i % 8]);
                bytes memory have = _with(index, had);
                bytes memory need = _with(index, needed);
                LevelText.Level memory level;
                (level.sgx, level.tdx, level.status) = (_half(need, 0), _half(need, 16), uint8(TcbStatus.UpToDate));
                LevelText.Level memory last;
                bytes memory levels = bytes.concat(LevelText.packedPlatform(level), LevelText.packedPlatform(last));
                (TcbStatus status, ) = _judge.ofPlatform(levels, _half(have, 0), 0, _half(have, 16));
                require((status == TcbStatus.UpToDate) == (had >= needed), "decided otherwise");
            }
        }
    }

    function testFuzz_AnEnclaveHasTheFirstLevelThatItReaches(
        uint16 isv,
        uint16[4] memory needed,
        uint256 seed
    ) public view {
        bytes memory levels;
        LevelText.Level memory expected;
        bool found = false;
        for (uint256 i = 0; i < 4; ++i) {
            seed = JsonText.next(seed);
            LevelText.Level memory level = LevelText.beside(0, 0, needed[i], seed);
            level.pce = seed % 3 == 0 ? isv : needed[i];
            levels = bytes.concat(levels, LevelText.packedIsv(level));
            if (!found && isv >= level.pce) (expected, found) = (level, true);
        }
        (TcbStatus status, bytes memory advisories) = _judge.ofIsv(levels, isv);
        // One that reaches none is revoked, without advisories.
        _requireLevel(expected, status, advisories);
        (status, advisories) = _judge.ofIsv("", isv);
        require(status == TcbStatus.Revoked && advisories.length == 0, "a level of none");
    }

    function _reaches(bytes16 have, bytes16 need) private pure returns (bool) {
        for (uint256 i = 0; i < 16; ++i) {
            if (uint8(have[i]) < uint8(need[i])) return false;
        }
        return true;
    }

    function _requireLevel(LevelText.Level memory level, TcbStatus status, bytes memory advisories) private pure {
        require(uint8(status) == level.status, "another status");
        bytes memory expected;
        for (uint256 i = 0; i < level.advisories.length; ++i)
            expected = abi.encodePacked(expected, level.advisories[i]);
        require(keccak256(advisories) == keccak256(expected), "other advisories");
    }

    function _with(uint256 index, uint8 value) private pure returns (bytes memory components) {
        components = new bytes(32);
        for (uint256 i = 0; i < 32; ++i) components[i] = 0x80;
        components[index] = bytes1(value);
    }

    function _half(bytes memory components, uint256 from) private pure returns (bytes16) {
        bytes32 word = bytes32(components);
        return bytes16(from == 0 ? word : word << 128);
    }
}
