// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {CircuitId} from "./Ids.sol";

/// @notice A circuit that proves as many inferences at once.
/// @param count How many.
struct BatchCircuit {
    uint256 count;
    CircuitId circuit;
}

bytes32 constant BATCHES_TAG = keccak256("vouch.batches.v1");

bytes32 constant BATCH_TYPEHASH = keccak256("Batch(uint256 count,bytes32 statements)");

/// @notice Returns the id of a family: the circuit that proves one inference, and those that prove many of the same model.
function toBatchesId(CircuitId single, BatchCircuit[] memory batches) pure returns (CircuitId) {
    return CircuitId.wrap(keccak256(abi.encode(BATCHES_TAG, single, batches)));
}

/// @notice Returns what the one proof of many statements is bound to (docs/statement.md, section 12).
/// @param count Number of statements.
/// @param statements keccak256 over their EIP-712 digests in order, 32 bytes each.
function batchDigest(uint256 count, bytes32 statements) pure returns (bytes32) {
    return keccak256(abi.encode(BATCH_TYPEHASH, count, statements));
}
