// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofSystem, TensorEncoding, WeightsMode} from "../types/Circuit.sol";

/// @title CircuitCode
/// @notice Reads the members of a registered circuit where they lie in `abi.encode(circuit)`.
/// @dev Decoding them into nested structs on both sides of a call would cost 14,000 gas a proof. What is read here was
/// validated and encoded by `CircuitRegistry` itself: static members have fixed places, the key comes first of the two
/// dynamic parts, and there are four IC points. `TensorEncoding` and fixed arrays lie in memory as they are encoded.
/// Behind a commit-and-prove circuit lies `abi.encode(sigma, weights circuit)`.
library CircuitCode {
    /// @notice Where the encoding of a circuit ends, and what a commit-and-prove circuit has beside begins.
    uint256 internal constant LENGTH = 0x4e0;

    uint256 private constant SYSTEM = 0x40;
    uint256 private constant WEIGHTS = 0x60;
    uint256 private constant INPUT = 0xa0;
    uint256 private constant OUTPUT = 0x120;
    /// @dev Of two encodings, four words each.
    uint256 private constant ENCODINGS_LENGTH = 0x100;
    uint256 private constant ALPHA = 0x200;
    uint256 private constant BETA = 0x240;
    uint256 private constant GAMMA = 0x2c0;
    uint256 private constant DELTA = 0x340;
    uint256 private constant IC = 0x400;
    uint256 private constant SIGMA = 0x500;

    function system(bytes memory code) internal pure returns (ProofSystem proofSystem) {
        assembly ("memory-safe") {
            proofSystem := mload(add(code, SYSTEM))
        }
    }

    function weights(bytes memory code) internal pure returns (WeightsMode mode) {
        assembly ("memory-safe") {
            mode := mload(add(code, WEIGHTS))
        }
    }

    function input(bytes memory code) internal pure returns (TensorEncoding memory encoding) {
        assembly ("memory-safe") {
            encoding := add(code, INPUT)
        }
    }

    function output(bytes memory code) internal pure returns (TensorEncoding memory encoding) {
        assembly ("memory-safe") {
            encoding := add(code, OUTPUT)
        }
    }

    /// @notice Returns a hash of how input and output are encoded.
    function encodingsHash(bytes memory code) internal pure returns (bytes32 hashed) {
        assembly ("memory-safe") {
            hashed := keccak256(add(code, INPUT), ENCODINGS_LENGTH)
        }
    }

    /// @notice Returns a hash of alpha and beta.
    function alphaBetaHash(bytes memory code) internal pure returns (bytes32 hashed) {
        assembly ("memory-safe") {
            hashed := keccak256(add(code, ALPHA), 0xc0)
        }
    }

    function alpha(bytes memory code) internal pure returns (uint256[2] memory) {
        return _g1(code, ALPHA);
    }

    function beta(bytes memory code) internal pure returns (uint256[4] memory) {
        return _g2(code, BETA);
    }

    function gamma(bytes memory code) internal pure returns (uint256[4] memory) {
        return _g2(code, GAMMA);
    }

    function delta(bytes memory code) internal pure returns (uint256[4] memory) {
        return _g2(code, DELTA);
    }

    /// @notice Returns IC point `index`, below four.
    function ic(bytes memory code, uint256 index) internal pure returns (uint256[2] memory) {
        return _g1(code, IC + index * 0x40);
    }

    /// @notice Returns `sigma · H` of a commit-and-prove circuit.
    function sigma(bytes memory code) internal pure returns (uint256[4] memory) {
        return _g2(code, SIGMA);
    }

    function _g1(bytes memory code, uint256 offset) private pure returns (uint256[2] memory point) {
        assembly ("memory-safe") {
            point := add(code, offset)
        }
    }

    function _g2(bytes memory code, uint256 offset) private pure returns (uint256[4] memory point) {
        assembly ("memory-safe") {
            point := add(code, offset)
        }
    }
}
