// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofSystem, WeightsMode} from "../types/Circuit.sol";
import {Receipt} from "../types/Receipt.sol";
import {STATEMENT_TYPEHASH} from "../types/Statement.sol";
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
/// and two multiplications, a circuit three pairings, fewer where keys have points of G2 in common, and five multiplications. Where the product is not one, halves are
/// tried, and a proof that is left alone is judged by `Groth16`. What commit-and-prove adds is in `CommittedBatch`.
library Groth16Batch {
    using CircuitCode for bytes;
    using Receipts for Receipt;
    using Words for uint256[];

    /// @notice A circuit that proofs of the batch are for, and sums over those of one product.
    /// @param pointer Account whose code it is.
    /// @param used Whether proofs were summed, as a number.
    /// @param rho Sum of the powers; `first`, `second` and `third` those of the signals times the powers; `cX` and `cY` that of
    /// the points C; `termX` and `termY` the point that is added to it.
    /// @param sums Of what commit-and-prove adds; nothing for another system.
    struct Circuit {
        uint256 used;
        uint256 rho;
        uint256 first;
        uint256 second;
        uint256 third;
        uint256 cX;
        uint256 cY;
        uint256 termX;
        uint256 termY;
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
    /// @param frame Place of what a challenge hashes: a statement's members behind its type, then 0x1901 with the domain and their
    /// hash, then the tag with `c` and the digest.
    struct Batch {
        uint256 items;
        uint256 next;
        bytes32 seed;
        bytes32 domain;
        uint256 circuitCount;
        Circuit[] circuits;
        uint256 pairs;
        uint256 r;
        uint256 frame;
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
    uint256 private constant TERM = 0xe0;
    uint256 private constant POINTER = 0x120;
    uint256 private constant SUMS = 0x1e0;
    /// @dev Members of a batch.
    uint256 private constant NEXT = 0x20;
    uint256 private constant SEED = 0x40;
    uint256 private constant FRAME = 0x100;
    /// @dev Members of a frame.
    uint256 private constant FRAME_DOMAIN = 0xc2;
    uint256 private constant FRAME_TAG = 0x120;
    uint256 private constant FRAME_LENGTH = 0x180;

    /// @notice Returns a batch that takes up to `capacity` proofs.
    /// @param domain Of the statements of receipts.
    function create(uint256 capacity, bytes32 domain) internal pure returns (Batch memory batch) {
        uint256[] memory circuits = new uint256[](capacity); // pointers, filled as circuits come
        bytes32 typehash = STATEMENT_TYPEHASH;
        bytes32 tag = Groth16.CHALLENGE_TAG;
        assembly ("memory-safe") {
            mstore(add(batch, 0xa0), circuits)
            let frame := mload(0x40)
            mstore(add(batch, FRAME), frame)
            mstore(frame, typehash)
            mstore(add(frame, 0xc0), hex"1901")
            mstore(add(frame, FRAME_DOMAIN), domain)
            mstore(add(frame, FRAME_TAG), tag)
            let items := add(frame, FRAME_LENGTH)
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

    /// @notice Takes up the proof of what a digest stands for and returns true, or leaves it aside where it is refused without a
    /// pairing: a word is not canonical or missing, a point is not in G1, or D is infinity.
    /// @dev There must be room for it.
    /// @param circuit Of this batch.
    /// @param weights Commitment `W`, ignored where the circuit holds the weights; of commit-and-prove their place.
    /// @param digest Of these very words.
    /// @param proof Place in calldata of its words.
    function add(
        Batch memory batch,
        Circuit memory circuit,
        uint256 weights,
        bytes32 digest,
        uint256[] calldata input,
        uint256[] calldata output,
        uint256 proof
    ) internal pure returns (bool) {
        uint256 commitments;
        if (circuit.system == ProofSystem.Groth16) {
            if (!_isPlaced(batch.next, proof)) return false;
        } else {
            commitments = _placeCommitted(batch.next, proof, weights);
            if (commitments == 0) return false;
        }
        if (!input.isCanonical(circuit.input) || !output.isCanonical(circuit.output)) return false;
        uint256 z = _drawSignals(batch, commitments, digest);
        uint256 e = input.evaluate(z, output.evaluate(z, 0));
        if (circuit.isCommitted) e = addmod(mulmod(e, z, Bn254.SCALAR_FIELD), weights, Bn254.SCALAR_FIELD);
        _seal(batch, circuit, commitments, e);
        return true;
    }

    /// @notice Likewise of a receipt's statement.
    function addReceipt(
        Batch memory batch,
        Circuit memory circuit,
        uint256 weights,
        Receipt calldata receipt,
        uint256 proof
    ) internal pure returns (bool) {
        uint256[] calldata input = receipt.inputOf();
        uint256[] calldata output = receipt.outputOf();
        bytes32 digest = receipt.digestOf(batch.domain, input.hash(), output.hash());
        return add(batch, circuit, weights, digest, input, output, proof);
    }

    /// @notice Does to a plain proof what `addReceipt` does to any, in one go and for less gas.
    /// @param circuit Of plain Groth16.
    function addPlainReceipt(
        Batch memory batch,
        Circuit memory circuit,
        uint256 weights,
        Receipt calldata receipt,
        uint256 proof
    ) internal pure returns (bool accepted) {
        uint256 item = batch.next;
        uint256 frame = batch.frame;
        uint256 field = Bn254.BASE_FIELD;
        assembly ("memory-safe") {
            mstore(add(item, PROOF), proof)
            calldatacopy(add(item, A), add(proof, 0x20), 0x100)
            // A and C are in G1 (see `Bn254.isInG1`), the coordinates of B below the order.
            let x := mload(add(item, A))
            let y := mload(add(item, 0x40))
            let cube := mulmod(mulmod(x, x, field), x, field)
            accepted := or(eq(mulmod(y, y, field), addmod(cube, 3, field)), iszero(or(x, y)))
            accepted := and(accepted, and(lt(x, field), lt(y, field)))
            x := mload(add(item, C))
            y := mload(add(item, 0x100))
            cube := mulmod(mulmod(x, x, field), x, field)
            accepted := and(accepted, or(eq(mulmod(y, y, field), addmod(cube, 3, field)), iszero(or(x, y))))
            accepted := and(accepted, and(lt(x, field), lt(y, field)))
            accepted := and(accepted, and(lt(mload(add(item, 0x60)), field), lt(mload(add(item, 0x80)), field)))
            accepted := and(accepted, and(lt(mload(add(item, 0xa0)), field), lt(mload(add(item, 0xc0)), field)))
        }
        if (!accepted) return false;

        uint256 order = Bn254.SCALAR_FIELD;
        Words.Shape memory shape = circuit.input;
        uint256 input;
        uint256 inputEnd;
        assembly ("memory-safe") {
            let offset := calldataload(add(receipt, 0x60))
            input := add(receipt, offset)
            let count := calldataload(input)
            inputEnd := add(input, shl(5, count))
            // As `Receipts`: neither sum wraps around.
            if or(shr(64, or(offset, count)), gt(add(inputEnd, 0x20), calldatasize())) {
                revert(0, 0)
            }
            // As `Words`: the last word has a bound of its own.
            accepted := and(eq(count, mload(shape)), lt(calldataload(inputEnd), mload(add(shape, 0x40))))
            let limit := mload(add(shape, 0x20))
            for {
                let place := add(input, 0x20)
            } lt(place, inputEnd) {
                place := add(place, 0x20)
            } {
                accepted := and(accepted, lt(calldataload(place), limit))
            }
            let scratch := mload(0x40)
            let length := shl(5, count)
            calldatacopy(scratch, add(input, 0x20), length)
            mstore(add(frame, 0x80), keccak256(scratch, length))
        }
        shape = circuit.output;
        uint256 output;
        uint256 outputEnd;
        assembly ("memory-safe") {
            let offset := calldataload(add(receipt, 0x80))
            output := add(receipt, offset)
            let count := calldataload(output)
            outputEnd := add(output, shl(5, count))
            if or(shr(64, or(offset, count)), gt(add(outputEnd, 0x20), calldatasize())) {
                revert(0, 0)
            }
            accepted := and(accepted, eq(count, mload(shape)))
            accepted := and(accepted, lt(calldataload(outputEnd), mload(add(shape, 0x40))))
            let limit := mload(add(shape, 0x20))
            for {
                let place := add(output, 0x20)
            } lt(place, outputEnd) {
                place := add(place, 0x20)
            } {
                accepted := and(accepted, lt(calldataload(place), limit))
            }
            let scratch := mload(0x40)
            let length := shl(5, count)
            calldatacopy(scratch, add(output, 0x20), length)
            mstore(add(frame, 0xa0), keccak256(scratch, length))
        }
        if (!accepted) return false;

        bool isCommitted = circuit.isCommitted;
        assembly ("memory-safe") {
            // The digest, as `Receipts.digestOf`, and the challenge of it, as `Groth16.challenge`.
            calldatacopy(add(frame, 0x20), receipt, 0x60)
            mstore(add(frame, 0xe2), keccak256(frame, 0xc0))
            let c := calldataload(proof)
            mstore(add(frame, 0x140), c)
            mstore(add(frame, 0x160), keccak256(add(frame, 0xc0), 0x42))
            let z := mod(keccak256(add(frame, FRAME_TAG), 0x60), order)
            // The last word is canonical, hence below the order; there is one.
            let e := calldataload(outputEnd)
            for {
                outputEnd := sub(outputEnd, 0x20)
            } gt(outputEnd, output) {
                outputEnd := sub(outputEnd, 0x20)
            } {
                e := addmod(mulmod(e, z, order), calldataload(outputEnd), order)
            }
            for {} gt(inputEnd, input) {
                inputEnd := sub(inputEnd, 0x20)
            } {
                e := addmod(mulmod(e, z, order), calldataload(inputEnd), order)
            }
            if isCommitted {
                e := addmod(mulmod(e, z, order), weights, order)
            }
            accepted := and(lt(c, order), iszero(shr(160, mload(add(frame, 0x60)))))

            // As `_seal`.
            mstore(item, mload(add(batch, SEED)))
            mstore(add(item, SIGNALS), c)
            mstore(add(item, 0x140), z)
            mstore(add(item, 0x160), e)
            mstore(add(item, KEY), mload(add(circuit, POINTER)))
            mstore(add(item, CIRCUIT), circuit)
            mstore(add(item, COMMITMENTS), 0)
            if accepted {
                mstore(add(batch, SEED), keccak256(item, CIRCUIT))
                mstore(add(batch, NEXT), add(item, ITEM_LENGTH))
            }
        }
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
            item := add(item, ITEM_LENGTH)
        }
        batch.r = rho;
        assembly ("memory-safe") {
            for {
                let i := 1
            } lt(item, end) {
                i := add(i, 1)
            } {
                mstore(0x20, i)
                rho := shr(3, keccak256(0x00, 0x40))
                mstore(item, rho)
                // A and C are multiplied where they lie: the word behind each makes room for the power meanwhile.
                let point := add(item, A)
                let behind := mload(add(item, 0x60))
                mstore(add(item, 0x60), rho)
                let done := staticcall(gas(), 0x07, point, 0x60, point, 0x40)
                mstore(add(item, 0x60), behind)
                point := add(item, C)
                behind := mload(add(item, SIGNALS))
                mstore(add(item, SIGNALS), rho)
                // A point of G1 is refused for want of gas only, as in `Bn254.multiply`.
                if iszero(and(done, staticcall(gas(), 0x07, point, 0x60, point, 0x40))) {
                    revert(0, 0)
                }
                mstore(add(item, SIGNALS), behind)
                item := add(item, ITEM_LENGTH)
            }
        }
        // Nothing but commit-and-prove has counted pairings yet.
        if (batch.pairs > 0) _multiplyCommitments(batch.items + ITEM_LENGTH, end);
    }

    function _multiplyCommitments(uint256 item, uint256 end) private view {
        for (; item < end; item += ITEM_LENGTH) {
            uint256 commitments = _commitmentsOf(item);
            uint256 rho;
            assembly ("memory-safe") {
                rho := mload(item)
            }
            if (commitments != 0) CommittedBatch.multiply(commitments, rho);
        }
    }

    /// @dev Sums scalars and points of a range for each circuit, and returns how many pairings the circuits have in a product
    /// at most.
    function _sum(Batch memory batch, uint256 from, uint256 to) private view returns (uint256 pairs) {
        _clear(batch);
        uint256 item = batch.items + from * ITEM_LENGTH;
        uint256 end = batch.items + to * ITEM_LENGTH;
        while (item < end) {
            uint256 first = item;
            Circuit memory circuit;
            (item, circuit) = _sumRun(item, end);
            bool commits = circuit.system == ProofSystem.CommittedGroth16;
            if (circuit.used == 0) pairs += commits ? CIRCUIT_PAIRS + 1 : CIRCUIT_PAIRS;
            circuit.used = 1;
            if (commits) {
                for (; first < item; first += ITEM_LENGTH) _accumulate(first, _commitmentsOf(first));
            }
        }
    }

    /// @dev Sums the items from one on that are of its circuit, and returns the place of the first that is not.
    function _sumRun(uint256 item, uint256 end) private view returns (uint256 next, Circuit memory circuit) {
        uint256 order = Bn254.SCALAR_FIELD;
        next = item;
        assembly ("memory-safe") {
            circuit := mload(add(next, CIRCUIT))
            let rhos := mload(add(circuit, 0x20))
            let first := mload(add(circuit, 0x40))
            let second := mload(add(circuit, 0x60))
            let third := mload(add(circuit, 0x80))
            let sum := add(circuit, SUM)
            let term := add(circuit, TERM)
            let done := 1
            for {} and(lt(next, end), eq(mload(add(next, CIRCUIT)), circuit)) {
                next := add(next, ITEM_LENGTH)
            } {
                let rho := mload(next)
                rhos := addmod(rhos, rho, order)
                first := addmod(first, mulmod(rho, mload(add(next, 0x120)), order), order)
                second := addmod(second, mulmod(rho, mload(add(next, 0x140)), order), order)
                third := addmod(third, mulmod(rho, mload(add(next, 0x160)), order), order)
                mcopy(term, add(next, C), 0x40)
                done := and(done, staticcall(gas(), 0x06, sum, 0x80, sum, 0x40))
            }
            // Refused for want of gas only, as in `Bn254.accumulate`.
            if iszero(done) {
                revert(0, 0)
            }
            mstore(add(circuit, 0x20), rhos)
            mstore(add(circuit, 0x40), first)
            mstore(add(circuit, 0x60), second)
            mstore(add(circuit, 0x80), third)
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
        uint256 first = end;
        for (uint256 i = 0; i < batch.circuitCount; ++i) {
            if (batch.circuits[i].used > 0) end = _appendCircuit(batch.circuits[i], batch.r, first, end);
        }
        one = Bn254.isPairingOne(data, (end - data) / PAIR_LENGTH);
        assembly ("memory-safe") {
            mstore(0x40, data) // nothing above is used again
        }
    }

    /// @dev Writes the pairs of a circuit at `end`, and returns where they end. Keys of one phase 1 have points of G2 in common,
    /// and `e(P, Q) · e(R, Q) = e(P + R, Q)`: what the first circuit has a pair for is added to that pair.
    /// @param first Place of the first circuit's pairs, in their order.
    function _appendCircuit(
        Circuit memory circuit,
        uint256 r,
        uint256 first,
        uint256 end
    ) private view returns (uint256) {
        bytes memory code = circuit.code;
        uint256 order = Bn254.SCALAR_FIELD;
        _appendScaled(end, code.alpha(), order - circuit.rho);
        end = _complete(end, first, code.beta());

        bool commits = circuit.system == ProofSystem.CommittedGroth16;
        uint256[3] memory sums = [circuit.first, circuit.second, circuit.third];
        uint256 next = end + 0x40;
        _appendScaled(end, code.ic(0), order - circuit.rho);
        for (uint256 i = 0; i < 3; ++i) {
            _appendScaled(next, code.ic(i + 1), order - sums[i]);
            Bn254.accumulate(end, next);
        }
        if (commits) CommittedBatch.subtract(circuit.sums, end, r);
        end = _complete(end, first + PAIR_LENGTH, code.gamma());

        uint256 field = Bn254.BASE_FIELD;
        assembly ("memory-safe") {
            mcopy(end, add(circuit, SUM), 0x40)
            let y := add(end, 0x20)
            mstore(y, mod(sub(field, mload(y)), field))
        }
        end = _complete(end, first + 2 * PAIR_LENGTH, code.delta());
        if (!commits) return end;
        CommittedBatch.placeKnowledge(circuit.sums, end, r);
        return _complete(end, end, code.sigma());
    }

    function _appendScaled(uint256 place, uint256[2] memory point, uint256 scalar) private view {
        assembly ("memory-safe") {
            mcopy(place, point, 0x40)
        }
        Bn254.multiply(place, scalar);
    }

    /// @dev Completes a pair and returns where it ends, or adds it to another of the same point of G2 and returns where it began.
    /// @param other That pair, before this one; or this one itself, where there is no other.
    function _complete(uint256 pair, uint256 other, uint256[4] memory point) private view returns (uint256) {
        bool isSame;
        assembly ("memory-safe") {
            isSame := lt(other, pair)
            for {
                let i := 0
            } and(lt(i, 0x80), isSame) {
                i := add(i, 0x20)
            } {
                isSame := eq(mload(add(add(other, 0x40), i)), mload(add(point, i)))
            }
        }
        if (isSame) {
            Bn254.accumulate(other, pair);
            return pair;
        }
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
