// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchItem} from "../types/Batch.sol";

/// @title ReceiptTree
/// @notice Merkle tree of receipts: leaves in order, padded with zero to the next power of two.
/// @dev Pairs are hashed in order, not sorted as by OpenZeppelin's `MerkleProof`: the path is the index, so a root holds one
/// item at each index, and what is decided about an index cannot be meant for another leaf. A leaf is the hash of a
/// hash (32 bytes), a node the hash of 64 bytes: neither passes for the other, whatever the depth.
library ReceiptTree {
    /// @notice Most leaves of a tree.
    uint256 internal constant MAX_COUNT = 1 << 20;

    bytes32 internal constant LEAF_TAG = keccak256("vouch.receipt.leaf.v1");

    /// @notice Returns the leaf of an item.
    /// @param digest EIP-712 digest of the item's voucher; its domain ties the leaf to one chain and one ledger.
    function leafOf(BatchItem calldata item, bytes32 digest) internal pure returns (bytes32) {
        bytes32 inner = keccak256(abi.encode(LEAF_TAG, digest, item.index, item.outputHash, item.amount, item.claimed));
        return keccak256(abi.encode(inner));
    }

    /// @notice Returns whether `leaf` is at `index` of the tree of `count` leaves that has this root.
    /// @param proof Siblings from the bottom; any length but the tree's depth is refused.
    function isIncluded(
        bytes32 root,
        uint256 count,
        uint256 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) internal pure returns (bool) {
        uint256 depth = proof.length;
        // Covers an unknown batch, whose count is zero.
        if (index >= count || depth > 20) return false;
        // depth = ceil(log2(count)): the last index has exactly that many bits.
        uint256 last = count - 1;
        if (last >> depth != 0 || (depth > 0 && last >> (depth - 1) == 0)) return false;

        bytes32 node = leaf;
        for (uint256 i = 0; i < depth; ++i) {
            node = (index >> i) & 1 == 0 ? _hash(node, proof[i]) : _hash(proof[i], node);
        }
        return node == root;
    }

    function _hash(bytes32 left, bytes32 right) private pure returns (bytes32 node) {
        assembly ("memory-safe") {
            // Scratch space.
            mstore(0x00, left)
            mstore(0x20, right)
            node := keccak256(0x00, 0x40)
        }
    }
}
