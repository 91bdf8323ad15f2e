// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title EnclaveReport
/// @notice Reads an SGX report body: 384 bytes (Intel SDM vol. 3D, REPORT).
/// @dev Numbers are little-endian. The length is demanded where a report is taken from its caller.
library EnclaveReport {
    uint256 internal constant LENGTH = 384;

    /// @dev DEBUG of the first byte of the attributes.
    uint8 private constant DEBUG = 2;

    function miscSelect(bytes calldata report) internal pure returns (bytes4) {
        return bytes4(report[16:20]);
    }

    /// @notice Returns flags (8) and XFRM (8).
    function attributes(bytes calldata report) internal pure returns (bytes16) {
        return bytes16(report[48:64]);
    }

    function isDebug(bytes calldata report) internal pure returns (bool) {
        return uint8(report[48]) & DEBUG != 0;
    }

    function mrEnclave(bytes calldata report) internal pure returns (bytes32) {
        return bytes32(report[64:96]);
    }

    function mrSigner(bytes calldata report) internal pure returns (bytes32) {
        return bytes32(report[128:160]);
    }

    function productId(bytes calldata report) internal pure returns (uint16) {
        return uint16(uint8(report[256])) | (uint16(uint8(report[257])) << 8);
    }

    function isvSvn(bytes calldata report) internal pure returns (uint16) {
        return uint16(uint8(report[258])) | (uint16(uint8(report[259])) << 8);
    }

    /// @notice Returns the 64 bytes that the enclave chose.
    function reportData(bytes calldata report) internal pure returns (bytes calldata) {
        return report[320:384];
    }
}
