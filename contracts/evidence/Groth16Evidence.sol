// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {BatchedCircuit, BatchedProofs} from "../libraries/BatchedProofs.sol";
import {Bn254} from "../libraries/Bn254.sol";
import {CircuitCode} from "../libraries/CircuitCode.sol";
import {CodeStorage} from "../libraries/CodeStorage.sol";
import {CommittedGroth16} from "../libraries/CommittedGroth16.sol";
import {Groth16} from "../libraries/Groth16.sol";
import {Groth16Batch} from "../libraries/Groth16Batch.sol";
import {InferenceBatch} from "../libraries/InferenceBatch.sol";
import {Receipts} from "../libraries/Receipts.sol";
import {ReleaseCode} from "../libraries/ReleaseCode.sol";
import {Words} from "../libraries/Words.sol";
import {Assurance, DEVELOPMENT_SETUP, UNATTESTED_SETUP} from "../types/Assurance.sol";
import {BatchCircuit, batchDigest} from "../types/Batches.sol";
import {ProofSystem, SetupClass, WeightsMode} from "../types/Circuit.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {CircuitId, ReleaseId} from "../types/Ids.sol";
import {Receipt} from "../types/Receipt.sol";
import {segmentDigest} from "../types/Segments.sol";
import {Statement, domainOf} from "../types/Statement.sol";
import {APART, BESIDE, PROVEN, REFUSED, Verdict} from "../types/Verdict.sol";

/// @title Groth16Evidence
/// @notice Groth16 proof that the release's circuit, on its weights, maps the input words to the output words
/// (docs/statement.md, section 4). Data is `abi.encode(uint256 c, uint256[8] proof)`; of a commit-and-prove circuit it is
/// `abi.encode(uint256[12] proof)` (section 11).
/// Where the release names a list of circuits, data is one proof of each segment (section 8), all words and none of their
/// lengths: `W` of each segment, unless the weights are public; the join commitments, one fewer; then `c` and proof of each.
/// Or the hash of the join commitments alone, once every segment was recorded.
/// Where it names a family, one proof of many inferences may be recorded (section 12); then data is the place of the statement
/// in one byte, and the digests of all statements of that proof.
/// @dev One contract for every circuit. A proof is bound to the statement by the challenge, which hashes the digest.
contract Groth16Evidence is IBatchVerifier, ERC165 {
    using CommittedGroth16 for CommittedGroth16.Claim;
    using Groth16 for Groth16.Claim;
    using Groth16Batch for BatchedProofs;
    using InferenceBatch for CommittedGroth16.Claim;
    using InferenceBatch for Groth16.Claim;
    using InferenceBatch for Receipt[];
    using Receipts for Receipt;
    using Receipts for Receipt[];
    using ReleaseCode for address;
    using ReleaseCode for bytes;
    using Words for bytes;
    using Words for uint256[];

    /// @dev A statement's proof in segments. `weights` are the segments' commitments, none where they are public.
    struct Segments {
        CircuitId[] circuits;
        uint256[] weights;
        bytes32 digest;
        bytes32 joinsHash;
    }

    /// @dev What a batch needs of a release, looked up once.
    /// @param proofLength Bytes of its proofs; 0 unless one circuit proves it, of which a batch takes proofs.
    /// @param weights Commitment `W`, or of a commit-and-prove circuit the place of its weights in the batch.
    struct BatchRelease {
        ReleaseId id;
        uint256 proofLength;
        uint8 flags;
        uint256 weights;
        BatchedCircuit circuit;
    }

    /// @dev Receipts that are verified together.
    /// @param last Release of the last one: most often the next one's.
    struct ReceiptBatch {
        BatchedProofs proofs;
        BatchRelease last;
        BatchRelease[] releases;
        uint256 releaseCount;
    }

    uint256 private constant PROOF_LENGTH = Groth16.PROOF_WORDS * 32;
    uint256 private constant COMMITTED_PROOF_LENGTH = CommittedGroth16.PROOF_WORDS * 32;

    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;

    /// @dev Digests of segments and of batches: hashes of different types.
    mapping(bytes32 digest => bool recorded) private _recorded;

    /// @notice A segment of the statement with this digest was proven, joined to the others by commitments of this hash.
    event SegmentRecorded(bytes32 indexed statement, bytes32 indexed joinsHash, uint256 indexed segment);
    /// @notice The statements of a batch were proven: one of them has their digests for evidence from now on.
    event BatchRecorded(bytes32 indexed batch, ReleaseId indexed release, uint256 count);

    error ReleaseWithoutCircuit(ReleaseId release);
    error ProofLengthInvalid(uint256 length, uint256 expected);
    /// @notice `CircuitRegistry.registerWeights` has not been shown a point for the release's weights.
    error WeightsNotRegistered(CircuitId circuit, uint256 weights);
    /// @notice The pairing equation does not hold, or a point of the proof is outside its group.
    error ProofInvalid();
    /// @notice As `ProofInvalid`, for the proof of a segment: of another place, statement, join or weights, perhaps.
    error SegmentProofInvalid(uint256 segment);
    /// @notice The release is not proven in as many segments.
    error SegmentUnknown(uint256 segment, uint256 count);
    error SegmentNotRecorded(uint256 segment);
    /// @notice The segments' weights commitments are not those that the release commits to.
    error SegmentWeightsMismatch(uint256 weights, uint256 expected);
    /// @notice A segment's weights commitment is not below the scalar field's order.
    error SegmentWeightsNotCanonical(uint256 segment, uint256 weights);
    /// @notice The release names no circuit that proves so many inferences at once.
    error BatchUnknown(ReleaseId release, uint256 count);
    /// @notice The proof of a batch is of other statements, another order, router, release or circuit, perhaps.
    error BatchProofInvalid();
    /// @notice The digest at the place is not the statement's.
    error BatchPlaceMismatch(uint256 place);
    /// @notice Nobody has shown a proof of just these statements, in this order.
    error BatchNotRecorded(bytes32 batch);

    constructor(IModelRegistry models, ICircuitRegistry circuits) {
        _models = models;
        _circuits = circuits;
    }

    /// @notice Verifies the proof of one segment and records it: for statements whose proofs do not fit one transaction.
    /// @dev Anyone may. What is recorded is a proof under the digest that it is bound to, so it serves no other statement.
    /// @param router Router that the receipt is for: its address is in the digest.
    /// @param receipt Statement and words; its evidence is left aside.
    /// @param index Place of the segment.
    /// @param data As for all segments, with `c` and proof of this one only.
    function record(address router, Receipt calldata receipt, uint256 index, bytes calldata data) external {
        (CircuitId circuit, uint256 weights) = _termsOf(receipt.release);
        CircuitId[] memory circuits = _circuits.segmentsOf(circuit);
        require(index < circuits.length, SegmentUnknown(index, circuits.length));
        bytes32 digest = _digestOf(router, receipt);
        Segments memory segments = _read({circuits: circuits, weights: weights, digest: digest, data: data, proofs: 1});
        _requireSegment(segments, index, receipt.input, receipt.output, _joinsOf(segments, data), 0);

        _recorded[_segmentDigest(segments, index)] = true;

        emit SegmentRecorded(digest, segments.joinsHash, index);
    }

    /// @notice Verifies the one proof of many inferences of a release that names a family, and records it: each of them then
    /// has the digests of all for evidence.
    /// @dev Anyone may. Statements may be the same one, as where a batch is not full: each then is as proven as any.
    /// @param router Router that the receipts are for: its address is in the digests.
    /// @param receipts Statements and words in the order of the proof; their evidence is left aside.
    /// @param data `abi.encode(uint256 c, uint256[8] proof)`, or `abi.encode(uint256[12] proof)` of a commit-and-prove circuit.
    function recordBatch(address router, Receipt[] calldata receipts, bytes calldata data) external {
        require(receipts.length > 0, BatchUnknown(ReleaseId.wrap(0), 0));
        ReleaseId release = receipts[0].release;
        (CircuitId family, uint256 weights) = _termsOf(release);
        CircuitId circuit = _batchCircuitOf(release, family, receipts.length);
        bytes32 digest = receipts.digestOf(release, domainOf(router));
        require(_isBatchProven(circuit, weights, digest, receipts, data), BatchProofInvalid());

        _recorded[digest] = true;

        emit BatchRecorded(digest, release, receipts.length);
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
        (CircuitId circuit, uint256 weights) = _termsOf(statement.release);
        require(circuit != CircuitId.wrap(0), ReleaseWithoutCircuit(statement.release));
        CircuitId[] memory circuits;
        bool ofOne = data.length == PROOF_LENGTH || data.length == COMMITTED_PROOF_LENGTH;
        bool ofBatch = data.length % 32 == 1;
        if (!ofOne && !ofBatch) circuits = _circuits.segmentsOf(circuit);

        if (ofBatch) {
            _requireBatchRecorded(digest, data);
        } else if (circuits.length == 0) {
            require(_isProven(circuit, weights, digest, input, output, data), ProofInvalid());
        } else if (data.length == 32) {
            _requireRecorded(digest, circuits.length, bytes32(data));
        } else {
            Segments memory segments = _read(circuits, weights, digest, data, circuits.length);
            _requireSegments(segments, input, output, _joinsOf(segments, data));
        }

        assurance.kinds = uint8(1 << uint8(EvidenceKind.Zk));
        assurance.flags = _setupFlags(circuit);
    }

    /// @inheritdoc IBatchVerifier
    function verifyMany(Receipt[] calldata receipts) external view returns (bytes memory verdicts) {
        verdicts = new bytes(receipts.length);
        ReceiptBatch memory batch = _emptyBatch(receipts.length);
        for (uint256 i = 0; i < receipts.length; ++i) {
            Verdict verdict = _take(batch, receipts.receiptAt(i));
            assembly ("memory-safe") {
                mstore8(add(add(verdicts, 0x20), i), verdict)
            }
        }
        (bool whole, bool[] memory refuted) = batch.proofs.prove();
        if (whole) return verdicts;
        uint256 next = 0;
        for (uint256 i = 0; i < receipts.length; ++i) {
            if (uint8(verdicts[i]) & PROVEN == 0) continue;
            (, uint256 length, ) = receipts.receiptAt(i).evidenceOf(EvidenceKind.Zk);
            if (length % 32 == 1) continue; // of a proof that was verified before
            if (refuted[next]) verdicts[i] = bytes1(Verdict.unwrap(REFUSED));
            ++next;
        }
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IEvidenceVerifier).interfaceId ||
            interfaceId == type(IBatchVerifier).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /// @dev Reverts where the data is not a proof of the circuit's system, or a word is not canonical.
    function _isProven(
        CircuitId id,
        uint256 weights,
        bytes32 digest,
        uint256[] calldata input,
        uint256[] calldata output,
        bytes calldata data
    ) private view returns (bool) {
        address pointer = _circuits.pointerOf(id);
        bytes memory circuit = CodeStorage.read(pointer);
        if (CircuitCode.system(circuit) == ProofSystem.Groth16) {
            return _claimOf(circuit, weights, digest, data).isProven(input, output, data.fromBytes());
        }
        return _committedClaimOf(id, pointer, circuit, weights, digest, data).isProven(input, output, data.fromBytes());
    }

    /// @dev Likewise of many inferences.
    function _isBatchProven(
        CircuitId id,
        uint256 weights,
        bytes32 digest,
        Receipt[] calldata receipts,
        bytes calldata data
    ) private view returns (bool) {
        address pointer = _circuits.pointerOf(id);
        bytes memory circuit = CodeStorage.read(pointer);
        if (CircuitCode.system(circuit) == ProofSystem.Groth16) {
            return _claimOf(circuit, weights, digest, data).isProven(receipts, data.fromBytes());
        }
        return _committedClaimOf(id, pointer, circuit, weights, digest, data).isProven(receipts, data.fromBytes());
    }

    /// @dev What a proof in `data` is for; reverts where it is of another length.
    function _claimOf(
        bytes memory circuit,
        uint256 weights,
        bytes32 digest,
        bytes calldata data
    ) private pure returns (Groth16.Claim memory) {
        require(data.length == PROOF_LENGTH, ProofLengthInvalid(data.length, PROOF_LENGTH));
        return Groth16.Claim({circuit: circuit, weights: weights, digest: digest});
    }

    /// @dev Likewise of a commit-and-prove circuit; reverts where nobody registered the weights.
    function _committedClaimOf(
        CircuitId id,
        address pointer,
        bytes memory circuit,
        uint256 weights,
        bytes32 digest,
        bytes calldata data
    ) private view returns (CommittedGroth16.Claim memory) {
        require(data.length == COMMITTED_PROOF_LENGTH, ProofLengthInvalid(data.length, COMMITTED_PROOF_LENGTH));
        (bool registered, uint256[2] memory point) = _weightsPointOf(id, circuit, weights);
        require(registered, WeightsNotRegistered(id, weights));
        return CommittedGroth16.Claim({circuit: pointer, code: circuit, weights: point, digest: digest});
    }

    /// @dev The circuit of a family that proves `count` inferences at once.
    function _batchCircuitOf(ReleaseId release, CircuitId family, uint256 count) private view returns (CircuitId) {
        BatchCircuit[] memory batches = _circuits.batchesOf(family);
        for (uint256 i = 0; i < batches.length; ++i) {
            if (batches[i].count == count) return batches[i].circuit;
        }
        revert BatchUnknown(release, count);
    }

    /// @dev Zeros where the circuit holds the weights.
    function _weightsPointOf(
        CircuitId id,
        bytes memory circuit,
        uint256 weights
    ) private view returns (bool registered, uint256[2] memory point) {
        if (CircuitCode.weights(circuit) == WeightsMode.Constant) return (true, point);
        point = _circuits.weightsPointOf(id, weights);
        registered = point[0] | point[1] != 0;
    }

    /// @dev The words are those of the record, as the digest hashes them.
    function _requireRecorded(bytes32 digest, uint256 count, bytes32 joinsHash) private view {
        for (uint256 i = 0; i < count; ++i) {
            require(_recorded[segmentDigest(digest, i, count, joinsHash)], SegmentNotRecorded(i));
        }
    }

    /// @dev Only digests that the proof of one batch was verified for make up a digest that was recorded, all of one release,
    /// whose circuits never change: so the statement's is proven by its release.
    /// @param data Place of the statement, then all digests.
    function _requireBatchRecorded(bytes32 digest, bytes calldata data) private view {
        (bool listed, bytes32 batch) = _batchIn(digest, data);
        require(listed, BatchPlaceMismatch(uint8(data[0])));
        require(_recorded[batch], BatchNotRecorded(batch));
    }

    /// @return listed Whether the digest is at the place that the first byte names.
    /// @return batch Digest of the batch.
    function _batchIn(bytes32 digest, bytes calldata data) private pure returns (bool listed, bytes32 batch) {
        uint256 start = 1 + uint256(uint8(data[0])) * 32;
        listed = start < data.length && bytes32(data[start:]) == digest;
        batch = batchDigest(data.length / 32, keccak256(data[1:]));
    }

    /// @dev All by one product of pairings.
    function _requireSegments(
        Segments memory segments,
        uint256[] calldata input,
        uint256[] calldata output,
        uint256[] calldata words
    ) private view {
        BatchedProofs memory batch = Groth16Batch.create(segments.circuits.length, 0); // no receipts
        for (uint256 i = 0; i < segments.circuits.length; ++i) {
            if (_addSegment(batch, segments, i, input, output, words)) continue;
            // Says which word it is, if it is one.
            _requireSegment(segments, i, input, output, words, i);
            revert SegmentProofInvalid(i);
        }
        (bool whole, bool[] memory refuted) = batch.prove();
        for (uint256 i = 0; !whole; ++i) require(!refuted[i], SegmentProofInvalid(i));
    }

    /// @dev A join is one word, evaluated as what a segment gives out and as what the next takes in.
    /// @param words The joins, then the proofs.
    function _addSegment(
        BatchedProofs memory batch,
        Segments memory segments,
        uint256 index,
        uint256[] calldata input,
        uint256[] calldata output,
        uint256[] calldata words
    ) private view returns (bool) {
        uint256 last = segments.circuits.length - 1;
        if (index > 0) input = words[index - 1:index];
        if (index < last) output = words[index:index + 1];
        uint256 proof;
        uint256[] calldata following = words[last + Groth16.PROOF_WORDS * index:];
        assembly ("memory-safe") {
            proof := following.offset
        }
        return
            batch.add({
                circuit: batch.circuitAt(_circuits.pointerOf(segments.circuits[index])),
                weights: segments.weights.length == 0 ? 0 : segments.weights[index],
                digest: _segmentDigest(segments, index),
                input: input,
                output: output,
                proof: proof
            });
    }

    /// @dev One by itself.
    /// @param words The joins, then the proofs.
    /// @param place Place of the segment's proof among these.
    function _requireSegment(
        Segments memory segments,
        uint256 index,
        uint256[] calldata input,
        uint256[] calldata output,
        uint256[] calldata words,
        uint256 place
    ) private view {
        uint256 last = segments.circuits.length - 1;
        if (index > 0) input = words[index - 1:index];
        if (index < last) output = words[index:index + 1];
        Groth16.Claim memory claim = Groth16.Claim({
            circuit: CodeStorage.read(_circuits.pointerOf(segments.circuits[index])),
            weights: segments.weights.length == 0 ? 0 : segments.weights[index],
            digest: _segmentDigest(segments, index)
        });
        bool proven = claim.isProven(input, output, words[last + Groth16.PROOF_WORDS * place:]);
        require(proven, SegmentProofInvalid(index));
    }

    function _termsOf(ReleaseId id) private view returns (CircuitId circuit, uint256 weights) {
        return _termsAt(_models.pointerOf(id));
    }

    function _termsAt(address pointer) private view returns (CircuitId circuit, uint256 weights) {
        bytes memory terms = pointer.recordAt();
        return (terms.circuit(), terms.weights());
    }

    function _setupFlags(CircuitId id) private view returns (uint8) {
        (SetupClass setup, uint256 attestations) = _circuits.setupOf(id);
        if (setup == SetupClass.Development) return DEVELOPMENT_SETUP | UNATTESTED_SETUP;
        return attestations == 0 ? UNATTESTED_SETUP : 0;
    }

    /// @dev As the router builds it.
    function _digestOf(address router, Receipt calldata receipt) private view returns (bytes32) {
        return receipt.digestOf(domainOf(router), receipt.input.hash(), receipt.output.hash());
    }

    /// @dev Adds a receipt's proof to the batch, or finds that it was verified before.
    /// @return `PROVEN`, unless the batch refutes it.
    function _take(ReceiptBatch memory batch, Receipt calldata receipt) private view returns (Verdict) {
        (uint256 proof, uint256 length, bool alone) = receipt.evidenceOf(EvidenceKind.Zk);
        if (proof == 0) return APART;
        bool isPlain = length == PROOF_LENGTH;
        if (!isPlain && length != COMMITTED_PROOF_LENGTH) {
            return length % 32 == 1 ? _takeRecorded(batch, receipt, proof, length, alone) : APART;
        }
        BatchRelease memory release = batch.last;
        if (release.id != receipt.release) release = _lookUp(batch, receipt.release);
        if (release.proofLength != length) return APART;
        bool taken =
            isPlain
                ? batch.proofs.addPlainReceipt(release.circuit, release.weights, receipt, proof)
                : batch.proofs.addReceipt(release.circuit, release.weights, receipt, proof);
        return taken ? _proven(release, alone) : REFUSED;
    }

    /// @dev Judges a receipt whose evidence is its place in a batch of inferences.
    function _takeRecorded(
        ReceiptBatch memory batch,
        Receipt calldata receipt,
        uint256 place,
        uint256 length,
        bool alone
    ) private view returns (Verdict) {
        bytes calldata data;
        assembly ("memory-safe") {
            data.offset := place
            data.length := length
        }
        bytes32 digest = receipt.digestOf(batch.proofs.domain, receipt.inputOf().hash(), receipt.outputOf().hash());
        (bool listed, bytes32 inferences) = _batchIn(digest, data);
        if (!listed || !_recorded[inferences]) return REFUSED;
        BatchRelease memory release = batch.last;
        if (release.id != receipt.release) release = _lookUp(batch, receipt.release);
        return _proven(release, alone);
    }

    function _proven(BatchRelease memory release, bool alone) private pure returns (Verdict) {
        return Verdict.wrap(alone ? PROVEN | release.flags : PROVEN | BESIDE | release.flags);
    }

    /// @dev Finds a release among those looked up before, or looks it up.
    function _lookUp(ReceiptBatch memory batch, ReleaseId id) private view returns (BatchRelease memory) {
        for (uint256 i = 0; i < batch.releaseCount; ++i) {
            if (batch.releases[i].id == id) {
                batch.last = batch.releases[i];
                return batch.last;
            }
        }
        batch.last = _lookUpAnew(batch, id);
        batch.releases[batch.releaseCount] = batch.last;
        ++batch.releaseCount;
        return batch.last;
    }

    /// @dev Who sends too little gas for either call has too little left for all that follows.
    function _lookUpAnew(ReceiptBatch memory batch, ReleaseId id) private view returns (BatchRelease memory release) {
        release.id = id;
        address terms;
        try _models.pointerOf(id) returns (address found) {
            terms = found;
        } catch {
            return release; // it is not published
        }
        (CircuitId circuit, uint256 weights) = _termsAt(terms);
        try _circuits.pointerOf(circuit) returns (address pointer) {
            release.flags = _setupFlags(circuit);
            release.circuit = batch.proofs.circuitAt(pointer);
            (release.proofLength, release.weights) = _formOf(release.circuit, circuit, weights);
        } catch {
            return release; // there is no circuit, or a list
        }
    }

    /// @dev Returns the length of proofs that a batch takes of a circuit, and the weights as the batch names them; a length of
    /// 0 where they are not registered, so that `verify` says so.
    function _formOf(
        BatchedCircuit memory circuit,
        CircuitId id,
        uint256 weights
    ) private view returns (uint256 proofLength, uint256 named) {
        if (circuit.system == ProofSystem.Groth16) return (PROOF_LENGTH, weights);
        (bool registered, uint256[2] memory point) = _weightsPointOf(id, circuit.code, weights);
        if (registered) return (COMMITTED_PROOF_LENGTH, Groth16Batch.weightsAt(circuit, point));
    }

    function _emptyBatch(uint256 capacity) private view returns (ReceiptBatch memory batch) {
        batch.proofs = Groth16Batch.create(capacity, domainOf(msg.sender));
        // Places that are filled as releases come.
        uint256[] memory releases = new uint256[](capacity);
        assembly ("memory-safe") {
            mstore(add(batch, 0x40), releases)
        }
    }

    /// @dev Reads what comes before the proofs. All joins are hashed into every segment's digest, so that none is chosen after
    /// a challenge.
    /// @param weights What the release names: the hash of the segments' commitments, without its last bits so that it is a
    /// field element.
    /// @param proofs How many proofs follow.
    function _read(
        CircuitId[] memory circuits,
        uint256 weights,
        bytes32 digest,
        bytes calldata data,
        uint256 proofs
    ) private pure returns (Segments memory segments) {
        uint256 count = circuits.length;
        uint256 committed = weights == 0 ? 0 : count;
        uint256 length = (committed + count - 1 + Groth16.PROOF_WORDS * proofs) * 32;
        require(data.length == length, ProofLengthInvalid(data.length, length));
        segments.circuits = circuits;
        segments.digest = digest;
        uint256[] calldata words = data.fromBytes();
        segments.joinsHash = Words.hash(words[committed:committed + count - 1]);
        if (weights != 0) segments.weights = _weightsOf(words[:count], weights);
    }

    function _weightsOf(uint256[] calldata weights, uint256 expected) private pure returns (uint256[] memory) {
        uint256 hashed = uint256(weights.hash()) >> 3;
        require(hashed == expected, SegmentWeightsMismatch(hashed, expected));
        for (uint256 i = 0; i < weights.length; ++i) {
            require(weights[i] < Bn254.SCALAR_FIELD, SegmentWeightsNotCanonical(i, weights[i]));
        }
        return weights;
    }

    /// @dev The joins and what follows.
    function _joinsOf(Segments memory segments, bytes calldata data) private pure returns (uint256[] calldata words) {
        words = data.fromBytes();
        words = words[segments.weights.length:];
    }

    function _segmentDigest(Segments memory segments, uint256 index) private pure returns (bytes32) {
        return segmentDigest(segments.digest, index, segments.circuits.length, segments.joinsHash);
    }
}
