// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";

/// @title CommittedBatch
/// @notice What commit-and-prove adds to a batch of proofs (docs/statement.md, section 11): of each proof two multiplications,
/// of each circuit one pairing and two multiplications, and one for weights that releases of it share.
/// @dev Weights are four words: sum of the powers, x and y of `D_W`, and the place of the next weights of the circuit. The
/// commitments of a proof are five: x and y of D and of Q, then the place of the weights.
library CommittedBatch {
    /// @notice Sums over the proofs of one circuit in one product.
    /// @param dX Sum of the points D times their powers, with `dY`; `qX` and `qY` likewise of Q.
    /// @param weights Place of the first weights.
    struct Sums {
        uint256 dX;
        uint256 dY;
        uint256 qX;
        uint256 qY;
        uint256 weights;
    }

    /// @dev Members of sums, of commitments, of weights.
    uint256 private constant Q = 0x40;
    uint256 private constant WEIGHTS = 0x80;
    uint256 private constant POINT = 0x20;
    uint256 private constant NEXT = 0x60;
    /// @dev Place of D and Q in a proof.
    uint256 private constant PROOF_D = 0x100;

    /// @notice Makes a place for weights of a circuit.
    function weightsAt(Sums memory sums, uint256[2] memory point) internal pure returns (uint256 weights) {
        assembly ("memory-safe") {
            weights := mload(0x40)
            mstore(0x40, add(weights, 0x80))
            mstore(weights, 0)
            mcopy(add(weights, POINT), point, 0x40)
            mstore(add(weights, NEXT), mload(add(sums, WEIGHTS)))
            mstore(add(sums, WEIGHTS), weights)
        }
    }

    /// @notice Makes a place for the commitments of a proof; 0 where D or Q, of canonical coordinates, is not in G1.
    function commitmentsOf(uint256[] calldata proof, uint256 weights) internal pure returns (uint256 commitments) {
        assembly ("memory-safe") {
            commitments := mload(0x40)
            mstore(0x40, add(commitments, 0xa0))
            calldatacopy(commitments, add(proof.offset, PROOF_D), 0x80)
            mstore(add(commitments, WEIGHTS), weights)
        }
        unchecked {
            if (!Bn254.isInG1(commitments) || !Bn254.isInG1(commitments + Q)) return 0; // places in memory
        }
    }

    /// @notice Returns the twelve words of a proof at a place in calldata.
    function proofAt(uint256 place) internal pure returns (uint256[] calldata proof) {
        assembly ("memory-safe") {
            proof.offset := place
            proof.length := 12
        }
    }

    /// @notice Returns the place of the weights that a proof is of.
    function weightsOf(uint256 commitments) internal pure returns (uint256 weights) {
        assembly ("memory-safe") {
            weights := mload(add(commitments, WEIGHTS))
        }
    }

    /// @notice Returns the point `D_W` of weights.
    function pointOf(uint256 weights) internal pure returns (uint256[2] memory point) {
        assembly ("memory-safe") {
            point := add(weights, POINT)
        }
    }

    /// @notice Returns the hash of a seed with the commitments of a proof, before they are multiplied, and its `D_W`.
    function hash(bytes32 seed, uint256 commitments) internal pure returns (bytes32 hashed) {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, seed)
            mcopy(add(scratch, 0x20), commitments, 0x80)
            mcopy(add(scratch, 0xa0), add(mload(add(commitments, WEIGHTS)), POINT), 0x40)
            hashed := keccak256(scratch, 0xe0)
        }
    }

    /// @notice Multiplies D and Q by the power of their proof.
    function multiply(uint256 commitments, uint256 rho) internal view {
        unchecked {
            Bn254.multiply(commitments, rho);
            Bn254.multiply(commitments + Q, rho); // places in memory
        }
    }

    /// @notice Sets all sums to nothing.
    function clear(Sums memory sums) internal pure {
        (sums.dX, sums.dY, sums.qX, sums.qY) = (0, 0, 0, 0);
        uint256 weights = sums.weights;
        assembly ("memory-safe") {
            for {} weights {
                weights := mload(add(weights, NEXT))
            } {
                mstore(weights, 0)
            }
        }
    }

    /// @notice Adds a proof to the sums of its circuit, which lie at a place in memory.
    function accumulate(uint256 sums, uint256 commitments, uint256 rho) internal view {
        uint256 order = Bn254.SCALAR_FIELD;
        assembly ("memory-safe") {
            let weights := mload(add(commitments, WEIGHTS))
            mstore(weights, addmod(mload(weights), rho, order))
        }
        unchecked {
            Bn254.accumulate(sums, commitments);
            Bn254.accumulate(sums + Q, commitments + Q); // places in memory
        }
    }

    /// @notice Takes `Σ rho · (D_W + D) - r · Σ rho · Q` from the point at `pair`, whose own rest is free to write on.
    function subtract(Sums memory sums, uint256 pair, uint256 r) internal view {
        uint256 order = Bn254.SCALAR_FIELD;
        uint256 field = Bn254.BASE_FIELD;
        uint256 weights = sums.weights;
        uint256 term;
        unchecked {
            term = pair + 0x40; // a place in memory
        }
        while (weights != 0) {
            uint256 rho;
            uint256 next;
            assembly ("memory-safe") {
                rho := mload(weights)
                next := mload(add(weights, NEXT))
                mcopy(term, add(weights, POINT), 0x40)
                // Nothing is to be added where the circuit holds the weights.
                rho := mul(rho, gt(or(mload(term), mload(add(term, 0x20))), 0))
            }
            if (rho != 0) {
                Bn254.multiply(term, order - rho);
                Bn254.accumulate(pair, term);
            }
            weights = next;
        }
        assembly ("memory-safe") {
            mcopy(term, sums, 0x40)
            let y := add(term, 0x20)
            mstore(y, mod(sub(field, mload(y)), field))
        }
        Bn254.accumulate(pair, term);
        assembly ("memory-safe") {
            mcopy(term, add(sums, Q), 0x40)
        }
        Bn254.multiply(term, r);
        Bn254.accumulate(pair, term);
    }

    /// @notice Writes `-r · Σ rho · D` at `pair`.
    function placeKnowledge(Sums memory sums, uint256 pair, uint256 r) internal view {
        assembly ("memory-safe") {
            mcopy(pair, sums, 0x40)
        }
        Bn254.multiply(pair, Bn254.SCALAR_FIELD - r);
    }
}
