// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEzklVerifier} from "../interfaces/IEzklVerifier.sol";

/// @title EzklVerifierMock
/// @notice Takes the hash of the instances reduced to the scalar field as their proof, and a fixed number of them.
/// @dev Reduces, as EZKL's first verifiers did: a caller that passes on large words has two readings of one proof.
contract EzklVerifierMock is IEzklVerifier {
    uint256 private constant SCALAR_FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 private constant INSTANCES = 4;

    /// @inheritdoc IEzklVerifier
    function verifyProof(bytes calldata proof, uint256[] calldata instances) external pure returns (bool) {
        if (instances.length != INSTANCES) return false;
        uint256[] memory reduced = instances;
        for (uint256 i = 0; i < INSTANCES; ++i) {
            reduced[i] %= SCALAR_FIELD;
        }
        return keccak256(proof) == keccak256(abi.encode(keccak256(abi.encodePacked(reduced))));
    }
}
