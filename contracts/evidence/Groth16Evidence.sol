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
import {segmentDigest} from "../types/Segments.sol";
import {Statement} from "../types/Statement.sol";

/// @title Groth16Evidence
/// @notice Groth16 proof that the release's circuit, on its weights, maps the input words to the output words
/// (docs/statement.md, section 4). Data is `abi.encode(uint256 c, uint256[8] proof)`.
/// Where the release names a list of circuits, one proof of each segment (section 8), all words and none of their lengths:
/// `W` of each segment, unless the weights are public; the join commitments, one fewer; then `c` and proof of each.
/// @dev One contract for every circuit. The proof is bound to the statement by the challenge `z`, which hashes the digest.
/// Coordinates: A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y.
contract Groth16Evidence is IEvidenceVerifier {
    using CircuitCode for bytes;
    using Words for bytes;
    using Words for uint256[];

    /// @dev A circuit with what its proof is bound to: weights commitment, and digest of the statement or of the segment.
    struct Part {
        CircuitId circuit;
        uint256 weights;
        bytes32 digest;
    }

    bytes32 private constant CHALLENGE_TAG = keccak256("vouch.challenge.v1");
    /// @dev `c` and the coordinates.
    uint256 private constant PROOF_WORDS = 9;

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
    /// @notice As `ProofInvalid`, for the proof of a segment: of another place, statement, join or weights, perhaps.
    error SegmentProofInvalid(uint256 segment);
    /// @notice The segments' weights commitments are not those that the release commits to.
    error SegmentWeightsMismatch(uint256 weights, uint256 expected);
    /// @notice A segment's weights commitment is not below the scalar field's order.
    error SegmentWeightsNotCanonical(uint256 segment, uint256 weights);

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
        CircuitId[] memory segments;
        if (data.length != PROOF_WORDS * 32) segments = _circuits.segmentsOf(release.circuit);

        if (segments.length == 0) {
            require(data.length == PROOF_WORDS * 32, ProofLengthInvalid(data.length, PROOF_WORDS * 32));
            Part memory whole = Part({circuit: release.circuit, weights: release.weights, digest: digest});
            require(_isProven(whole, input, output, data.fromBytes()), ProofInvalid());
        } else {
            _requireSegments(segments, release.weights, digest, input, output, data);
        }

        assurance.kinds = uint8(1 << uint8(EvidenceKind.Zk));
        assurance.flags = _setupFlags(release.circuit);
    }

    /// @dev A join is one word of calldata, evaluated as what a segment gives out and as what the next takes in; all of them
    /// are hashed into every segment's digest, so that none is chosen after a challenge.
    function _requireSegments(
        CircuitId[] memory segments,
        uint256 weights,
        bytes32 digest,
        uint256[] calldata input,
        uint256[] calldata output,
        bytes calldata data
    ) private view {
        Part[] memory parts = _parts(segments, weights, digest, data);
        uint256[] calldata words = data.fromBytes();
        uint256 last = parts.length - 1;
        uint256 joins = weights == 0 ? 0 : parts.length;
        for (uint256 i = 0; i <= last; ++i) {
            bool proven = _isProven({
                part: parts[i],
                input: i == 0 ? input : words[joins + i - 1:joins + i],
                output: i == last ? output : words[joins + i:joins + i + 1],
                proof: words[joins + last + PROOF_WORDS * i:]
            });
            require(proven, SegmentProofInvalid(i));
        }
    }

    function _parts(
        CircuitId[] memory segments,
        uint256 weights,
        bytes32 digest,
        bytes calldata data
    ) private pure returns (Part[] memory parts) {
        uint256 count = segments.length;
        uint256 joins = weights == 0 ? 0 : count;
        uint256 proofs = joins + count - 1;
        uint256 length = (proofs + PROOF_WORDS * count) * 32;
        require(data.length == length, ProofLengthInvalid(data.length, length));
        uint256[] calldata words = data.fromBytes();
        if (weights != 0) _requireWeights(words[:count], weights);

        bytes32 joinsHash = Words.hash(words[joins:proofs]);
        parts = new Part[](count);
        for (uint256 i = 0; i < count; ++i) {
            parts[i].circuit = segments[i];
            if (weights != 0) parts[i].weights = words[i];
            parts[i].digest = segmentDigest(digest, i, count, joinsHash);
        }
    }

    /// @dev The release names the hash of the segments' commitments, without its last bits so that it is a field element.
    function _requireWeights(uint256[] calldata weights, uint256 expected) private pure {
        uint256 hashed = uint256(weights.hash()) >> 3;
        require(hashed == expected, SegmentWeightsMismatch(hashed, expected));
        for (uint256 i = 0; i < weights.length; ++i) {
            require(weights[i] < Bn254.SCALAR_FIELD, SegmentWeightsNotCanonical(i, weights[i]));
        }
    }

    /// @param proof `c`, then the coordinates; words after them are another's.
    function _isProven(
        Part memory part,
        uint256[] calldata input,
        uint256[] calldata output,
        uint256[] calldata proof
    ) private view returns (bool) {
        bytes memory circuit = CodeStorage.read(_circuits.pointerOf(part.circuit));
        input.requireCanonical(circuit.input());
        output.requireCanonical(circuit.output());
        _requireCanonicalProof(proof);

        uint256 z = uint256(keccak256(abi.encode(CHALLENGE_TAG, proof[0], part.digest))) % Bn254.SCALAR_FIELD;
        uint256 e = input.evaluate(z, output.evaluate(z, 0));
        if (circuit.weights() == WeightsMode.Committed) {
            e = addmod(mulmod(e, z, Bn254.SCALAR_FIELD), part.weights, Bn254.SCALAR_FIELD);
        }
        return _isProof(circuit, proof, [proof[0], z, e]);
    }

    function _setupFlags(CircuitId id) private view returns (uint8) {
        (SetupClass setup, uint256 attestations) = _circuits.setupOf(id);
        if (setup == SetupClass.Development) return DEVELOPMENT_SETUP | UNATTESTED_SETUP;
        return attestations == 0 ? UNATTESTED_SETUP : 0;
    }

    /// @dev `e(A, B) = e(alpha, beta) · e(IC_0 + Σ signal_i · IC_i, gamma) · e(C, delta)`, with A negated and moved over.
    function _isProof(
        bytes memory circuit,
        uint256[] calldata proof,
        uint256[3] memory signals
    ) private view returns (bool) {
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

    function _requireCanonicalProof(uint256[] calldata proof) private pure {
        require(proof[0] < Bn254.SCALAR_FIELD, ProofCommitmentNotCanonical(proof[0]));
        for (uint256 i = 1; i < PROOF_WORDS; ++i) {
            require(proof[i] < Bn254.BASE_FIELD, ProofCoordinateNotCanonical(proof[i]));
        }
    }
}
