// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiscZeroVerifier} from "../interfaces/IRiscZeroVerifier.sol";

/// @title RiscZeroVerifierMock
/// @notice Takes the seal `selector ‖ keccak256(imageId, journalDigest)`, as a verifier router takes one selector's seals.
contract RiscZeroVerifierMock is IRiscZeroVerifier {
    bytes4 public constant SELECTOR = 0x73c457ba;

    error SelectorUnknown(bytes4 selector);
    error VerificationFailed();

    /// @inheritdoc IRiscZeroVerifier
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external pure {
        require(bytes4(seal[0:4]) == SELECTOR, SelectorUnknown(bytes4(seal[0:4])));
        bytes32 expected = keccak256(abi.encode(imageId, journalDigest));
        require(keccak256(seal[4:]) == keccak256(abi.encode(expected)), VerificationFailed());
    }
}
