// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {BatchCircuit} from "../types/Batches.sol";
import {Circuit, ProofSystem, SetupClass, TensorEncoding, WeightsMode} from "../types/Circuit.sol";
import {CommittedCircuit, WeightsRegistration} from "../types/CommittedCircuit.sol";
import {CircuitId} from "../types/Ids.sol";

/// @title ICircuitRegistry
/// @notice Verifying keys as data: one generic verifier serves every circuit in here.
/// @dev Warning: a well-formed key is no proof of an honest set-up. Whoever knows the discrete logarithm of delta over
/// gamma forges at will; only attestations by parties whom a policy names, or a pinned id, say more than "unverified".
interface ICircuitRegistry {
    event CircuitRegistered(CircuitId indexed id, address indexed registrant, Circuit circuit);
    /// @notice A commit-and-prove circuit was registered.
    event CommittedCircuitRegistered(CircuitId indexed id, address indexed registrant, CommittedCircuit circuit);
    /// @notice The point of the registration is what the weights of commitment `weights` are to proofs of the circuit, for good.
    event WeightsRegistered(CircuitId indexed id, uint256 indexed weights, WeightsRegistration registration);
    /// @notice `verifier` states that it re-derived and verified the set-up transcript.
    event SetupAttested(CircuitId indexed id, address indexed verifier, bytes32 transcript);

    /// @notice A list of circuits was registered, which together prove one model.
    event SegmentsRegistered(CircuitId indexed id, address indexed registrant, CircuitId[] segments);
    /// @notice A family of circuits was registered, which prove one inference of a model, or many at once.
    event BatchesRegistered(
        CircuitId indexed id,
        address indexed registrant,
        CircuitId indexed single,
        BatchCircuit[] batches
    );
    event SetupAttestationWithdrawn(CircuitId indexed id, address indexed verifier);

    error SetupNotAttested(CircuitId id, address verifier);
    error CircuitAlreadyRegistered(CircuitId id);
    error CircuitNotRegistered(CircuitId id);
    /// @notice A circuit of this proof system is registered by the other function.
    error CircuitSystemInvalid(ProofSystem system);
    /// @notice An encoding has no elements, no bits, more than 253 bits, or more words than the verifier will evaluate.
    error CircuitEncodingInvalid(uint256 elements, uint256 bits);
    /// @notice There must be one IC point more than public signals.
    error KeyLengthInvalid(uint256 points, uint256 expected);
    /// @notice A coordinate is not below the base field's order.
    error KeyCoordinateNotCanonical(uint256 coordinate);
    error KeyPointAtInfinity(uint256 point);
    error KeyPointNotOnCurve(uint256 point);
    /// @notice The pairing precompile refuses the G2 point: off the curve or outside the subgroup of order r.
    error KeyPointNotInSubgroup(uint256 point);
    /// @notice Two of beta, gamma and delta are equal up to sign; equal gamma and delta (a set-up without a
    /// contribution) let anyone forge. Likewise of a commit-and-prove circuit's sigma, its weights circuit's, and the link's.
    error KeyForgeable();
    /// @notice A commit-and-prove key's gamma is not the generator of G2; the index of the point is given.
    error KeyGammaNotGenerator(uint256 point);
    /// @notice A circuit that holds its weights has no weights circuit.
    error WeightsCircuitUnexpected();

    /// @notice Only a commit-and-prove circuit that does not hold its weights has weights registered.
    error CircuitWithoutWeights(CircuitId id);
    error WeightsAlreadyRegistered(CircuitId id, uint256 weights);
    /// @notice The commitment is not below the scalar field's order.
    error WeightsNotCanonical(uint256 weights);
    /// @notice An equation does not hold, or a point is outside its group.
    error WeightsProofInvalid();

    error SetupTranscriptMismatch(bytes32 registered, bytes32 attested);
    error SetupAlreadyAttested(CircuitId id, address verifier);
    /// @notice A development set-up is made by one party and has nothing to attest.
    error SetupIsDevelopment(CircuitId id);

    error SegmentCountInvalid(uint256 count, uint256 limit);
    /// @notice The segment's weights are not of the kind of the first one's.
    error SegmentWeightsInvalid(uint256 segment);
    /// @notice The segment does not take in one commitment to what the one before it gives out.
    error SegmentJoinInvalid(uint256 segment);
    /// @notice The segment is a commit-and-prove circuit, which no list takes.
    error SegmentSystemInvalid(uint256 segment);

    error BatchSizesInvalid(uint256 sizes, uint256 limit);
    /// @notice Counts are 2 to 128, each above the one before it.
    error BatchCountInvalid(uint256 batch, uint256 count);
    /// @notice The circuit is of another proof system than the one of a single inference.
    error BatchSystemInvalid(uint256 batch);
    /// @notice The circuit's weights are not of the kind of those of the one of a single inference.
    error BatchWeightsInvalid(uint256 batch);
    /// @notice The circuit does not encode the input and output of an inference as the one of a single inference does.
    error BatchEncodingInvalid(uint256 batch);
    /// @notice The inferences of the batch have more words together than the verifier will evaluate.
    error BatchWordsTooMany(uint256 batch, uint256 words, uint256 limit);

    /// @notice Checks a key, stores the circuit and returns its id.
    /// @dev Points are numbered alpha 0, beta 1, gamma 2, delta 3, IC from 4.
    function register(Circuit calldata circuit) external returns (CircuitId);

    /// @notice Checks the keys of a commit-and-prove circuit, stores it and returns its id (docs/statement.md, section 11).
    /// @dev Points are numbered as above, sigma 8; those of the weights circuit likewise from 9, its link 18 and 19.
    function registerCommitted(CommittedCircuit calldata circuit) external returns (CircuitId);

    /// @notice Verifies that a point opens, in the basis of a commit-and-prove circuit, to the weights that a commitment opens
    /// to, and stores it: proofs of releases with that circuit and commitment are verified against it.
    /// @dev Anyone may; the first point stays. Warning: one who knows the weights can register a point whose blind others lack:
    /// a publisher registers before it hands them out.
    /// @param weights Commitment `W`, as the release names it.
    function registerWeights(CircuitId id, uint256 weights, WeightsRegistration calldata registration) external;

    /// @notice Stores an ordered list of registered circuits, each of which takes in what the one before it gives out, and
    /// returns its id, which a release names as its circuit (docs/statement.md, section 8).
    /// @dev Its input is the first one's, its output the last one's; its set-up is as good as the worst.
    /// Warning: that the circuits are the segments of one model is not checked here: whoever trusts a release derives them.
    function registerSegments(CircuitId[] calldata segments) external returns (CircuitId);

    /// @notice Stores a family: a registered circuit of one inference, and registered circuits of as many inferences at once
    /// each, and returns its id, which a release names as its circuit (docs/statement.md, section 12).
    /// @dev It is to all what `single` is, for a proof of one inference too; its set-up is as good as the worst.
    /// Warning: that the circuits are of one model is not checked here: whoever trusts a release derives them.
    /// @param batches In the order of their counts. The encodings of each are those of one inference; weights of a
    /// commit-and-prove family are registered for each circuit of it.
    function registerBatches(CircuitId single, BatchCircuit[] calldata batches) external returns (CircuitId);

    /// @notice Records that the sender has verified the set-up transcript of a circuit.
    /// @dev Warning: whoever attests vouches for all that the id covers. Anyone can register an honest key and transcript
    /// with encodings, a weights mode or an r1cs hash that are not the circuit's.
    function attest(CircuitId id, bytes32 transcript) external;

    /// @notice Takes the sender's attestation of a circuit's set-up back: no policy that names the sender accepts its proofs
    /// from then on.
    /// @dev What was settled before stays settled. Warning: whoever names a verifier in a policy trusts it not to do so lightly.
    function withdrawAttestation(CircuitId id) external;

    /// @notice Returns the circuits of a registered list, in order; none for any other id.
    function segmentsOf(CircuitId id) external view returns (CircuitId[] memory);

    /// @notice Returns the circuits of a registered family that prove more than one inference, in the order of their counts;
    /// none for any other id.
    function batchesOf(CircuitId id) external view returns (BatchCircuit[] memory);

    /// @notice Returns the circuit of a registered family that proves one inference; of any other id that id.
    function singleOf(CircuitId id) external view returns (CircuitId);

    /// @notice Returns a registered circuit, of a commit-and-prove circuit that part which any circuit has, and of a family
    /// that of one inference; reverts for any other id, a list's too.
    function circuitOf(CircuitId id) external view returns (Circuit memory);

    /// @notice Returns a registered commit-and-prove circuit, of a family that of one inference; reverts for any other id.
    function committedCircuitOf(CircuitId id) external view returns (CommittedCircuit memory);

    /// @notice Returns the proof system of a registered circuit, or of the circuits of a list or family; reverts for any other
    /// id.
    function systemOf(CircuitId id) external view returns (ProofSystem);

    /// @notice Returns the point that is registered for weights of a commit-and-prove circuit, of a family that of one
    /// inference; zeros where none is.
    function weightsPointOf(CircuitId id, uint256 weights) external view returns (uint256[2] memory);

    /// @notice Returns how a registered circuit, list or family encodes the input and output of an inference; reverts for any
    /// other id.
    function encodingsOf(
        CircuitId id
    ) external view returns (TensorEncoding memory input, TensorEncoding memory output);

    /// @notice Returns whether a registered circuit, list or family commits to its weights; reverts for any other id.
    function weightsModeOf(CircuitId id) external view returns (WeightsMode);

    /// @notice Returns the account whose code, after a STOP, is `abi.encode(circuit)`, and behind it what a commit-and-prove
    /// circuit has beside, as `CircuitCode` reads it, of a family that of one inference; reverts for any other id.
    function pointerOf(CircuitId id) external view returns (address);

    /// @notice Returns what the registrant says of the set-up, and how many parties have attested it, in a list or family that
    /// one which the fewest have; reverts for any other id.
    function setupOf(CircuitId id) external view returns (SetupClass setup, uint256 attestations);

    /// @notice Returns whether a circuit, list or family is registered.
    function isRegistered(CircuitId id) external view returns (bool);

    /// @notice Returns whether `verifier` has attested the set-up of a circuit, or of each one in a list or family.
    function isAttestedBy(CircuitId id, address verifier) external view returns (bool);
}
