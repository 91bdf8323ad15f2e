// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JsonText} from "../Json/JsonText.sol";

/// @title LevelText
/// @notice Writes levels of TCB info as the vendor does, and as `TcbLevels` packs them.
library LevelText {
    /// @dev Of a platform.
    struct Level {
        bytes16 sgx;
        bytes16 tdx;
        uint16 pce;
        uint8 status;
        uint16[] advisories;
    }

    /// @dev Components are written in one of four forms each, as `seed` has it.
    function platformOf(Level memory level, bool tdx, uint256 seed) internal pure returns (bytes memory) {
        bytes memory tcb = bytes.concat('"sgxtcbcomponents":', componentsOf(level.sgx, seed));
        tcb = bytes.concat(tcb, ',"pcesvn":', JsonText.numberOf(level.pce));
        if (tdx) tcb = bytes.concat(tcb, ',"tdxtcbcomponents":', componentsOf(level.tdx, seed >> 32));
        return levelOf(tcb, level);
    }

    /// @dev Of a quoting enclave or a TDX module, whose version is `level.pce`.
    function isvOf(Level memory level) internal pure returns (bytes memory) {
        return levelOf(bytes.concat('"isvsvn":', JsonText.numberOf(level.pce)), level);
    }

    function levelOf(bytes memory tcb, Level memory level) internal pure returns (bytes memory) {
        bytes memory text = bytes.concat('{"tcb":{', tcb, '},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"');
        text = bytes.concat(text, bytes(nameOf(level.status)), '"');
        if (level.advisories.length > 0) text = bytes.concat(text, ',"advisoryIDs":', advisoriesOf(level.advisories));
        return bytes.concat(text, "}");
    }

    function componentsOf(bytes16 svns, uint256 seed) internal pure returns (bytes memory text) {
        text = "[";
        for (uint256 i = 0; i < 16; ++i) {
            bytes memory component = componentOf(uint8(svns[i]), (seed >> (2 * i)) % 4);
            text = bytes.concat(text, i == 0 ? bytes("") : bytes(","), component);
        }
        text = bytes.concat(text, "]");
    }

    function componentOf(uint256 svn, uint256 form) internal pure returns (bytes memory) {
        bytes memory member = bytes.concat('"svn":', JsonText.numberOf(svn));
        if (form == 0) return bytes.concat("{", member, "}");
        if (form == 1) return bytes.concat("{", member, ',"category":"OS/VMM"}');
        if (form == 2) return bytes.concat('{"category":"BIOS",', member, "}");
        return bytes.concat('{"category":{"svn":9},', member, ',"type":"SEAMLDR ACM"}');
    }

    function advisoriesOf(uint16[] memory advisories) internal pure returns (bytes memory text) {
        text = "[";
        for (uint256 i = 0; i < advisories.length; ++i) {
            text = bytes.concat(text, i == 0 ? bytes('"INTEL-SA-') : bytes(',"INTEL-SA-'));
            text = bytes.concat(text, _fiveDigits(advisories[i]), '"');
        }
        text = bytes.concat(text, "]");
    }

    /// @dev As `TcbStatus` orders them.
    function nameOf(uint256 status) internal pure returns (string memory) {
        return
            [
                "Revoked",
                "OutOfDateConfigurationNeeded",
                "OutOfDate",
                "ConfigurationAndSWHardeningNeeded",
                "ConfigurationNeeded",
                "SWHardeningNeeded",
                "UpToDate"
            ][status];
    }

    /// @dev As kept: versions, then status and advisories.
    function packed(bytes memory versions, Level memory level) internal pure returns (bytes memory data) {
        data = abi.encodePacked(versions, level.status, uint8(level.advisories.length));
        for (uint256 i = 0; i < level.advisories.length; ++i) data = abi.encodePacked(data, level.advisories[i]);
    }

    function packedPlatform(Level memory level) internal pure returns (bytes memory) {
        return packed(abi.encodePacked(level.sgx, level.pce, level.tdx), level);
    }

    function packedIsv(Level memory level) internal pure returns (bytes memory) {
        return packed(abi.encodePacked(level.pce), level);
    }

    /// @dev A level beside what a platform has: reached, missed by one version, or of any versions.
    function beside(bytes16 sgx, bytes16 tdx, uint16 pce, uint256 seed) internal pure returns (Level memory level) {
        level.status = uint8(seed % 7);
        level.advisories = new uint16[]((seed >> 8) % 4);
        for (uint256 i = 0; i < level.advisories.length; ++i) level.advisories[i] = uint16(seed >> (16 * i)) % 0xffff;
        seed = JsonText.next(seed);
        if (seed % 8 == 0) {
            (level.sgx, level.tdx, level.pce) = (
                bytes16(uint128(seed >> 8)),
                bytes16(uint128(seed >> 16)),
                uint16(seed >> 4)
            );
            return level;
        }
        // No byte is larger for bits that it lacks.
        (level.sgx, level.tdx, level.pce) = (
            sgx & bytes16(uint128(seed >> 8)),
            tdx & bytes16(uint128(seed >> 100)),
            pce
        );
        uint256 above = seed % 8;
        uint256 index = (seed >> 3) % 16;
        if (above == 1) level.sgx = _oneAbove(sgx, level.sgx, index);
        if (above == 2) level.tdx = _oneAbove(tdx, level.tdx, index);
        if (above == 3 && pce < type(uint16).max) level.pce = pce + 1;
    }

    function _oneAbove(bytes16 have, bytes16 need, uint256 index) private pure returns (bytes16) {
        uint256 svn = uint8(have[index]);
        uint128 other = uint128(need) & ~(uint128(0xff) << uint128(120 - 8 * index));
        return bytes16(other | (uint128(svn < 255 ? svn + 1 : svn) << uint128(120 - 8 * index)));
    }

    function _fiveDigits(uint256 number) private pure returns (bytes memory digits) {
        digits = new bytes(5);
        for (uint256 i = 5; i > 0; number /= 10) digits[--i] = bytes1(uint8(0x30 + (number % 10)));
    }
}
