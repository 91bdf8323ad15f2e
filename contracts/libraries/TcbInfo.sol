// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TdxModule} from "../types/Enclave.sol";
import {TcbStatus, TeeType} from "../types/Tcb.sol";
import {Dates} from "./Dates.sol";
import {Json} from "./Json.sol";
import {TcbLevels} from "./TcbLevels.sol";

/// @title TcbInfo
/// @notice Reads Intel's TCB info of a platform model, version 3, and what it says of a platform and of its TDX module.
/// @dev The signed text is the value of `tcbInfo` in the answer of the provisioning service, byte by byte. `levels` and `modules`
/// are all that a verdict needs.
library TcbInfo {
    using Json for bytes;
    using TcbLevels for bytes;

    /// @param fmspc Family, model, stepping, platform type and custom SKU: the platform model.
    /// @param evaluation `tcbEvaluationDataNumber`: rises with each TCB recovery.
    /// @param levels As `TcbLevels` packs those of a platform.
    /// @param modules For each TDX module: `version (1) ‖ MRSIGNER (48) ‖ attributes (8) ‖ mask (8) ‖ length (2) ‖ levels`.
    struct Info {
        TeeType tee;
        bytes6 fmspc;
        bytes2 pceId;
        uint40 issuedAt;
        uint40 nextUpdate;
        uint32 evaluation;
        bytes levels;
        bytes modules;
    }

    /// @notice Another version or type than is read here, or a member that is absent or comes twice.
    error TcbInfoUnsupported();
    /// @notice No module of this version, signer and attributes is known to the vendor.
    error TdxModuleUnknown(uint8 version);

    uint256 private constant SIGNER_BYTES = 48;
    uint256 private constant MODULE_HEADER = 67;
    /// @dev One bit for each member that is read; `ALL` that have to be there.
    uint256 private constant ID = 1;
    uint256 private constant VERSION = 2;
    uint256 private constant NEXT_UPDATE = 4;
    uint256 private constant FMSPC = 8;
    uint256 private constant PCE_ID = 16;
    uint256 private constant TYPE = 32;
    uint256 private constant EVALUATION = 64;
    uint256 private constant LEVELS = 128;
    uint256 private constant ISSUED = 256;
    uint256 private constant ALL = 511;
    uint256 private constant MODULE = 512;
    uint256 private constant MODULES = 1024;
    /// @dev And of a module, beside `ID` and `LEVELS`.
    uint256 private constant SIGNER = 2;
    uint256 private constant ATTRIBUTES = 4;
    uint256 private constant MASK = 8;
    uint256 private constant ALL_OF_MODULE = SIGNER | ATTRIBUTES | MASK;

    /// @notice Returns what the text says; nobody's signature is verified.
    function read(bytes calldata text) internal pure returns (Info memory info) {
        uint256 found = 0;
        (bool more, bytes32 key, uint256 offset) = text.nextMember(text.begin());
        while (more) {
            uint256 member;
            (member, offset) = _readMember(text, key, offset, info);
            // Each comes once, and levels after the type, by which they are read.
            require(member & found == 0 && (member != LEVELS || found & ID != 0), TcbInfoUnsupported());
            found |= member;
            (more, key, offset) = text.nextMember(offset);
        }
        require(found & ALL == ALL && info.nextUpdate > info.issuedAt && offset == text.length, TcbInfoUnsupported());
    }

    /// @notice Returns the status of a platform, and of the TDX module where there is one, with the advisories of both.
    function statusOf(
        Info memory self,
        bytes16 cpuSvn,
        uint16 pceSvn,
        TdxModule memory module
    ) internal pure returns (TcbStatus status, bytes memory advisories) {
        if (self.tee == TeeType.Sgx) return self.levels.ofPlatform(cpuSvn, pceSvn, bytes16(0));

        uint8 version = uint8(module.teeTcbSvn[1]);
        (bytes memory levels, bool found) = _moduleOf(self.modules, version, module);
        require(found, TdxModuleUnknown(version));
        bytes16 components = module.teeTcbSvn;
        // The versions of a module that has an identity are judged by that, not by the platform's first two components.
        if (version > 0) components |= bytes16(bytes2(0xffff));
        (status, advisories) = self.levels.ofPlatform(cpuSvn, pceSvn, components);
        if (version == 0) return (status, advisories);
        (TcbStatus part, bytes memory others) = levels.ofIsv(uint8(module.teeTcbSvn[0]));
        return (status.joined(part), bytes.concat(advisories, others));
    }

    function _readMember(
        bytes calldata text,
        bytes32 key,
        uint256 offset,
        Info memory info
    ) private pure returns (uint256 member, uint256 behind) {
        if (key == "id") {
            bytes32 id;
            (id, behind) = text.readWord(offset);
            require(id == "SGX" || id == "TDX", TcbInfoUnsupported());
            info.tee = id == "TDX" ? TeeType.Tdx : TeeType.Sgx;
            return (ID, behind);
        }
        if (key == "version") return (VERSION, _readExactly(text, offset, 3));
        if (key == "tcbType") return (TYPE, _readExactly(text, offset, 0));
        if (key == "issueDate" || key == "nextUpdate") {
            bytes calldata date;
            (date, behind) = text.readString(offset);
            if (key == "issueDate") info.issuedAt = Dates.parseIso(date);
            else info.nextUpdate = Dates.parseIso(date);
            return (key == "nextUpdate" ? NEXT_UPDATE : ISSUED, behind);
        }
        if (key == "fmspc" || key == "pceId") {
            bytes memory data;
            (data, behind) = text.readHex(offset, key == "fmspc" ? 6 : 2);
            if (key == "fmspc") info.fmspc = bytes6(data);
            else info.pceId = bytes2(data);
            return (key == "fmspc" ? FMSPC : PCE_ID, behind);
        }
        if (key == "tcbEvaluationDataNumber") {
            uint64 number;
            (number, behind) = text.readUint(offset);
            require(number <= type(uint32).max, TcbInfoUnsupported());
            info.evaluation = uint32(number);
            return (EVALUATION, behind);
        }
        if (key == "tcbLevels") {
            (info.levels, behind) = text.readPlatforms(offset, info.tee == TeeType.Tdx);
            return (LEVELS, behind);
        }
        if (key == "tdxModule") {
            bytes memory module;
            (module, behind) = _readModule(text, offset);
            info.modules = bytes.concat(info.modules, module);
            return (MODULE, behind);
        }
        if (key == "tdxModuleIdentities") return (MODULES, _readModules(text, offset, info));
        return (0, text.skip(offset));
    }

    function _readModules(bytes calldata text, uint256 offset, Info memory info) private pure returns (uint256 behind) {
        bool more;
        (more, behind) = text.nextElement(text.enter(offset, "["));
        while (more) {
            bytes memory module;
            (module, behind) = _readModule(text, behind);
            info.modules = bytes.concat(info.modules, module);
            (more, behind) = text.nextElement(behind);
        }
    }

    /// @dev The one without an id is that of version 0, which has no levels of its own.
    function _readModule(
        bytes calldata text,
        uint256 offset
    ) private pure returns (bytes memory module, uint256 behind) {
        uint8 version = 0;
        bytes memory signer = "";
        bytes memory attributes = "";
        bytes memory mask = "";
        bytes memory levels = "";
        uint256 found = 0;
        bool more;
        bytes32 key;
        (more, key, behind) = text.nextMember(text.enter(offset, "{"));
        while (more) {
            uint256 member = 0;
            if (key == "id") {
                (version, behind) = _readModuleVersion(text, behind);
                member = ID;
            } else if (key == "mrsigner") {
                (signer, behind) = text.readHex(behind, SIGNER_BYTES);
                member = SIGNER;
            } else if (key == "attributes") {
                (attributes, behind) = text.readHex(behind, 8);
                member = ATTRIBUTES;
            } else if (key == "attributesMask") {
                (mask, behind) = text.readHex(behind, 8);
                member = MASK;
            } else if (key == "tcbLevels") {
                (levels, behind) = text.readIsv(behind);
                member = LEVELS;
            } else {
                behind = text.skip(behind);
            }
            require(member & found == 0, TcbInfoUnsupported());
            found |= member;
            (more, key, behind) = text.nextMember(behind);
        }
        bool complete = found & ALL_OF_MODULE == ALL_OF_MODULE && levels.length < 1 << 16;
        require(complete, TcbInfoUnsupported());
        // Its length was told to have 16 bits.
        module = bytes.concat(bytes1(version), signer, attributes, mask, bytes2(uint16(levels.length)), levels);
    }

    /// @dev `TDX_` and two hexadecimal digits.
    function _readModuleVersion(
        bytes calldata text,
        uint256 offset
    ) private pure returns (uint8 version, uint256 behind) {
        bytes calldata id;
        (id, behind) = text.readString(offset);
        require(id.length == 6 && bytes4(id) == "TDX_", TcbInfoUnsupported());
        return (Json.byteOf(id[4], id[5]), behind);
    }

    function _readExactly(bytes calldata text, uint256 offset, uint64 expected) private pure returns (uint256 behind) {
        uint64 value;
        (value, behind) = text.readUint(offset);
        require(value == expected, TcbInfoUnsupported());
    }

    function _moduleOf(
        bytes memory modules,
        uint8 version,
        TdxModule memory module
    ) private pure returns (bytes memory levels, bool found) {
        for (uint256 offset = 0; offset < modules.length && !found;) {
            uint256 length;
            bytes32 signerHash;
            bytes8 attributes;
            bytes8 mask;
            // 67 bytes of a header and as many of levels as it says, all within the array.
            assembly ("memory-safe") {
                let entry := add(add(modules, 0x20), offset)
                signerHash := keccak256(add(entry, 1), 48)
                attributes := and(mload(add(entry, 49)), shl(192, 0xffffffffffffffff))
                mask := and(mload(add(entry, 57)), shl(192, 0xffffffffffffffff))
                length := shr(240, mload(add(entry, 65)))
            }
            if (uint8(modules[offset]) == version) {
                found = signerHash == module.signerHash && module.attributes & mask == attributes;
                levels = new bytes(length);
                for (uint256 i = 0; i < length; ++i) levels[i] = modules[offset + MODULE_HEADER + i];
            }
            offset += MODULE_HEADER + length;
        }
    }
}
