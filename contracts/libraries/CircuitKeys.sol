// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {VerifyingKey, WeightsMode} from "../types/Circuit.sol";
import {CommittedCircuit, WeightsCircuit} from "../types/CommittedCircuit.sol";
import {Bn254} from "./Bn254.sol";

/// @title CircuitKeys
/// @notice What a verifying key must be to be registered, in the errors of `ICircuitRegistry`.
library CircuitKeys {
    /// @dev Three public signals, and one.
    uint256 private constant IC_POINTS = 4;
    /// @dev Numbers of points in errors: a key has eight, then come sigma, those of the weights circuit, and the link.
    uint256 private constant SIGMA = 8;
    uint256 private constant WEIGHTS = 9;
    uint256 private constant LINK = 18;
    /// @dev Of the points that `_requireApart` compares: place of the weights circuit's beta, and how many there are.
    uint256 private constant OTHER_BETA = 8;
    uint256 private constant DISTINCT = 9;

    /// @notice Reverts unless a key is well-formed, and not one of those that let anyone forge.
    /// @param first Number of its first point.
    function requireKey(VerifyingKey calldata key, uint256 first) internal view {
        require(key.ic.length == IC_POINTS, ICircuitRegistry.KeyLengthInvalid(key.ic.length, IC_POINTS));

        _requireG1(key.alpha, first);
        _requireG2(key.beta, first + 1);
        _requireG2(key.gamma, first + 2);
        _requireG2(key.delta, first + 3);
        for (uint256 i = 0; i < IC_POINTS; ++i) {
            _requireG1(key.ic[i], first + 4 + i);
        }
        require(!_isSameX(key.beta, key.gamma), ICircuitRegistry.KeyForgeable());
        require(!_isSameX(key.beta, key.delta), ICircuitRegistry.KeyForgeable());
        require(!_isSameX(key.gamma, key.delta), ICircuitRegistry.KeyForgeable());
    }

    /// @notice Reverts unless all keys of a commit-and-prove circuit are well-formed, and none lets anyone forge.
    function requireCommitted(CommittedCircuit calldata circuit) internal view {
        _requireCommittedKey(circuit.circuit.key, circuit.sigma, 0);
        WeightsCircuit calldata weights = circuit.weights;
        if (circuit.circuit.weights == WeightsMode.Constant) {
            WeightsCircuit memory none;
            bool absent = keccak256(abi.encode(weights)) == keccak256(abi.encode(none));
            require(absent, ICircuitRegistry.WeightsCircuitUnexpected());
            _requireApart(circuit, OTHER_BETA / 2);
        } else {
            _requireCommittedKey(weights.key, weights.sigma, WEIGHTS);
            _requireG2(weights.link.inference, LINK);
            _requireG2(weights.link.weights, LINK + 1);
            _requireApart(circuit, DISTINCT);
        }
    }

    function _requireCommittedKey(VerifyingKey calldata key, uint256[4] calldata sigma, uint256 first) private view {
        requireKey(key, first);
        uint256[4] memory generator = Bn254.generatorOfG2();
        require(
            keccak256(abi.encode(key.gamma)) == keccak256(abi.encode(generator)),
            ICircuitRegistry.KeyGammaNotGenerator(first + 2)
        );
        _requireG2(sigma, first + SIGMA);
    }

    function _requireG2(uint256[4] calldata point, uint256 index) private view {
        for (uint256 i = 0; i < 4; ++i) {
            require(point[i] < Bn254.BASE_FIELD, ICircuitRegistry.KeyCoordinateNotCanonical(point[i]));
        }
        require(point[0] | point[1] | point[2] | point[3] != 0, ICircuitRegistry.KeyPointAtInfinity(index));
        require(Bn254.isInG2(point), ICircuitRegistry.KeyPointNotInSubgroup(index));
    }

    function _requireG1(uint256[2] calldata point, uint256 index) private pure {
        require(point[0] < Bn254.BASE_FIELD, ICircuitRegistry.KeyCoordinateNotCanonical(point[0]));
        require(point[1] < Bn254.BASE_FIELD, ICircuitRegistry.KeyCoordinateNotCanonical(point[1]));
        require(point[0] | point[1] != 0, ICircuitRegistry.KeyPointAtInfinity(index));
        require(Bn254.isOnCurve(point), ICircuitRegistry.KeyPointNotOnCurve(index));
    }

    /// @dev A secret that two of these points share, or that one shares with a key's other half, comes with multiples of G1
    /// in a proving key: whoever has them forges proofs of knowledge, or moves what one key fixes into what the other does not.
    /// Only beta, like alpha, is shared by all circuits of one phase 1.
    /// @param count How many of the points there are: four without a weights circuit.
    function _requireApart(CommittedCircuit calldata circuit, uint256 count) private pure {
        VerifyingKey calldata key = circuit.circuit.key;
        WeightsCircuit calldata weights = circuit.weights;
        uint256[4][DISTINCT] memory points = [
            key.beta,
            key.gamma,
            key.delta,
            circuit.sigma,
            weights.key.delta,
            weights.sigma,
            weights.link.inference,
            weights.link.weights,
            weights.key.beta
        ];
        for (uint256 i = 0; i < count; ++i) {
            for (uint256 j = i + 1; j < count; ++j) {
                if (i == 0 && j == OTHER_BETA) continue;
                bool same = points[i][0] == points[j][0] && points[i][1] == points[j][1];
                require(!same, ICircuitRegistry.KeyForgeable());
            }
        }
    }

    /// @dev Two points of the curve with one x are equal up to sign.
    function _isSameX(uint256[4] calldata a, uint256[4] calldata b) private pure returns (bool) {
        return a[0] == b[0] && a[1] == b[1];
    }
}
