// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Bn254} from "../libraries/Bn254.sol";
import {CircuitCode} from "../libraries/CircuitCode.sol";
import {CodeStorage} from "../libraries/CodeStorage.sol";
import {Words} from "../libraries/Words.sol";
import {Assurance, DEVELOPMENT_SETUP, UNATTESTED_SETUP} from "../types/Assurance.sol";
import {SetupClass, WeightsMode} from "../types/Circuit.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {CircuitId, ReleaseId} from "../types/Ids.sol";
import {Statement} from "../types/Statement.sol";

/// @title Groth16Evidence
/// @notice Groth16 proof that the release's circuit, on its weights, maps the input words to the output words
/// (docs/statement.md, section 4). Data is `abi.encode(uint256 c, uint256[8] proof)`.
/// @dev One contract for every circuit. The proof is bound to the statement by the challenge `z`, which hashes the digest.
/// Coordinates: A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y.
contract Groth16Evidence is IEvidenceVerifier {
    using CircuitCode for bytes;
    using Words for uint256[];

    bytes32 private constant CHALLENGE_TAG = keccak256("vouch.challenge.v1");
    uint256 private constant DATA_LENGTH = 9 * 32;

    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;

    error ReleaseWithoutCircuit(ReleaseId release);
    error ProofLengthInvalid(uint256 length, uint256 expected);
    /// @notice The commitment `c` is not below the scalar field's order.
    error ProofCommitmentNotCanonical(uint256 commitment);
    /// @notice A coordinate of the proof is not below the base field's order.
    error ProofCoordinateNotCanonical(uint256 coordinate);
    /// @notice The pairing equation does not hold, or a point of the proof is outside its group.
    error ProofInvalid();

    constructor(IModelRegistry models, ICircuitRegistry circuits) {
        _models = models;
        _circuits = circuits;
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Zk;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata statement,
        bytes32 digest,
        uint256[] calldata input,
        uint256[] calldata output,
        bytes calldata data
    ) external view returns (Assurance memory assurance) {
        IModelRegistry.ReleaseRecord memory release = _models.releaseOf(statement.release);
        require(release.circuit != CircuitId.wrap(0), ReleaseWithoutCircuit(statement.release));
        bytes memory circuit = CodeStorage.read(_circuits.pointerOf(release.circuit));
        input.requireCanonical(circuit.input());
        output.requireCanonical(circuit.output());
        (uint256 commitment, uint256[8] memory proof) = _decode(data);

        uint256 z = uint256(keccak256(abi.encode(CHALLENGE_TAG, commitment, digest))) % Bn254.SCALAR_FIELD;
        uint256 e = input.evaluate(z, output.evaluate(z, 0));
        if (circuit.weights() == WeightsMode.Committed) {
            e = addmod(mulmod(e, z, Bn254.SCALAR_FIELD), release.weights, Bn254.SCALAR_FIELD);
        }
        require(_isProof(circuit, proof, [commitment, z, e]), ProofInvalid());

        assurance.kinds = uint8(1 << uint8(EvidenceKind.Zk));
        assurance.flags = _setupFlags(release.circuit);
    }

    function _setupFlags(CircuitId id) private view returns (uint8) {
        (SetupClass setup, uint256 attestations) = _circuits.setupOf(id);
        if (setup == SetupClass.Development) return DEVELOPMENT_SETUP | UNATTESTED_SETUP;
        return attestations == 0 ? UNATTESTED_SETUP : 0;
    }

    /// @dev `e(A, B) = e(alpha, beta) · e(IC_0 + Σ signal_i · IC_i, gamma) · e(C, delta)`, with A negated and moved over.
    function _isProof(
        bytes memory circuit,
        uint256[8] memory proof,
        uint256[3] memory signals
    ) private view returns (bool) {
        uint256[2][4] memory g1;
        g1[0] = [proof[0], (Bn254.BASE_FIELD - proof[1]) % Bn254.BASE_FIELD];
        g1[1] = circuit.alpha();
        g1[2] = Bn254.addScaled({
            base: circuit.ic(0),
            points: [circuit.ic(1), circuit.ic(2), circuit.ic(3)],
            scalars: signals
        });
        g1[3] = [proof[6], proof[7]];
        uint256[4] memory b = [proof[2], proof[3], proof[4], proof[5]];
        uint256[4][4] memory g2 = [b, circuit.beta(), circuit.gamma(), circuit.delta()];
        return Bn254.isPairingOne(g1, g2);
    }

    function _decode(bytes calldata data) private pure returns (uint256 commitment, uint256[8] memory proof) {
        require(data.length == DATA_LENGTH, ProofLengthInvalid(data.length, DATA_LENGTH));
        (commitment, proof) = abi.decode(data, (uint256, uint256[8]));
        require(commitment < Bn254.SCALAR_FIELD, ProofCommitmentNotCanonical(commitment));
        for (uint256 i = 0; i < 8; ++i) {
            require(proof[i] < Bn254.BASE_FIELD, ProofCoordinateNotCanonical(proof[i]));
        }
    }
}
