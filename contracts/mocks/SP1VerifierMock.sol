// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISP1Verifier} from "../interfaces/ISP1Verifier.sol";

/// @title SP1VerifierMock
/// @notice Takes the proof `selector ‖ keccak256(programVKey, digest)`; digest is the 253 bits of SHA-256 over the public
/// values, as the real one hashes them.
contract SP1VerifierMock is ISP1Verifier {
    bytes4 public constant SELECTOR = 0xa4594c59;

    error VerifierNotFound(bytes4 selector);
    error InvalidProof();

    /// @inheritdoc ISP1Verifier
    function verifyProof(bytes32 programVKey, bytes calldata publicValues, bytes calldata proofBytes) external pure {
        require(bytes4(proofBytes[0:4]) == SELECTOR, VerifierNotFound(bytes4(proofBytes[0:4])));
        uint256 digest = uint256(sha256(publicValues)) & ((1 << 253) - 1);
        bytes32 expected = keccak256(abi.encode(programVKey, digest));
        require(keccak256(proofBytes[4:]) == keccak256(abi.encode(expected)), InvalidProof());
    }
}
