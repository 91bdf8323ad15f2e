// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";
import {CircuitCode} from "./CircuitCode.sol";
import {Groth16} from "./Groth16.sol";
import {Words} from "./Words.sol";

/// @title CommittedGroth16
/// @notice One proof of one registered commit-and-prove circuit, bound to a digest and to words (docs/statement.md, section 11).
/// @dev A proof is twelve words: A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y, D.x, D.y, Q.x, Q.y.
library CommittedGroth16 {
    using Bn254 for uint256[2];
    using CircuitCode for bytes;
    using Words for uint256[];

    /// @notice What a proof is for, but for its words.
    /// @param circuit Account whose code is the circuit.
    /// @param code That code.
    /// @param weights The point `D_W` that is registered for the release; zeros where the circuit holds the weights.
    /// @param digest What the challenge hashes beside `D_W` and `D`.
    struct Claim {
        address circuit;
        bytes code;
        uint256[2] weights;
        bytes32 digest;
    }

    uint256 internal constant PROOF_WORDS = 12;
    /// @dev Places of D and Q in a proof.
    uint256 private constant D = 8;
    uint256 private constant Q = 10;

    bytes32 private constant CHALLENGE_TAG = keccak256("vouch.challenge.committed.v1");
    bytes32 private constant RANDOMNESS_TAG = keccak256("vouch.committed.v1");

    /// @notice The commitment `D` is the point at infinity, so that it commits to nothing.
    error ProofCommitmentAtInfinity();

    /// @notice Returns whether the circuit, on these weights, maps the input words to the output words; reverts where a word
    /// is not canonical, or `D` is the point at infinity.
    /// @param proof Twelve words.
    function isProven(
        Claim memory claim,
        uint256[] calldata input,
        uint256[] calldata output,
        uint256[] calldata proof
    ) internal view returns (bool) {
        input.requireCanonical(claim.code.input());
        output.requireCanonical(claim.code.output());
        requireCanonical(proof);
        uint256[3] memory signals;
        (signals[0], signals[1]) = challenge(claim.weights, claim.digest, proof);
        signals[2] = input.evaluate(signals[0], output.evaluate(signals[0], 0));
        return isProof(claim, proof[:PROOF_WORDS], signals);
    }

    /// @notice Returns the public signals `z` and `b`.
    function challenge(
        uint256[2] memory weights,
        bytes32 digest,
        uint256[] calldata proof
    ) internal pure returns (uint256, uint256) {
        bytes32 tag = CHALLENGE_TAG;
        bytes32 hashed;
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, tag)
            mcopy(add(scratch, 0x20), weights, 0x40)
            calldatacopy(add(scratch, 0x60), add(proof.offset, shl(5, D)), 0x40)
            mstore(add(scratch, 0xa0), digest)
            hashed := keccak256(scratch, 0xc0)
        }
        return challengesOf(hashed);
    }

    /// @notice Returns the challenges that a hash of commitments draws.
    function challengesOf(bytes32 hashed) internal pure returns (uint256 z, uint256 b) {
        assembly ("memory-safe") {
            mstore(0x00, hashed)
            b := keccak256(0x00, 0x20)
        }
        (z, b) = (uint256(hashed) % Bn254.SCALAR_FIELD, b % Bn254.SCALAR_FIELD);
    }

    /// @notice Returns whether canonical words are a proof of these public signals.
    /// @dev `e(A, B) = e(alpha, beta) · e(IC_0 + Σ signal_i · IC_i + D_W + D, H) · e(C, delta)` and `e(D, sigma H) = e(Q, H)`,
    /// the second raised to a power that a hash of everything draws, so that the pairings with H are one.
    function isProof(
        Claim memory claim,
        uint256[] calldata proof,
        uint256[3] memory signals
    ) internal view returns (bool) {
        uint256[2] memory d = [proof[D], proof[D + 1]];
        uint256[2] memory q = [proof[Q], proof[Q + 1]];
        if (!d.isInG1() || !q.isInG1()) return false;
        uint256 r = _randomness(claim, proof, signals);
        bytes memory code = claim.code;
        uint256[2] memory sum = Bn254.addScaled({
            base: code.ic(0),
            points: [code.ic(1), code.ic(2), code.ic(3)],
            scalars: signals
        });
        sum.accumulate(claim.weights);
        sum.accumulate(d);
        sum.accumulate(q.scaled(Bn254.SCALAR_FIELD - r));

        uint256[2][] memory g1 = new uint256[2][](5);
        uint256[4][] memory g2 = new uint256[4][](5);
        (g1[0], g2[0]) = ([proof[0], (Bn254.BASE_FIELD - proof[1]) % Bn254.BASE_FIELD], _bOf(proof));
        (g1[1], g2[1]) = (code.alpha(), code.beta());
        (g1[2], g2[2]) = (sum, code.gamma());
        (g1[3], g2[3]) = ([proof[6], proof[7]], code.delta());
        (g1[4], g2[4]) = (d.scaled(r), code.sigma());
        return Bn254.isPairingOne(g1, g2);
    }

    /// @notice Returns whether all coordinates are below the base field's order, and `D` is not the point at infinity.
    function isCanonical(uint256[] calldata proof) internal pure returns (bool canonical) {
        uint256 field = Bn254.BASE_FIELD;
        assembly ("memory-safe") {
            let place := proof.offset
            let end := add(place, shl(5, PROOF_WORDS))
            canonical := gt(or(calldataload(add(place, 0x100)), calldataload(add(place, 0x120))), 0)
            for {} lt(place, end) {
                place := add(place, 0x20)
            } {
                canonical := and(canonical, lt(calldataload(place), field))
            }
        }
    }

    /// @notice Reverts, naming the word, unless all coordinates are below the base field's order and `D` is not infinity.
    function requireCanonical(uint256[] calldata proof) internal pure {
        if (isCanonical(proof)) return;
        for (uint256 i = 0; i < PROOF_WORDS; ++i) {
            require(proof[i] < Bn254.BASE_FIELD, Groth16.ProofCoordinateNotCanonical(proof[i]));
        }
        revert ProofCommitmentAtInfinity();
    }

    /// @dev Below 2^253, hence below the order of the field.
    function _randomness(
        Claim memory claim,
        uint256[] calldata proof,
        uint256[3] memory signals
    ) private pure returns (uint256) {
        bytes32 hashed = keccak256(
            abi.encodePacked(
                RANDOMNESS_TAG,
                uint256(uint160(claim.circuit)),
                claim.weights,
                signals,
                proof[:PROOF_WORDS]
            )
        );
        return uint256(hashed) >> 3;
    }

    function _bOf(uint256[] calldata proof) private pure returns (uint256[4] memory) {
        return [proof[2], proof[3], proof[4], proof[5]];
    }
}
