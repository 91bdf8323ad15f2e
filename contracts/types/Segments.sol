// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {CircuitId} from "./Ids.sol";

bytes32 constant SEGMENTS_TAG = keccak256("vouch.segments.v1");

bytes32 constant SEGMENT_TYPEHASH = keccak256(
    "Segment(bytes32 statement,uint256 index,uint256 count,bytes32 joinsHash)"
);

/// @notice Returns the id of an ordered list of circuits that together prove one model.
function toSegmentsId(CircuitId[] memory circuits) pure returns (CircuitId) {
    return CircuitId.wrap(keccak256(abi.encode(SEGMENTS_TAG, circuits)));
}

/// @notice Returns what the proof of a segment is bound to (docs/statement.md, section 8).
/// @param statement EIP-712 digest of the statement.
/// @param index Place of the segment, from 0.
/// @param count Number of segments.
/// @param joinsHash Hash of all join commitments of this inference.
function segmentDigest(bytes32 statement, uint256 index, uint256 count, bytes32 joinsHash) pure returns (bytes32) {
    return keccak256(abi.encode(SEGMENT_TYPEHASH, statement, index, count, joinsHash));
}
