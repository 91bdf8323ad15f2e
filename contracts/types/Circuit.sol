// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {CircuitId} from "./Ids.sol";

/// @notice Whether a tensor's words are its packed elements or one commitment to them.
enum WordMode {
    Public,
    Committed
}

/// @notice Whether the weights are committed witness (`W` is the first word) or constants of the circuit (no `W`).
enum WeightsMode {
    Committed,
    Constant
}

/// @notice How proofs of a circuit are made and verified (docs/statement.md, sections 4 and 11).
enum ProofSystem {
    Groth16,
    CommittedGroth16
}

/// @notice What the registrant says of the set-up. Neither is trusted: a set-up counts as a ceremony only through
/// attestations or pins that a policy names.
enum SetupClass {
    Unverified,
    Development
}

/// @notice Encoding of an input or output tensor (docs/statement.md, section 2).
/// @param mode Public words or one commitment.
/// @param elements Number of elements; 1 to 2^24 - 1.
/// @param bits Width of an element; 1 to 253, sign included.
/// @param isSigned Whether digits are offset by 2^(bits - 1).
struct TensorEncoding {
    WordMode mode;
    uint24 elements;
    uint8 bits;
    bool isSigned;
}

/// @notice Groth16 verifying key over BN254. G2 points are `[x.c1, x.c0, y.c1, y.c0]`, the order of EIP-197.
/// @param ic One point more than there are public signals: 4.
struct VerifyingKey {
    uint256[2] alpha;
    uint256[4] beta;
    uint256[4] gamma;
    uint256[4] delta;
    uint256[2][] ic;
}

/// @notice The arithmetic form of an architecture, shared by every release with that architecture.
/// @param r1cs keccak256 of the .r1cs file.
/// @param transcript Hash of the set-up transcript.
struct Circuit {
    ProofSystem system;
    WeightsMode weights;
    SetupClass setup;
    TensorEncoding input;
    TensorEncoding output;
    bytes32 r1cs;
    bytes32 transcript;
    VerifyingKey key;
}

using {toId} for Circuit global;
using {wordCount} for TensorEncoding global;

/// @dev Bits of a word that elements may use; below the order of BN254's scalar field.
uint256 constant WORD_BITS = 253;

bytes32 constant CIRCUIT_TAG = keccak256("vouch.circuit.v1");

/// @notice Returns the id that commits to every field.
function toId(Circuit memory self) pure returns (CircuitId) {
    return CircuitId.wrap(keccak256(abi.encode(CIRCUIT_TAG, self)));
}

/// @notice Returns the number of words of a tensor.
function wordCount(TensorEncoding memory self) pure returns (uint256) {
    if (self.mode == WordMode.Committed) return 1;
    uint256 perWord = WORD_BITS / self.bits;
    // Elements have 24 bits, and a word has room for 253 at most.
    unchecked {
        return (uint256(self.elements) + perWord - 1) / perWord;
    }
}
