// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TcbStatus, TeeType} from "../types/Tcb.sol";
import {Dates} from "./Dates.sol";
import {EnclaveReport} from "./EnclaveReport.sol";
import {Json} from "./Json.sol";
import {TcbLevels} from "./TcbLevels.sol";

/// @title QeIdentity
/// @notice Reads Intel's identity of a quoting enclave, version 2, and compares reports with it.
library QeIdentity {
    using EnclaveReport for bytes;
    using Json for bytes;
    using TcbLevels for bytes;

    /// @param tee Whose quotes it signs: `QE` those of SGX, `TD_QE` those of TDX.
    /// @param levels As `TcbLevels` packs those of a quoting enclave.
    struct Identity {
        TeeType tee;
        uint40 issuedAt;
        uint40 nextUpdate;
        uint32 evaluation;
        bytes4 miscSelect;
        bytes4 miscSelectMask;
        bytes16 attributes;
        bytes16 attributesMask;
        bytes32 mrSigner;
        uint16 productId;
        bytes levels;
    }

    /// @notice Another version or enclave than is read here, or a member that is absent.
    error QeIdentityUnsupported();
    /// @notice The report is not that of the quoting enclave.
    error QeMismatch();

    uint256 private constant MEMBERS = 0xfff;

    /// @notice Returns what the text says; nobody's signature is verified.
    function read(bytes calldata text) internal pure returns (Identity memory identity) {
        uint256 found = 0;
        (bool more, bytes32 key, uint256 offset) = text.nextMember(text.begin());
        while (more) {
            uint256 member;
            (member, offset) = _readMember(text, key, offset, identity);
            require(member & found == 0, QeIdentityUnsupported());
            found |= member;
            (more, key, offset) = text.nextMember(offset);
        }
        bool complete = found == MEMBERS && identity.nextUpdate > identity.issuedAt && offset == text.length;
        require(complete, QeIdentityUnsupported());
    }

    /// @notice Returns the status of the quoting enclave that made the report, and its advisories.
    function statusOf(
        Identity memory self,
        uint16 isvSvn
    ) internal pure returns (TcbStatus status, bytes memory advisories) {
        return self.levels.ofIsv(isvSvn);
    }

    /// @notice Demands that the report is that of the enclave.
    function requireMatch(Identity memory self, bytes calldata report) internal pure {
        bool matches =
            report.miscSelect() & self.miscSelectMask == self.miscSelect &&
                report.attributes() & self.attributesMask == self.attributes &&
                report.mrSigner() == self.mrSigner &&
                report.productId() == self.productId;
        require(matches && !report.isDebug(), QeMismatch());
    }

    function _readMember(
        bytes calldata text,
        bytes32 key,
        uint256 offset,
        Identity memory identity
    ) private pure returns (uint256 member, uint256 behind) {
        if (key == "id") {
            bytes32 id;
            (id, behind) = text.readWord(offset);
            require(id == "QE" || id == "TD_QE", QeIdentityUnsupported());
            identity.tee = id == "TD_QE" ? TeeType.Tdx : TeeType.Sgx;
            return (1, behind);
        }
        if (key == "version") {
            uint256 version;
            (version, behind) = _readUint(text, offset, 2);
            require(version == 2, QeIdentityUnsupported());
            return (2, behind);
        }
        if (key == "issueDate" || key == "nextUpdate") {
            bytes calldata date;
            (date, behind) = text.readString(offset);
            if (key == "issueDate") identity.issuedAt = Dates.parseIso(date);
            else identity.nextUpdate = Dates.parseIso(date);
            return (key == "nextUpdate" ? 4 : 8, behind);
        }
        // Casts take what `_readUint` bounds, and bytes that `readHex` counts.
        if (key == "tcbEvaluationDataNumber") {
            uint256 number;
            (number, behind) = _readUint(text, offset, type(uint32).max);
            identity.evaluation = uint32(number);
            return (16, behind);
        }
        if (key == "isvprodid") {
            uint256 number;
            (number, behind) = _readUint(text, offset, type(uint16).max);
            identity.productId = uint16(number);
            return (32, behind);
        }
        if (key == "tcbLevels") {
            (identity.levels, behind) = text.readIsv(offset);
            return (64, behind);
        }
        return _readPattern(text, key, offset, identity);
    }

    function _readPattern(
        bytes calldata text,
        bytes32 key,
        uint256 offset,
        Identity memory identity
    ) private pure returns (uint256 member, uint256 behind) {
        bytes memory data;
        if (key == "miscselect" || key == "miscselectMask") {
            (data, behind) = text.readHex(offset, 4);
            if (key == "miscselect") identity.miscSelect = bytes4(data);
            else identity.miscSelectMask = bytes4(data);
            return (key == "miscselect" ? 128 : 2048, behind);
        }
        if (key == "attributes" || key == "attributesMask") {
            (data, behind) = text.readHex(offset, 16);
            if (key == "attributes") identity.attributes = bytes16(data);
            else identity.attributesMask = bytes16(data);
            return (key == "attributes" ? 256 : 512, behind);
        }
        if (key == "mrsigner") {
            (data, behind) = text.readHex(offset, 32);
            identity.mrSigner = bytes32(data);
            return (1024, behind);
        }
        return (0, text.skip(offset));
    }

    function _readUint(bytes calldata text, uint256 offset, uint256 most) private pure returns (uint256, uint256) {
        (uint64 value, uint256 behind) = text.readUint(offset);
        require(value <= most, QeIdentityUnsupported());
        return (value, behind);
    }
}
