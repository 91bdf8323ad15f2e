// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {batchDigest} from "../types/Batches.sol";
import {ReleaseId} from "../types/Ids.sol";
import {Receipt} from "../types/Receipt.sol";
import {CircuitCode} from "./CircuitCode.sol";
import {CommittedGroth16} from "./CommittedGroth16.sol";
import {Groth16} from "./Groth16.sol";
import {Receipts} from "./Receipts.sol";
import {Words} from "./Words.sol";

/// @title InferenceBatch
/// @notice One proof of many inferences of one release, each of a statement of its own (docs/statement.md, section 12).
/// @dev What the challenge hashes is rebuilt from the very words that are evaluated, all of them.
library InferenceBatch {
    using CircuitCode for bytes;
    using Receipts for Receipt;
    using Words for uint256[];

    /// @notice A receipt is of another release than the first one.
    error BatchReleaseMismatch(uint256 place, ReleaseId release);
    /// @notice The words of a receipt are not the one reading of some input and output.
    error BatchWordsNotCanonical(uint256 place);

    /// @notice Returns the digest that the proof is bound to, under a domain; reverts unless all receipts are of `release`.
    function digestOf(Receipt[] calldata receipts, ReleaseId release, bytes32 domain) internal pure returns (bytes32) {
        bytes32[] memory digests = new bytes32[](receipts.length);
        for (uint256 i = 0; i < receipts.length; ++i) {
            Receipt calldata receipt = receipts[i];
            require(receipt.release == release, BatchReleaseMismatch(i, receipt.release));
            digests[i] = receipt.digestOf(domain, receipt.inputOf().hash(), receipt.outputOf().hash());
        }
        return batchDigest(receipts.length, keccak256(abi.encodePacked(digests)));
    }

    /// @notice Returns whether the claim's circuit maps each receipt's input to its output; reverts where a word is not
    /// canonical.
    /// @param proof Nine words.
    function isProven(
        Groth16.Claim memory claim,
        Receipt[] calldata receipts,
        uint256[] calldata proof
    ) internal view returns (bool) {
        _requireCanonical(receipts, claim.circuit);
        Groth16.requireCanonical(proof);
        uint256 z = Groth16.challenge(proof[0], claim.digest);
        return Groth16.holds(claim, proof, z, _evaluate(receipts, z));
    }

    /// @notice Likewise of a commit-and-prove circuit.
    /// @param proof Twelve words.
    function isProven(
        CommittedGroth16.Claim memory claim,
        Receipt[] calldata receipts,
        uint256[] calldata proof
    ) internal view returns (bool) {
        _requireCanonical(receipts, claim.code);
        CommittedGroth16.requireCanonical(proof);
        (uint256 z, uint256 b) = CommittedGroth16.challenge(claim.weights, claim.digest, proof);
        return CommittedGroth16.isProof(claim, proof[:CommittedGroth16.PROOF_WORDS], [z, b, _evaluate(receipts, z)]);
    }

    function _requireCanonical(Receipt[] calldata receipts, bytes memory circuit) private pure {
        Words.Shape memory input = Words.shapeOf(circuit.input());
        Words.Shape memory output = Words.shapeOf(circuit.output());
        for (uint256 i = 0; i < receipts.length; ++i) {
            require(
                receipts[i].inputOf().isCanonical(input) && receipts[i].outputOf().isCanonical(output),
                BatchWordsNotCanonical(i)
            );
        }
    }

    /// @dev `Σ v_i · z^i` over the words of the first input, of its output, of the next input and so on, and 1 behind the last:
    /// it tells their number, which a family says of a circuit and nobody checks. A circuit of fewer inferences would else
    /// prove that zeros give zeros.
    function _evaluate(Receipt[] calldata receipts, uint256 z) private pure returns (uint256 value) {
        value = 1;
        for (uint256 i = receipts.length; i > 0; --i) {
            Receipt calldata receipt = receipts[i - 1];
            value = receipt.inputOf().evaluate(z, receipt.outputOf().evaluate(z, value));
        }
    }
}
