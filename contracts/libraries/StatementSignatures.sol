// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {batchDigestFor} from "../types/StatementBatch.sol";

/// @title StatementSignatures
/// @notice Signature of a statement: `r ‖ s ‖ v` in 65 bytes over its digest; or, with siblings of 32 bytes each behind them, over
/// the root of a batch that has the digest as a leaf.
/// @dev Pairs are hashed in sorted order, so a path has no directions: where in its batch a statement stands is of no account.
/// A leaf is the hash of 66 bytes that begin with 0x1901, a node the hash of 64 bytes, and what is signed of a batch is another
/// EIP-712 type than a statement: no node passes for a leaf, no root for a statement, and no signature of one for one of the other.
library StatementSignatures {
    /// @notice Most siblings of a path.
    uint256 internal constant MAX_PATH = 40;

    uint256 private constant SIGNATURE = 65;

    /// @notice Returns who signed a statement, or why nobody did.
    /// @param digest The statement's, under the domain of `router`.
    /// @param router Router under whose domain the root of a batch is signed.
    /// @param data Signature and path.
    function tryRecover(
        bytes32 digest,
        address router,
        bytes calldata data
    ) internal view returns (address signer, ECDSA.RecoverError failure) {
        if (data.length > SIGNATURE) {
            bytes calldata path = data[SIGNATURE:];
            bool isPath = path.length % 32 == 0 && path.length <= MAX_PATH * 32;
            if (!isPath) return (address(0), ECDSA.RecoverError.InvalidSignatureLength);
            digest = batchDigestFor(_rootOf(digest, path), router);
            data = data[:SIGNATURE];
        }
        (signer, failure, ) = ECDSA.tryRecoverCalldata(digest, data);
    }

    function _rootOf(bytes32 leaf, bytes calldata path) private pure returns (bytes32 node) {
        node = leaf;
        for (uint256 i = 0; i < path.length; i += 32) {
            node = Hashes.commutativeKeccak256(node, bytes32(path[i:]));
        }
    }
}
