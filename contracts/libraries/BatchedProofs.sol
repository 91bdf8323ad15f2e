// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofSystem} from "../types/Circuit.sol";
import {CommittedBatch} from "./CommittedBatch.sol";
import {Words} from "./Words.sol";

/// @notice A circuit that proofs of a batch are for, and sums over those of one product.
/// @param used Whether proofs were summed, as a number.
/// @param rho Sum of the powers; `first`, `second` and `third` those of the signals times the powers; `cX` and `cY` that of
/// the points C; `termX` and `termY` the point that is added to it.
/// @param pointer Account whose code it is.
/// @param sums Of what commit-and-prove adds; nothing for another system.
/// @param alphaRho Sum of the powers of all circuits whose alpha and beta are paired with this one's.
struct BatchedCircuit {
    uint256 used;
    uint256 rho;
    uint256 first;
    uint256 second;
    uint256 third;
    uint256 cX;
    uint256 cY;
    uint256 termX;
    uint256 termY;
    address pointer;
    bool isCommitted;
    Words.Shape input;
    Words.Shape output;
    bytes code;
    ProofSystem system;
    CommittedBatch.Sums sums;
    uint256 alphaRho;
}

/// @notice Proofs whose words are canonical and whose A and C are in G1.
/// @param items Place of the first; the others follow. Each has its power, the points of the proof, the three signals, the
/// account and the place of its circuit, the place of the proof in calldata, and that of what commit-and-prove adds, or 0:
/// A and C here are multiplied by the power.
/// @param next Place of the next.
/// @param seed Hash of all keys, signals and proofs.
/// @param domain EIP-712 domain separator of the statements.
/// @param pairs Pairings that may still be spent on products; before that, those that commit-and-prove has more.
/// @param r Power of the second equations of commit-and-prove, beside that of each proof.
/// @param frame Place of what a challenge hashes: a statement's members behind its type, then 0x1901 with the domain and
/// their hash, then the tag with `c` and the digest.
struct BatchedProofs {
    uint256 items;
    uint256 next;
    bytes32 seed;
    bytes32 domain;
    uint256 circuitCount;
    BatchedCircuit[] circuits;
    uint256 pairs;
    uint256 r;
    uint256 frame;
}

/// @dev Members of an item; first comes the seed before it, then its power in that place.
uint256 constant ITEM_A = 0x20;
uint256 constant ITEM_C = 0xe0;
uint256 constant ITEM_CIRCUIT = 0x1a0;
uint256 constant ITEM_COMMITMENTS = 0x1e0;
uint256 constant ITEM_LENGTH = 0x200;

/// @dev Pairings of a circuit in a product, one more of commit-and-prove.
uint256 constant CIRCUIT_PAIRS = 3;

/// @notice Returns the place of what commit-and-prove adds to an item, or 0.
function commitmentsOf(uint256 item) pure returns (uint256 commitments) {
    assembly ("memory-safe") {
        commitments := mload(add(item, ITEM_COMMITMENTS))
    }
}
