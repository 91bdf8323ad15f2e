// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofSystem} from "../types/Circuit.sol";
import {
    BatchedCircuit,
    BatchedProofs,
    CIRCUIT_PAIRS,
    ITEM_A,
    ITEM_C,
    ITEM_CIRCUIT,
    ITEM_LENGTH,
    commitmentsOf
} from "./BatchedProofs.sol";
import {Bn254} from "./Bn254.sol";
import {CircuitCode} from "./CircuitCode.sol";
import {CommittedBatch} from "./CommittedBatch.sol";

/// @title Groth16Product
/// @notice The product of pairings over a range of a batch's proofs (docs/statement.md, sections 9 and 11).
/// @dev Proof `i` costs a pairing and an addition, a circuit three pairings and five multiplications; pairings of one point of
/// G2, which keys have in common, are merged.
library Groth16Product {
    using CircuitCode for bytes;

    uint256 private constant PAIR_LENGTH = 0xc0;
    /// @dev Members of an item (`BatchedProofs`).
    uint256 private constant A = ITEM_A;
    uint256 private constant C = ITEM_C;
    uint256 private constant CIRCUIT = ITEM_CIRCUIT;
    /// @dev Members of a circuit: the sum of the powers, before those of the signals; that of the points C, before the point that
    /// is added to it; and the place of what commit-and-prove sums.
    uint256 private constant RHO = 0x20;
    uint256 private constant SUM = 0xa0;
    uint256 private constant SUMS = 0x1e0;
    /// @dev `Bn254.SCALAR_FIELD`, which assembly cannot name.
    uint256 private constant ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    /// @notice Sums scalars and points of a range for each circuit, and returns how many pairings the circuits have in a
    /// product at most.
    function sumRange(BatchedProofs memory batch, uint256 from, uint256 to) internal view returns (uint256 pairs) {
        _clear(batch);
        uint256 item = batch.items + from * ITEM_LENGTH;
        uint256 end = batch.items + to * ITEM_LENGTH;
        BatchedCircuit memory circuit = batch.circuits[0];
        while (item < end) {
            assembly ("memory-safe") {
                circuit := mload(add(item, CIRCUIT))
            }
            uint256 first = item;
            item = _sumRun(circuit, item, end);
            bool commits = circuit.system == ProofSystem.CommittedGroth16;
            if (circuit.used == 0) pairs += commits ? CIRCUIT_PAIRS + 1 : CIRCUIT_PAIRS;
            circuit.used = 1;
            if (commits) {
                for (; first < item; first += ITEM_LENGTH) _accumulate(first, commitmentsOf(first));
            }
        }
    }

    /// @dev Sums the items from one on that are of a circuit, and returns the place of the first that is not.
    function _sumRun(BatchedCircuit memory circuit, uint256 item, uint256 end) private view returns (uint256 next) {
        next = item;
        assembly ("memory-safe") {
            let point := add(circuit, SUM)
            let rhos := mload(add(circuit, RHO))
            let first := mload(add(circuit, 0x40))
            let second := mload(add(circuit, 0x60))
            let third := mload(add(circuit, 0x80))
            for {} and(lt(next, end), eq(mload(add(next, CIRCUIT)), circuit)) {
                next := add(next, ITEM_LENGTH)
            } {
                let rho := mload(next)
                rhos := addmod(rhos, rho, ORDER)
                first := addmod(first, mulmod(rho, mload(add(next, 0x120)), ORDER), ORDER)
                second := addmod(second, mulmod(rho, mload(add(next, 0x140)), ORDER), ORDER)
                third := addmod(third, mulmod(rho, mload(add(next, 0x160)), ORDER), ORDER)
                // Behind the sum is the place of the term.
                mcopy(add(point, 0x40), add(next, C), 0x40)
                // Refused for want of gas only, as in `Bn254.accumulate`.
                if iszero(staticcall(gas(), 0x06, point, 0x80, point, 0x40)) {
                    revert(0, 0)
                }
            }
            mstore(add(circuit, RHO), rhos)
            mstore(add(circuit, 0x40), first)
            mstore(add(circuit, 0x60), second)
            mstore(add(circuit, 0x80), third)
        }
    }

    function _clear(BatchedProofs memory batch) private pure {
        for (uint256 i = 0; i < batch.circuitCount; ++i) {
            BatchedCircuit memory circuit = batch.circuits[i];
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

    /// @notice Returns whether the product of a range is one, after `sumRange` of it.
    /// @dev `Π e(rho_i · A_i, B_i) = Π_circuits e(Σ rho_i · alpha, beta) · e(Σ rho_i · vk_i, gamma) · e(Σ rho_i · C_i, delta)`
    /// with the right side negated and moved over.
    function isRangeOne(
        BatchedProofs memory batch,
        uint256 from,
        uint256 to,
        uint256 pairs
    ) internal view returns (bool one) {
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
        _sumAlphas(batch);
        uint256 first = end;
        for (uint256 i = 0; i < batch.circuitCount; ++i) {
            if (batch.circuits[i].used > 0) end = _appendCircuit(batch.circuits[i], batch.r, first, end);
        }
        one = Bn254.isPairingOne(data, (end - data) / PAIR_LENGTH);
        assembly ("memory-safe") {
            mstore(0x40, data) // nothing above is used again
        }
    }

    /// @dev Where the first circuit has the same alpha and beta, it takes the powers of the others for its one multiplication.
    function _sumAlphas(BatchedProofs memory batch) private pure {
        BatchedCircuit memory first = batch.circuits[0];
        bool found = false;
        for (uint256 i = 0; i < batch.circuitCount; ++i) {
            BatchedCircuit memory circuit = batch.circuits[i];
            if (circuit.used == 0) continue;
            circuit.alphaRho = circuit.rho;
            if (!found) {
                (first, found) = (circuit, true);
            } else if (circuit.code.alphaBetaHash() == first.code.alphaBetaHash()) {
                first.alphaRho = addmod(first.alphaRho, circuit.rho, Bn254.SCALAR_FIELD);
                circuit.alphaRho = 0;
            }
        }
    }

    /// @dev Writes the pairs of a circuit at `end`, and returns where they end. Keys of one phase 1 have points of G2 in common,
    /// and `e(P, Q) · e(R, Q) = e(P + R, Q)`: what the first circuit has a pair for is added to that pair.
    /// @param first Place of the first circuit's pairs, in their order.
    function _appendCircuit(
        BatchedCircuit memory circuit,
        uint256 r,
        uint256 first,
        uint256 end
    ) private view returns (uint256) {
        bytes memory code = circuit.code;
        uint256 order = Bn254.SCALAR_FIELD;
        if (end == first || circuit.alphaRho > 0) {
            _appendScaled(end, code.alpha(), order - circuit.alphaRho);
            end = _complete(end, first, code.beta());
        }

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
}
