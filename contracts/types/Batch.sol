// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Voucher} from "./Voucher.sol";

/// @notice Poster in the high 160 bits, the number of the poster's earlier batches in the low 96.
type BatchId is uint256;

/// @notice One receipt of a batch: the preimage of a leaf.
/// @param index Place of the leaf, from 0.
/// @param voucher What the requester signed; with `outputHash` it determines the statement.
/// @param outputHash keccak256 of the output's words.
/// @param amount What the operator asks; at most the voucher's amount.
/// @param claimed `Assurances.pack` of the assurance that the poster says it can prove.
struct BatchItem {
    uint32 index;
    Voucher voucher;
    bytes32 outputHash;
    uint128 amount;
    bytes32 claimed;
}

/// @notice An item and its way to the root of a batch.
/// @param proof Siblings from the leaf's to the one below the root; exactly as many as the tree is deep.
struct Inclusion {
    BatchId batch;
    BatchItem item;
    bytes32[] proof;
}

using {poster} for BatchId global;

/// @notice Returns who posted a batch.
function poster(BatchId self) pure returns (address) {
    return address(uint160(BatchId.unwrap(self) >> 96));
}

/// @notice Returns the id of a poster's batch by its number.
function toBatchId(address by, uint96 sequence) pure returns (BatchId) {
    return BatchId.wrap((uint256(uint160(by)) << 96) | sequence);
}
