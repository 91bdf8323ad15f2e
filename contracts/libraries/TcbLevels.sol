// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TcbStatus} from "../types/Tcb.sol";
import {Json} from "./Json.sol";

/// @title TcbLevels
/// @notice Reads the `tcbLevels` of Intel's collateral into bytes that are scanned without reading text again.
/// @dev A level is packed as its security versions, `status (1) ‖ n (1) ‖ n advisories (2 each)`. The versions are
/// `SGX components (16) ‖ PCE (2) ‖ TDX components (16)` of a platform, and `isvsvn (2)` of a quoting enclave or TDX module. Levels
/// keep their order: the first that a platform reaches is its own.
library TcbLevels {
    using Json for bytes;

    /// @notice Not a status that the vendor's documents name, security versions that are not all there, or a member that comes
    /// twice, of which readers of JSON differ in which they take.
    error TcbLevelMalformed(uint256 offset);
    /// @notice The platform reaches no level that the vendor names.
    error TcbLevelMissing();

    /// @dev Stands for an advisory that is not called `INTEL-SA-` and five digits below it.
    uint16 internal constant OTHER_ADVISORY = 0xffff;

    uint256 private constant COMPONENTS = 16;
    uint256 private constant PLATFORM_BYTES = 34;
    uint256 private constant ISV_BYTES = 2;
    bytes9 private constant ADVISORY_PREFIX = "INTEL-SA-";
    /// @dev `{"svn":`
    bytes7 private constant BARE_COMPONENT = 0x7b2273766e223a;
    /// @dev The highest bit of each of 16 bytes.
    uint128 private constant HIGH_BITS = 0x80808080808080808080808080808080;

    struct Versions {
        bytes16 sgx;
        bytes16 tdx;
        uint16 pce;
        uint16 isv;
        uint8 found;
    }

    uint8 private constant SGX = 1;
    uint8 private constant PCE = 2;
    uint8 private constant TDX = 4;
    uint8 private constant ISV = 8;
    uint8 private constant STATUS = 16;
    uint8 private constant ADVISORIES = 32;
    uint8 private constant TCB = 64;

    /// @notice Reads levels of a platform; those of TDX components where `tdx` says so.
    function readPlatforms(
        bytes calldata text,
        uint256 offset,
        bool tdx
    ) internal pure returns (bytes memory packed, uint256 behind) {
        return _read(text, offset, tdx ? SGX | PCE | TDX : SGX | PCE);
    }

    /// @notice Reads levels of a quoting enclave or of a TDX module.
    function readIsv(bytes calldata text, uint256 offset) internal pure returns (bytes memory packed, uint256 behind) {
        return _read(text, offset, ISV);
    }

    /// @notice Returns the level of a platform with these security versions.
    function ofPlatform(
        bytes memory levels,
        bytes16 sgx,
        uint16 pce,
        bytes16 tdx
    ) internal pure returns (TcbStatus status, bytes memory advisories) {
        for (uint256 offset = 0; offset < levels.length; offset = _behind(levels, offset + PLATFORM_BYTES)) {
            uint256 versions = _word(levels, offset);
            // The word has 16 bytes of SGX components, two of the PCE and 14 of TDX components.
            if (!_reaches(sgx, bytes16(bytes32(versions))) || pce < uint16(versions >> 112)) continue;
            if (!_reaches(tdx, bytes16(bytes32(_word(levels, offset + 18))))) continue;
            return _levelAt(levels, offset + PLATFORM_BYTES);
        }
        revert TcbLevelMissing();
    }

    /// @notice Returns the level of a quoting enclave or TDX module of this version; `Revoked` where it reaches none.
    function ofIsv(bytes memory levels, uint16 isv) internal pure returns (TcbStatus status, bytes memory advisories) {
        for (uint256 offset = 0; offset < levels.length; offset = _behind(levels, offset + ISV_BYTES)) {
            if (isv >= uint16(_word(levels, offset) >> 240)) return _levelAt(levels, offset + ISV_BYTES);
        }
    }

    /// @dev Whether each of 16 bytes of `have` is at least that of `need`. With the highest bits apart, `h - n` of the rest
    /// borrows nothing from the next byte, and leaves its highest bit where it is not below; where the highest bits differ they
    /// decide.
    function _reaches(bytes16 have, bytes16 need) private pure returns (bool) {
        (uint128 a, uint128 b) = (uint128(have), uint128(need));
        unchecked {
            // Each byte is at least 0x80 on the left and at most 0x7f on the right.
            uint128 rest = (a | HIGH_BITS) - (b & ~HIGH_BITS);
            return ((a & ~b) | (~(a ^ b) & rest)) & HIGH_BITS == HIGH_BITS;
        }
    }

    function _read(
        bytes calldata text,
        uint256 offset,
        uint8 demanded
    ) private pure returns (bytes memory packed, uint256 behind) {
        packed = "";
        bool more;
        (more, behind) = text.nextElement(text.enter(offset, "["));
        while (more) {
            bytes memory level;
            (level, behind) = _readLevel(text, behind, demanded);
            packed = bytes.concat(packed, level);
            (more, behind) = text.nextElement(behind);
        }
    }

    function _readLevel(
        bytes calldata text,
        uint256 offset,
        uint8 demanded
    ) private pure returns (bytes memory level, uint256 behind) {
        Versions memory versions;
        uint8 status = 0;
        bytes memory advisories = "";
        bool more;
        bytes32 key;
        (more, key, behind) = text.nextMember(text.enter(offset, "{"));
        while (more) {
            if (key == "tcb") {
                _mark(versions, TCB, behind);
                behind = _readVersions(text, behind, versions);
            } else if (key == "tcbStatus") {
                _mark(versions, STATUS, behind);
                (status, behind) = _readStatus(text, behind);
            } else if (key == "advisoryIDs") {
                _mark(versions, ADVISORIES, behind);
                (advisories, behind) = _readAdvisories(text, behind);
            } else {
                behind = text.skip(behind);
            }
            (more, key, behind) = text.nextMember(behind);
        }
        demanded |= STATUS;
        require(versions.found & demanded == demanded, TcbLevelMalformed(offset));
        bytes memory svns =
            demanded & ISV != 0
                ? abi.encodePacked(versions.isv)
                : abi.encodePacked(versions.sgx, versions.pce, versions.tdx);
        // At most 127 advisories, by `_readAdvisories`.
        level = bytes.concat(svns, bytes1(status), bytes1(uint8(advisories.length / 2)), advisories);
    }

    function _readVersions(
        bytes calldata text,
        uint256 offset,
        Versions memory versions
    ) private pure returns (uint256 behind) {
        bool more;
        bytes32 key;
        (more, key, behind) = text.nextMember(text.enter(offset, "{"));
        while (more) {
            if (key == "sgxtcbcomponents") {
                _mark(versions, SGX, behind);
                (versions.sgx, behind) = _readComponents(text, behind);
            } else if (key == "tdxtcbcomponents") {
                _mark(versions, TDX, behind);
                (versions.tdx, behind) = _readComponents(text, behind);
            } else if (key == "pcesvn") {
                _mark(versions, PCE, behind);
                (versions.pce, behind) = _readVersion(text, behind, type(uint16).max);
            } else if (key == "isvsvn") {
                _mark(versions, ISV, behind);
                (versions.isv, behind) = _readVersion(text, behind, type(uint16).max);
            } else {
                behind = text.skip(behind);
            }
            (more, key, behind) = text.nextMember(behind);
        }
    }

    function _mark(Versions memory versions, uint8 member, uint256 offset) private pure {
        require(versions.found & member == 0, TcbLevelMalformed(offset));
        versions.found |= member;
    }

    function _readComponents(
        bytes calldata text,
        uint256 offset
    ) private pure returns (bytes16 components, uint256 behind) {
        bool more;
        uint256 count = 0;
        uint128 packed = 0;
        (more, behind) = text.nextElement(text.enter(offset, "["));
        while (more) {
            uint16 svn;
            (svn, behind) = _readComponent(text, behind);
            packed = (packed << 8) | svn;
            ++count;
            (more, behind) = text.nextElement(behind);
        }
        require(count == COMPONENTS, TcbLevelMalformed(offset));
        components = bytes16(packed);
    }

    /// @dev Most components have no other member, and are read without a walk over members.
    function _readComponent(bytes calldata text, uint256 offset) private pure returns (uint16 svn, uint256 behind) {
        if (text.startsWith(offset, BARE_COMPONENT)) {
            (svn, behind) = _readVersion(text, offset + 7, type(uint8).max);
            if (text.charAt(behind) == "}") return (svn, behind + 1);
        }
        bool more;
        bool found = false;
        bytes32 key;
        (more, key, behind) = text.nextMember(text.enter(offset, "{"));
        while (more) {
            if (key == "svn") {
                require(!found, TcbLevelMalformed(offset));
                (svn, behind) = _readVersion(text, behind, type(uint8).max);
                found = true;
            } else {
                behind = text.skip(behind);
            }
            (more, key, behind) = text.nextMember(behind);
        }
        require(found, TcbLevelMalformed(offset));
    }

    function _readVersion(
        bytes calldata text,
        uint256 offset,
        uint256 most
    ) private pure returns (uint16 version, uint256 behind) {
        uint64 value;
        (value, behind) = text.readUint(offset);
        require(value <= most, TcbLevelMalformed(offset));
        // At most `most`, which has 16 bits.
        version = uint16(value);
    }

    function _readStatus(bytes calldata text, uint256 offset) private pure returns (uint8 status, uint256 behind) {
        bytes calldata name;
        (name, behind) = text.readString(offset);
        bytes32 hash = keccak256(name);
        if (hash == keccak256("UpToDate")) return (uint8(TcbStatus.UpToDate), behind);
        if (hash == keccak256("SWHardeningNeeded")) return (uint8(TcbStatus.SWHardeningNeeded), behind);
        if (hash == keccak256("ConfigurationNeeded")) return (uint8(TcbStatus.ConfigurationNeeded), behind);
        if (hash == keccak256("ConfigurationAndSWHardeningNeeded")) {
            return (uint8(TcbStatus.ConfigurationAndSWHardeningNeeded), behind);
        }
        if (hash == keccak256("OutOfDate")) return (uint8(TcbStatus.OutOfDate), behind);
        if (hash == keccak256("OutOfDateConfigurationNeeded")) {
            return (uint8(TcbStatus.OutOfDateConfigurationNeeded), behind);
        }
        require(hash == keccak256("Revoked"), TcbLevelMalformed(offset));
    }

    function _readAdvisories(
        bytes calldata text,
        uint256 offset
    ) private pure returns (bytes memory advisories, uint256 behind) {
        advisories = "";
        bool more;
        (more, behind) = text.nextElement(text.enter(offset, "["));
        while (more) {
            bytes calldata name;
            (name, behind) = text.readString(behind);
            advisories = bytes.concat(advisories, bytes2(_advisoryOf(name)));
            (more, behind) = text.nextElement(behind);
        }
        require(advisories.length < 256, TcbLevelMalformed(offset));
    }

    function _advisoryOf(bytes calldata name) private pure returns (uint16) {
        if (name.length != 14 || bytes9(name) != ADVISORY_PREFIX) return OTHER_ADVISORY;
        uint256 number = 0;
        for (uint256 i = 9; i < 14; ++i) {
            uint256 digit = uint256(uint8(name[i])) ^ 0x30;
            if (digit > 9) return OTHER_ADVISORY;
            number = number * 10 + digit;
        }
        // What is larger stands for any other.
        return number < OTHER_ADVISORY ? uint16(number) : OTHER_ADVISORY;
    }

    /// @dev Status and advisories behind the security versions.
    function _levelAt(
        bytes memory levels,
        uint256 offset
    ) private pure returns (TcbStatus status, bytes memory advisories) {
        status = TcbStatus(uint8(levels[offset]));
        advisories = new bytes(2 * uint256(uint8(levels[offset + 1])));
        for (uint256 i = 0; i < advisories.length; ++i) advisories[i] = levels[offset + 2 + i];
    }

    function _behind(bytes memory levels, uint256 offset) private pure returns (uint256) {
        return offset + 2 + 2 * uint256(uint8(levels[offset + 1]));
    }

    /// @dev Levels are packed here, so all that is read lies within them; a word may reach past the last.
    function _word(bytes memory levels, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(levels, 0x20), offset))
        }
    }
}
