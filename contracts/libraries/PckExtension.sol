// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Der} from "./Der.sol";

/// @title PckExtension
/// @notice Reads what Intel certifies of a platform in the SGX extension of its PCK certificate (1.2.840.113741.1.13.1).
/// @dev Intel, "SGX PCK Certificate and CRL Profile", 1.3.5.
library PckExtension {
    using Der for bytes;

    /// @param cpuSvn Security versions of 16 components, in the order of TCB info.
    struct Platform {
        bytes16 cpuSvn;
        uint16 pceSvn;
        bytes2 pceId;
        bytes6 fmspc;
    }

    /// @notice An entry is absent, comes twice, or is not of its form.
    error PckExtensionMalformed();

    bytes internal constant OID = hex"2a864886f84d010d01";

    uint8 private constant TCB = 2;
    uint8 private constant PCE_ID = 3;
    uint8 private constant FMSPC = 4;
    uint256 private constant COMPONENTS = 16;
    uint256 private constant PCE_SVN = 17;
    uint256 private constant CPU_SVN = 18;
    uint256 private constant ALL = (1 << TCB) | (1 << PCE_ID) | (1 << FMSPC);

    /// @notice Returns what the extension says.
    function read(bytes calldata extension) internal pure returns (Platform memory platform) {
        bytes calldata entries = extension.only(Der.SEQUENCE);
        uint256 found = 0;
        while (entries.length > 0) {
            uint8 arc;
            bytes calldata value;
            (arc, value, entries) = _takeEntry(entries, OID);
            if (arc != TCB && arc != PCE_ID && arc != FMSPC) continue;
            require(found & (1 << arc) == 0, PckExtensionMalformed());
            found |= 1 << arc;
            if (arc == TCB) {
                _readTcb(value.only(Der.SEQUENCE), platform);
                continue;
            }
            bytes calldata octets = value.only(Der.OCTET_STRING);
            require(octets.length == (arc == FMSPC ? 6 : 2), PckExtensionMalformed());
            if (arc == FMSPC) platform.fmspc = bytes6(octets);
            else platform.pceId = bytes2(octets);
        }
        require(found == ALL, PckExtensionMalformed());
    }

    function _readTcb(bytes calldata entries, Platform memory platform) private pure {
        uint128 cpuSvn = 0;
        // Entries are numbered, and stand in that order.
        for (uint256 i = 1; i <= CPU_SVN; ++i) {
            uint8 arc;
            bytes calldata value;
            (arc, value, entries) = _takeEntry(entries, bytes.concat(OID, bytes1(TCB)));
            require(arc == i, PckExtensionMalformed());
            // `CPUSVN` is what the components were made from, and no verdict reads it.
            if (i == CPU_SVN) break;
            uint256 svn = value.only(Der.INTEGER).toUint(i == PCE_SVN ? 16 : 8);
            // Of 8 and of 16 bits.
            if (i <= COMPONENTS) cpuSvn = (cpuSvn << 8) | uint128(svn);
            else platform.pceSvn = uint16(svn);
        }
        require(entries.length == 0, PckExtensionMalformed());
        platform.cpuSvn = bytes16(cpuSvn);
    }

    /// @dev An identifier of one more arc than `prefix`, and the value behind it.
    function _takeEntry(
        bytes calldata from,
        bytes memory prefix
    ) private pure returns (uint8 arc, bytes calldata value, bytes calldata rest) {
        (value, rest) = from.take(Der.SEQUENCE);
        bytes calldata oid;
        (oid, value) = value.take(Der.OBJECT_IDENTIFIER);
        uint256 last = prefix.length;
        bool extended = oid.length == last + 1 && keccak256(oid[:last]) == keccak256(prefix);
        require(extended && uint8(oid[last]) < 0x80, PckExtensionMalformed());
        arc = uint8(oid[last]);
    }
}
