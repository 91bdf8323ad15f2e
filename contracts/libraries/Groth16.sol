// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WeightsMode} from "../types/Circuit.sol";
import {Bn254} from "./Bn254.sol";
import {CircuitCode} from "./CircuitCode.sol";
import {Words} from "./Words.sol";

/// @title Groth16
/// @notice One proof of one registered circuit, bound to a digest and to words (docs/statement.md, section 4).
/// @dev A proof is nine words: `c`, then A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y.
library Groth16 {
    using CircuitCode for bytes;
    using Words for uint256[];

    /// @notice What a proof is for, but for its words.
    /// @param circuit Its code.
    /// @param weights Commitment `W`; ignored where the circuit holds the weights.
    /// @param digest What the challenge hashes beside `c`.
    struct Claim {
        bytes circuit;
        uint256 weights;
        bytes32 digest;
    }

    bytes32 internal constant CHALLENGE_TAG = keccak256("vouch.challenge.v1");
    uint256 internal constant PROOF_WORDS = 9;

    /// @notice The commitment `c` is not below the scalar field's order.
    error ProofCommitmentNotCanonical(uint256 commitment);
    /// @notice A coordinate of the proof is not below the base field's order.
    error ProofCoordinateNotCanonical(uint256 coordinate);

    /// @notice Returns whether the circuit, on these weights, maps the input words to the output words; reverts where a word
    /// is not canonical.
    /// @param proof At least nine words; what follows them is another's.
    function isProven(
        Claim memory claim,
        uint256[] calldata input,
        uint256[] calldata output,
        uint256[] calldata proof
    ) internal view returns (bool) {
        bytes memory circuit = claim.circuit;
        input.requireCanonical(circuit.input());
        output.requireCanonical(circuit.output());
        requireCanonical(proof);
        uint256 z = challenge(proof[0], claim.digest);
        return holds(claim, proof, z, input.evaluate(z, output.evaluate(z, 0)));
    }

    /// @notice Returns whether canonical words are a proof of the claim.
    /// @param z The challenge.
    /// @param e What the words of input and output, all canonical, evaluate to at `z`.
    function holds(Claim memory claim, uint256[] calldata proof, uint256 z, uint256 e) internal view returns (bool) {
        if (claim.circuit.weights() == WeightsMode.Committed) {
            e = addmod(mulmod(e, z, Bn254.SCALAR_FIELD), claim.weights, Bn254.SCALAR_FIELD);
        }
        return isProof(claim.circuit, proof, [proof[0], z, e]);
    }

    /// @notice Returns the public signal `z`.
    function challenge(uint256 c, bytes32 digest) internal pure returns (uint256 z) {
        bytes32 tag = CHALLENGE_TAG;
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, tag)
            mstore(add(scratch, 0x20), c)
            mstore(add(scratch, 0x40), digest)
            z := keccak256(scratch, 0x60)
        }
        z %= Bn254.SCALAR_FIELD;
    }

    /// @notice Returns whether canonical words are a proof of these public signals.
    /// @dev `e(A, B) = e(alpha, beta) · e(IC_0 + Σ signal_i · IC_i, gamma) · e(C, delta)`, with A negated and moved over.
    function isProof(
        bytes memory circuit,
        uint256[] calldata proof,
        uint256[3] memory signals
    ) internal view returns (bool) {
        uint256[2][4] memory g1;
        g1[0] = [proof[1], (Bn254.BASE_FIELD - proof[2]) % Bn254.BASE_FIELD];
        g1[1] = circuit.alpha();
        g1[2] = Bn254.addScaled({
            base: circuit.ic(0),
            points: [circuit.ic(1), circuit.ic(2), circuit.ic(3)],
            scalars: signals
        });
        g1[3] = [proof[7], proof[8]];
        uint256[4] memory b = [proof[3], proof[4], proof[5], proof[6]];
        uint256[4][4] memory g2 = [b, circuit.beta(), circuit.gamma(), circuit.delta()];
        return Bn254.isPairingOne(g1, g2);
    }

    /// @notice Returns whether `c` and the eight coordinates are below the orders of their fields.
    function isCanonical(uint256[] calldata proof) internal pure returns (bool canonical) {
        uint256 order = Bn254.SCALAR_FIELD;
        uint256 field = Bn254.BASE_FIELD;
        assembly ("memory-safe") {
            let place := proof.offset
            canonical := lt(calldataload(place), order)
            canonical := and(canonical, lt(calldataload(add(place, 0x20)), field))
            canonical := and(canonical, lt(calldataload(add(place, 0x40)), field))
            canonical := and(canonical, lt(calldataload(add(place, 0x60)), field))
            canonical := and(canonical, lt(calldataload(add(place, 0x80)), field))
            canonical := and(canonical, lt(calldataload(add(place, 0xa0)), field))
            canonical := and(canonical, lt(calldataload(add(place, 0xc0)), field))
            canonical := and(canonical, lt(calldataload(add(place, 0xe0)), field))
            canonical := and(canonical, lt(calldataload(add(place, 0x100)), field))
        }
    }

    /// @notice Reverts, naming the word, unless `c` and the eight coordinates are below the orders of their fields.
    function requireCanonical(uint256[] calldata proof) internal pure {
        if (isCanonical(proof)) return;
        require(proof[0] < Bn254.SCALAR_FIELD, ProofCommitmentNotCanonical(proof[0]));
        for (uint256 i = 1; i < PROOF_WORDS; ++i) {
            require(proof[i] < Bn254.BASE_FIELD, ProofCoordinateNotCanonical(proof[i]));
        }
    }
}
