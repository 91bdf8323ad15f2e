// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Circuit, VerifyingKey} from "./Circuit.sol";
import {CircuitId} from "./Ids.sol";

/// @notice What ties a commitment under the key of inferences to one under that of the weights circuit: `k1 · H` and
/// `k2 · H`, of G2.
struct LinkKey {
    uint256[4] inference;
    uint256[4] weights;
}

/// @notice The circuit that shows once for each `W` that a point opens to the same weights (docs/statement.md, section 11).
/// @param r1cs keccak256 of its .r1cs file.
/// @param key Its key; public signals are `[z, b, W]`, and gamma is the generator `H` of G2.
/// @param sigma `sigma · H` for the commitment to what it knows beside the weights.
struct WeightsCircuit {
    bytes32 r1cs;
    VerifyingKey key;
    uint256[4] sigma;
    LinkKey link;
}

/// @notice A circuit whose prover commits to wires before the challenge is drawn.
/// @param circuit What any circuit has; public signals are `[z, b, e]`, gamma is `H`, and the transcript is of all set-ups.
/// @param sigma `sigma · H` for the commitment of each proof.
/// @param weights How weights are registered; zeros where the circuit holds them as constants.
struct CommittedCircuit {
    Circuit circuit;
    uint256[4] sigma;
    WeightsCircuit weights;
}

/// @notice Shows that a point opens to the weights that a commitment `W` opens to.
/// @param weights `D_W`: the weights in the basis of the inference circuit.
/// @param registered `D_R`: the same weights in the basis of the weights circuit.
/// @param link `L`: that both are the same.
/// @param proof Of the weights circuit: A (2 words), B (4), C (2), D (2), which is `D_M`, and Q (2).
struct WeightsRegistration {
    uint256[2] weights;
    uint256[2] registered;
    uint256[2] link;
    uint256[12] proof;
}

using {toId} for CommittedCircuit global;

bytes32 constant COMMITTED_CIRCUIT_TAG = keccak256("vouch.circuit.committed.v1");

/// @notice Returns the id that commits to every field: both circuits with their keys, and the link.
function toId(CommittedCircuit memory self) pure returns (CircuitId) {
    return CircuitId.wrap(keccak256(abi.encode(COMMITTED_CIRCUIT_TAG, self)));
}
