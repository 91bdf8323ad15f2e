// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofSystem, WeightsMode} from "../types/Circuit.sol";
import {Receipt} from "../types/Receipt.sol";
import {Bn254} from "./Bn254.sol";
import {CircuitCode} from "./CircuitCode.sol";
import {CodeStorage} from "./CodeStorage.sol";
import {CommittedBatch} from "./CommittedBatch.sol";
import {CommittedGroth16} from "./CommittedGroth16.sol";
import {Groth16} from "./Groth16.sol";
import {Receipts} from "./Receipts.sol";
import {Words} from "./Words.sol";

/// @title Groth16Batch
/// @notice Many proofs, of one circuit or of several, by one product of pairings (docs/statement.md, sections 9 and 11).
/// @dev Each proof's equation is raised to a power that a hash of all keys, signals and proofs draws. Proof `i` costs a pairing
/// and two multiplications, a circuit three pairings and five multiplications. Where the product is not one, halves are
/// tried, and a proof that is left alone is judged by `Groth16`. What commit-and-prove adds is in `CommittedBatch`.
library Groth16Batch {
    using CircuitCode for bytes;
    using Receipts for Receipt;
    using Words for uint256[];

    /// @notice A circuit that proofs of the batch are for, and sums over those of one product.
    /// @param pointer Account whose code it is.
    /// @param used How many proofs were summed.
    /// @param rho Sum of the powers; `first`, `second` and `third` those of the signals times the powers; `cX` and `cY` that of
    /// the points C.
    /// @param sums Of what commit-and-prove adds; nothing for another system.
    struct Circuit {
        uint256 used;
        uint256 rho;
        uint256 first;
        uint256 second;
        uint256 third;
        uint256 cX;
        uint256 cY;
        address pointer;
        bool isCommitted;
        Words.Shape input;
        Words.Shape output;
        bytes code;
        ProofSystem system;
        CommittedBatch.Sums sums;
    }

    /// @notice Proofs whose words are canonical and whose A and C are in G1.
    /// @param items Place of the first; the others follow. Each has its power, the points of the proof, the three signals, the
    /// account and the place of its circuit, the place of the proof in calldata, and that of what commit-and-prove adds, or 0:
    /// A and C here are multiplied by the power.
    /// @param next Place of the next.
    /// @param seed Hash of all keys, signals and proofs.
    /// @param domain EIP-712 domain separator of the statements.
    /// @param pairs Pairings that may still be spent on products; before that, those that commit-and-prove has more.
    /// @param r Power of the second equations of commit-and-prove, beside that of each proof.
    struct Batch {
        uint256 items;
        uint256 next;
        bytes32 seed;
        bytes32 domain;
        uint256 circuitCount;
        Circuit[] circuits;
        uint256 pairs;
        uint256 r;
    }

    bytes32 private constant BATCH_TAG = keccak256("vouch.batch.v1");
    /// @dev Pairings of a circuit in a product, and of a proof on its own; commit-and-prove has one more of both.
    uint256 private constant CIRCUIT_PAIRS = 3;
    uint256 private constant PROOF_PAIRS = 4;
    uint256 private constant PAIR_LENGTH = 0xc0;

    /// @dev Members of an item; first comes the seed before it, then its power in that place.
    uint256 private constant A = 0x20;
    uint256 private constant C = 0xe0;
    uint256 private constant SIGNALS = 0x120;
    uint256 private constant KEY = 0x180;
    uint256 private constant CIRCUIT = 0x1a0;
    uint256 private constant PROOF = 0x1c0;
    uint256 private constant COMMITMENTS = 0x1e0;
    uint256 private constant ITEM_LENGTH = 0x200;
    /// @dev Members of a circuit: the sum of the points C, the pointer, and the place of what commit-and-prove sums.
    uint256 private constant SUM = 0xa0;
    uint256 private constant POINTER = 0xe0;
    uint256 private constant SUMS = 0x1a0;
    /// @dev Members of a batch.
    uint256 private constant NEXT = 0x20;
    uint256 private constant SEED = 0x40;

    /// @notice Returns a batch that takes up to `capacity` proofs.
    function create(uint256 capacity, bytes32 domain) internal pure returns (Batch memory batch) {
        uint256[] memory circuits = new uint256[](capacity); // pointers, filled as circuits come
        assembly ("memory-safe") {
            mstore(add(batch, 0xa0), circuits)
            let items := mload(0x40)
            mstore(0x40, add(items, mul(capacity, ITEM_LENGTH)))
            mstore(batch, items)
            mstore(add(batch, NEXT), items)
        }
        (batch.seed, batch.domain) = (BATCH_TAG, domain);
    }

    /// @notice Returns the circuit at `pointer`, which is read once.
    function circuitAt(Batch memory batch, address pointer) internal view returns (Circuit memory circuit) {
        for (uint256 i = 0; i < batch.circuitCount; ++i) {
            if (batch.circuits[i].pointer == pointer) return batch.circuits[i];
        }
        bytes memory code = CodeStorage.read(pointer);
        circuit.pointer = pointer;
        circuit.system = code.system();
        // Elsewhere `W` is not evaluated.
        circuit.isCommitted = circuit.system == ProofSystem.Groth16 && code.weights() == WeightsMode.Committed;
        circuit.input = Words.shapeOf(code.input());
        circuit.output = Words.shapeOf(code.output());
        circuit.code = code;
        if (circuit.system == ProofSystem.CommittedGroth16) ++batch.pairs;
        batch.circuits[batch.circuitCount] = circuit;
        ++batch.circuitCount;
    }

    /// @notice Returns the place of weights with the point `D_W`, zeros where the circuit holds them, to add proofs with.
    /// @param circuit Of commit-and-prove.
    function weightsAt(Circuit memory circuit, uint256[2] memory point) internal pure returns (uint256) {
        return CommittedBatch.weightsAt(circuit.sums, point);
    }

    /// @notice Takes up the proof of a receipt's statement and returns true, or leaves it aside where it is refused without a
    /// pairing: a word is not canonical or missing, a point is not in G1, or D is infinity.
    /// @dev There must be room for it.
    /// @param circuit Of this batch.
    /// @param weights Commitment `W`, ignored where the circuit holds the weights; of commit-and-prove their place.
    /// @param proof Place in calldata of its words.
    function add(
        Batch memory batch,
        Circuit memory circuit,
        uint256 weights,
        Receipt calldata receipt,
        uint256 proof
    ) internal pure returns (bool) {
        uint256 commitments;
        if (circuit.system == ProofSystem.Groth16) {
            if (!_isPlaced(batch.next, proof)) return false;
        } else {
            commitments = _placeCommitted(batch.next, proof, weights);
            if (commitments == 0) return false;
        }
        uint256[] calldata input = receipt.inputOf();
        uint256[] calldata output = receipt.outputOf();
        if (!input.isCanonical(circuit.input) || !output.isCanonical(circuit.output)) return false;
        uint256 z = _drawSignals(batch, commitments, receipt.digestOf(batch.domain, input.hash(), output.hash()));
        uint256 e = input.evaluate(z, output.evaluate(z, 0));
        if (circuit.isCommitted) e = addmod(mulmod(e, z, Bn254.SCALAR_FIELD), weights, Bn254.SCALAR_FIELD);
        _seal(batch, circuit, commitments, e);
        return true;
    }

    /// @notice Returns whether all proofs hold, and which do not, in the order in which they were taken up.
    /// @dev Spends no more pairings on halves than all proofs one by one would need, so that it costs at most one product and
    /// twice these, however many proofs fail.
    function prove(Batch memory batch) internal view returns (bool whole, bool[] memory refuted) {
        uint256 count = (batch.next - batch.items) / ITEM_LENGTH;
        refuted = new bool[](count);
        if (count == 0) return (true, refuted);
        if (count > 1) _draw(batch);
        // One product of all, and all proofs one by one.
        batch.pairs += (count + CIRCUIT_PAIRS * batch.circuitCount) + PROOF_PAIRS * count;
        whole = _prove(batch, refuted, 0, count, false);
    }

    /// @dev Where a product is not one but that of its first half is, that of the second half is not: nothing is to be tried.
    /// @param known Whether the product of this range is known not to be one.
    /// @return whole Whether all of the range hold.
    function _prove(
        Batch memory batch,
        bool[] memory refuted,
        uint256 from,
        uint256 to,
        bool known
    ) private view returns (bool whole) {
        if (to - from == 1) {
            whole = !known && _isProof(batch.items + from * ITEM_LENGTH);
            refuted[from] = !whole;
            return whole;
        }
        if (!known) {
            uint256 needed = to - from + _sum(batch, from, to);
            if (needed <= batch.pairs) {
                batch.pairs -= needed;
                if (_isProductOne(batch, from, to, needed)) return true;
                known = true;
            }
        }
        uint256 middle = (from + to) / 2;
        whole = _prove(batch, refuted, from, middle, false);
        whole = _prove(batch, refuted, middle, to, known && whole) && whole;
    }

    /// @dev The first power is 1: the others are enough to keep proofs that fail from making up for each other. A power is below
    /// 2^253, hence below the order of the field.
    function _draw(Batch memory batch) private view {
        uint256 item = batch.items;
        uint256 end = batch.next;
        bytes32 seed = batch.seed;
        uint256 rho;
        assembly ("memory-safe") {
            mstore(item, 1)
            mstore(0x00, seed)
            mstore(0x20, 0)
            rho := shr(3, keccak256(0x00, 0x40))
        }
        batch.r = rho;
        // Places in memory, and a number of items.
        unchecked {
            for (uint256 i = 1; (item += ITEM_LENGTH) < end; ++i) {
                assembly ("memory-safe") {
                    mstore(0x00, seed)
                    mstore(0x20, i)
                    rho := shr(3, keccak256(0x00, 0x40))
                    mstore(item, rho)
                }
                Bn254.multiply(item + A, rho);
                Bn254.multiply(item + C, rho);
                uint256 commitments = _commitmentsOf(item);
                if (commitments != 0) CommittedBatch.multiply(commitments, rho);
            }
        }
    }

    /// @dev Sums scalars and points of a range for each circuit, and returns how many pairings the circuits have in a product.
    function _sum(Batch memory batch, uint256 from, uint256 to) private view returns (uint256 pairs) {
        _clear(batch);
        uint256 order = Bn254.SCALAR_FIELD;
        uint256 item = batch.items + from * ITEM_LENGTH;
        uint256 end = batch.items + to * ITEM_LENGTH;
        while (item < end) {
            uint256 circuit;
            uint256 commitments;
            assembly ("memory-safe") {
                circuit := mload(add(item, CIRCUIT))
                commitments := mload(add(item, COMMITMENTS))
                let used := mload(circuit)
                pairs := add(pairs, mul(add(CIRCUIT_PAIRS, gt(commitments, 0)), iszero(used)))
                mstore(circuit, add(used, 1))
                let rho := mload(item)
                let sum := add(circuit, 0x20)
                mstore(sum, addmod(mload(sum), rho, order))
                sum := add(sum, 0x20)
                mstore(sum, addmod(mload(sum), mulmod(rho, mload(add(item, 0x120)), order), order))
                sum := add(sum, 0x20)
                mstore(sum, addmod(mload(sum), mulmod(rho, mload(add(item, 0x140)), order), order))
                sum := add(sum, 0x20)
                mstore(sum, addmod(mload(sum), mulmod(rho, mload(add(item, 0x160)), order), order))
            }
            unchecked {
                Bn254.accumulate(circuit + SUM, item + C); // places in memory
                if (commitments != 0) _accumulate(item, commitments);
                item += ITEM_LENGTH;
            }
        }
    }

    function _clear(Batch memory batch) private pure {
        for (uint256 i = 0; i < batch.circuitCount; ++i) {
            Circuit memory circuit = batch.circuits[i];
            (circuit.used, circuit.rho, circuit.first, circuit.second, circuit.third) = (0, 0, 0, 0, 0);
            (circuit.cX, circuit.cY) = (0, 0);
            if (circuit.system == ProofSystem.CommittedGroth16) CommittedBatch.clear(circuit.sums);
        }
    }

    /// @dev Adds what commit-and-prove has beside, of one proof, to the sums of its circuit.
    function _accumulate(uint256 item, uint256 commitments) private view {
        uint256 sums;
        uint256 rho;
        assembly ("memory-safe") {
            sums := mload(add(mload(add(item, CIRCUIT)), SUMS))
            rho := mload(item)
        }
        CommittedBatch.accumulate(sums, commitments, rho);
    }

    /// @dev `Π e(rho_i · A_i, B_i) = Π_circuits e(Σ rho_i · alpha, beta) · e(Σ rho_i · vk_i, gamma) · e(Σ rho_i · C_i, delta)`
    /// with the right side negated and moved over, after `_sum` of the same range.
    function _isProductOne(
        Batch memory batch,
        uint256 from,
        uint256 to,
        uint256 pairs
    ) private view returns (bool one) {
        uint256 data;
        uint256 end;
        uint256 item = batch.items + from * ITEM_LENGTH;
        assembly ("memory-safe") {
            data := mload(0x40)
            mstore(0x40, add(data, mul(pairs, PAIR_LENGTH)))
            end := data
            for {
                let last := add(data, mul(sub(to, from), PAIR_LENGTH))
            } lt(end, last) {
                end := add(end, PAIR_LENGTH)
            } {
                mcopy(end, add(item, A), PAIR_LENGTH)
                item := add(item, ITEM_LENGTH)
            }
        }
        for (uint256 i = 0; i < batch.circuitCount; ++i) {
            if (batch.circuits[i].used > 0) end = _appendCircuit(batch.circuits[i], batch.r, end);
        }
        one = Bn254.isPairingOne(data, pairs);
        assembly ("memory-safe") {
            mstore(0x40, data) // nothing above is used again
        }
    }

    /// @dev Writes the pairs of a circuit at `end`, and returns where they end.
    function _appendCircuit(Circuit memory circuit, uint256 r, uint256 end) private view returns (uint256) {
        bytes memory code = circuit.code;
        uint256 order = Bn254.SCALAR_FIELD;
        _appendScaled(end, code.alpha(), order - circuit.rho);
        end = _appendG2(end, code.beta());

        bool commits = circuit.system == ProofSystem.CommittedGroth16;
        uint256[3] memory sums = [circuit.first, circuit.second, circuit.third];
        uint256 next = end + 0x40;
        _appendScaled(end, code.ic(0), order - circuit.rho);
        for (uint256 i = 0; i < 3; ++i) {
            _appendScaled(next, code.ic(i + 1), order - sums[i]);
            Bn254.accumulate(end, next);
        }
        if (commits) CommittedBatch.subtract(circuit.sums, end, r);
        end = _appendG2(end, code.gamma());

        uint256 field = Bn254.BASE_FIELD;
        assembly ("memory-safe") {
            mcopy(end, add(circuit, SUM), 0x40)
            let y := add(end, 0x20)
            mstore(y, mod(sub(field, mload(y)), field))
        }
        end = _appendG2(end, code.delta());
        if (!commits) return end;
        CommittedBatch.placeKnowledge(circuit.sums, end, r);
        return _appendG2(end, code.sigma());
    }

    function _appendScaled(uint256 place, uint256[2] memory point, uint256 scalar) private view {
        assembly ("memory-safe") {
            mcopy(place, point, 0x40)
        }
        Bn254.multiply(place, scalar);
    }

    /// @dev Completes a pair, and returns where it ends.
    function _appendG2(uint256 pair, uint256[4] memory point) private pure returns (uint256) {
        assembly ("memory-safe") {
            mcopy(add(pair, 0x40), point, 0x80)
        }
        return pair + PAIR_LENGTH;
    }

    /// @dev Copies a proof to the place of an item; returns whether its words are canonical, and A and C in G1.
    function _isPlaced(uint256 item, uint256 proof) private pure returns (bool) {
        uint256[] calldata words;
        assembly ("memory-safe") {
            mstore(add(item, PROOF), proof)
            calldatacopy(add(item, A), add(proof, 0x20), 0x100)
            mstore(add(item, SIGNALS), calldataload(proof))
            words.offset := proof
            words.length := 9
        }
        unchecked {
            return Groth16.isCanonical(words) && Bn254.isInG1(item + A) && Bn254.isInG1(item + C); // places in memory
        }
    }

    /// @dev Likewise of commit-and-prove; returns the place of the commitments, 0 where a word or point is not what it must be.
    function _placeCommitted(uint256 item, uint256 proof, uint256 weights) private pure returns (uint256) {
        assembly ("memory-safe") {
            mstore(add(item, PROOF), proof)
            calldatacopy(add(item, A), proof, 0x100)
        }
        uint256[] calldata words = CommittedBatch.proofAt(proof);
        unchecked {
            // places in memory
            if (!CommittedGroth16.isCanonical(words) || !Bn254.isInG1(item + A) || !Bn254.isInG1(item + C)) return 0;
        }
        return CommittedBatch.commitmentsOf(words, weights);
    }

    /// @dev Writes the signals at the next place but for `e`, and returns `z`.
    function _drawSignals(Batch memory batch, uint256 commitments, bytes32 digest) private pure returns (uint256 z) {
        uint256 item = batch.next;
        if (commitments == 0) {
            uint256 c;
            assembly ("memory-safe") {
                c := mload(add(item, SIGNALS))
            }
            z = Groth16.challenge(c, digest);
            assembly ("memory-safe") {
                mstore(add(item, 0x140), z)
            }
        } else {
            uint256 b;
            uint256[] calldata proof;
            assembly ("memory-safe") {
                proof.offset := mload(add(item, PROOF))
                proof.length := 12
            }
            uint256[2] memory weights = CommittedBatch.pointOf(CommittedBatch.weightsOf(commitments));
            (z, b) = CommittedGroth16.challenge(weights, digest, proof);
            assembly ("memory-safe") {
                mstore(add(item, SIGNALS), z)
                mstore(add(item, 0x140), b)
            }
        }
    }

    /// @dev Completes the item at the next place and moves on; its key is hashed with its points and signals.
    function _seal(Batch memory batch, Circuit memory circuit, uint256 commitments, uint256 e) private pure {
        uint256 item = batch.next;
        assembly ("memory-safe") {
            mstore(item, mload(add(batch, SEED)))
            mstore(add(item, 0x160), e)
            mstore(add(item, KEY), mload(add(circuit, POINTER)))
            mstore(add(item, CIRCUIT), circuit)
            mstore(add(item, COMMITMENTS), commitments)
            mstore(add(batch, SEED), keccak256(item, CIRCUIT))
            mstore(add(batch, NEXT), add(item, ITEM_LENGTH))
        }
        if (commitments != 0) {
            batch.seed = CommittedBatch.hash(batch.seed, commitments);
            ++batch.pairs;
        }
    }

    function _commitmentsOf(uint256 item) private pure returns (uint256 commitments) {
        assembly ("memory-safe") {
            commitments := mload(add(item, COMMITMENTS))
        }
    }

    function _isProof(uint256 item) private view returns (bool) {
        uint256 place;
        uint256[3] memory signals;
        Circuit memory circuit;
        assembly ("memory-safe") {
            place := mload(add(item, PROOF))
            signals := add(item, SIGNALS)
            circuit := mload(add(item, CIRCUIT))
        }
        uint256 commitments = _commitmentsOf(item);
        if (commitments != 0) {
            CommittedGroth16.Claim memory claim;
            (claim.circuit, claim.code) = (circuit.pointer, circuit.code);
            claim.weights = CommittedBatch.pointOf(CommittedBatch.weightsOf(commitments));
            return CommittedGroth16.isProof(claim, CommittedBatch.proofAt(place), signals);
        }
        uint256[] calldata proof;
        assembly ("memory-safe") {
            proof.offset := place
            proof.length := 9
        }
        return Groth16.isProof(circuit.code, proof, signals);
    }
}
