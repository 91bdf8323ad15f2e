// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title EnclaveEvidence
/// @notice Evidence of an enclave: `signature (65) ‖ key (20) ‖ measurement (32)`, and behind them the path to an anchored root,
/// in whole words, where the key itself counts no more.
/// @dev The key is what the signature recovers to: it is there so that the row of an enclave is found without a recovery.
library EnclaveEvidence {
    uint256 private constant SIGNATURE = 65;
    uint256 private constant KEY = 85;
    uint256 private constant HEAD = 117;

    function isWhole(bytes calldata data) internal pure returns (bool) {
        return data.length >= HEAD && (data.length - HEAD) % 32 == 0;
    }

    function signature(bytes calldata data) internal pure returns (bytes calldata) {
        return data[:SIGNATURE];
    }

    function key(bytes calldata data) internal pure returns (address) {
        return address(bytes20(data[SIGNATURE:KEY]));
    }

    function measurement(bytes calldata data) internal pure returns (bytes32) {
        return bytes32(data[KEY:HEAD]);
    }

    function path(bytes calldata data) internal pure returns (bytes calldata) {
        return data[HEAD:];
    }

    /// @notice Returns the id of an operator's key under a measurement.
    function idOf(address operator, address enclaveKey, bytes32 measured) internal pure returns (bytes32) {
        return keccak256(abi.encode(operator, enclaveKey, measured));
    }
}
