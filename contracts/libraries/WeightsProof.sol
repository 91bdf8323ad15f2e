// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WeightsCircuit, WeightsRegistration} from "../types/CommittedCircuit.sol";
import {CircuitId} from "../types/Ids.sol";
import {Bn254} from "./Bn254.sol";
import {CommittedGroth16} from "./CommittedGroth16.sol";
import {Groth16} from "./Groth16.sol";

/// @title WeightsProof
/// @notice That a point `D_W` opens, in the basis of a circuit, to the weights that a commitment `W` opens to
/// (docs/statement.md, section 11).
library WeightsProof {
    using Bn254 for uint256[2];

    /// @dev Places of `D_M` and `Q_M` in the proof.
    uint256 private constant D = 8;
    uint256 private constant Q = 10;

    bytes32 private constant CHALLENGE_TAG = keccak256("vouch.challenge.weights.v1");
    bytes32 private constant RANDOMNESS_TAG = keccak256("vouch.weights.v1");

    /// @dev What the equations are about. The points are in G1.
    struct Terms {
        uint256[2] weights;
        uint256[2] registered;
        uint256[2] link;
        uint256[2] advice;
        uint256[2] knowledge;
        uint256[3] signals;
        uint256 r;
    }

    /// @notice A commitment is the point at infinity: 0 for `D_W`, 1 for `D_R`, 2 for `D_M`.
    error WeightsPointAtInfinity(uint256 point);

    /// @notice Returns whether the weights circuit and its link show it; reverts where a coordinate is not canonical or a
    /// commitment is the point at infinity.
    /// @param circuit Circuit of the inferences, whose id commits to `key` too.
    /// @param weights Commitment `W`, a canonical field element.
    function isProven(
        WeightsCircuit memory key,
        CircuitId circuit,
        uint256 weights,
        WeightsRegistration calldata shown
    ) internal view returns (bool) {
        uint256[12] calldata proof = shown.proof;
        Terms memory terms;
        (terms.weights, terms.registered, terms.link) = (shown.weights, shown.registered, shown.link);
        terms.advice = [proof[D], proof[D + 1]];
        terms.knowledge = [proof[Q], proof[Q + 1]];
        _requireCanonical(terms, proof);
        if (!_areInG1(terms)) return false;
        terms.signals = _signalsOf(terms, circuit, weights);
        // Below 2^253, hence below the order of the field.
        terms.r = uint256(keccak256(abi.encode(RANDOMNESS_TAG, circuit, terms.signals, shown))) >> 3;
        return _isProof(key, terms, proof);
    }

    /// @dev `e(A, B) = e(alpha, beta) · e(IC_0 + z·IC_1 + b·IC_2 + W·IC_3 + D_R + D_M, H) · e(C, delta)`, with
    /// `e(D_M, sigma H) = e(Q_M, H)` raised to r and `e(D_W, k1 H) · e(D_R, k2 H) = e(L, H)` raised to r².
    function _isProof(
        WeightsCircuit memory key,
        Terms memory terms,
        uint256[12] calldata proof
    ) private view returns (bool) {
        uint256 order = Bn254.SCALAR_FIELD;
        uint256 square = mulmod(terms.r, terms.r, order);
        uint256[2] memory sum = Bn254.addScaled({
            base: key.key.ic[0],
            points: [key.key.ic[1], key.key.ic[2], key.key.ic[3]],
            scalars: terms.signals
        });
        sum.accumulate(terms.registered);
        sum.accumulate(terms.advice);
        sum.accumulate(terms.knowledge.scaled(order - terms.r));
        sum.accumulate(terms.link.scaled(order - square));

        uint256[2][] memory g1 = new uint256[2][](7);
        uint256[4][] memory g2 = new uint256[4][](7);
        g1[0] = [proof[0], (Bn254.BASE_FIELD - proof[1]) % Bn254.BASE_FIELD];
        g2[0] = [proof[2], proof[3], proof[4], proof[5]];
        (g1[1], g2[1]) = (key.key.alpha, key.key.beta);
        (g1[2], g2[2]) = (sum, key.key.gamma);
        (g1[3], g2[3]) = ([proof[6], proof[7]], key.key.delta);
        (g1[4], g2[4]) = (terms.advice.scaled(terms.r), key.sigma);
        (g1[5], g2[5]) = (terms.weights.scaled(square), key.link.inference);
        (g1[6], g2[6]) = (terms.registered.scaled(square), key.link.weights);
        return Bn254.isPairingOne(g1, g2);
    }

    function _requireCanonical(Terms memory terms, uint256[12] calldata proof) private pure {
        for (uint256 i = 0; i < 12; ++i) {
            _requireBelow(proof[i]);
        }
        for (uint256 i = 0; i < 2; ++i) {
            _requireBelow(terms.weights[i]);
            _requireBelow(terms.registered[i]);
            _requireBelow(terms.link[i]);
        }
        _requireFinite(terms.weights, 0);
        _requireFinite(terms.registered, 1);
        _requireFinite(terms.advice, 2);
    }

    function _requireBelow(uint256 coordinate) private pure {
        require(coordinate < Bn254.BASE_FIELD, Groth16.ProofCoordinateNotCanonical(coordinate));
    }

    function _requireFinite(uint256[2] memory point, uint256 index) private pure {
        require(point[0] | point[1] != 0, WeightsPointAtInfinity(index));
    }

    function _areInG1(Terms memory terms) private pure returns (bool) {
        return
            terms.weights.isInG1() &&
            terms.registered.isInG1() &&
            terms.link.isInG1() &&
            terms.advice.isInG1() &&
            terms.knowledge.isInG1();
    }

    /// @dev `[z, b, W]`.
    function _signalsOf(
        Terms memory terms,
        CircuitId circuit,
        uint256 weights
    ) private pure returns (uint256[3] memory) {
        bytes32 hashed = keccak256(
            abi.encode(CHALLENGE_TAG, circuit, terms.weights, terms.registered, terms.advice, weights)
        );
        (uint256 z, uint256 b) = CommittedGroth16.challengesOf(hashed);
        return [z, b, weights];
    }
}
