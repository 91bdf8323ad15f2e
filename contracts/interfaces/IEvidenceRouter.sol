// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {Assurance} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {ReleaseId} from "../types/Ids.sol";
import {Policy} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";
import {Statement} from "../types/Statement.sol";
import {IEvidenceVerifier} from "./IEvidenceVerifier.sol";

/// @title IEvidenceRouter
/// @notice Verifies receipts: all evidence of one statement in one call, and policies over what was verified.
/// @dev Its address and chain are the EIP-712 domain of every statement.
interface IEvidenceRouter {
    /// @notice There is no verifier for this kind in this deployment.
    error EvidenceKindUnsupported(EvidenceKind kind);
    /// @notice A receipt carries two pieces of evidence of one kind.
    error EvidenceDuplicated(EvidenceKind kind);
    /// @notice No alternative of this clause (by index, the release's floor first) is met by the assurance.
    error PolicyNotMet(uint256 clause, Assurance assurance);
    /// @notice Less stake is at risk than the policy demands.
    error PolicyStakeTooLow(uint256 atRisk, uint256 minStake);
    /// @notice A clause without alternatives can never be met.
    error PolicyClauseEmpty(uint256 clause);
    /// @notice Policy and floor together demand nothing at all.
    error PolicyEmpty();
    /// @notice No alternative of this clause can be met for the release in this deployment.
    error PolicyUnsatisfiable(uint256 clause);
    error VerifierKindDuplicated(EvidenceKind kind);

    /// @notice Verifies every piece of evidence and demands that it meets `policy` and the release's floor.
    /// @dev The one line of a consumer that brings its receipt. Says nothing of freshness, subject or single use:
    /// see `ReceiptConsumer`.
    function requireReceipt(Receipt calldata receipt, Policy calldata policy) external view returns (Assurance memory);

    /// @notice Verifies every piece of evidence and returns what it amounts to, against no policy.
    /// @dev Whatever the evidence, the words must be canonical for the release's circuit, where it has one.
    /// Warning: an empty list of evidence is no error here; it gives an empty assurance.
    function assess(Receipt calldata receipt) external view returns (Assurance memory);

    /// @notice Reverts unless evidence could meet `policy` and the floor of `release` here and now; returns the stake
    /// that both demand.
    function requireSatisfiable(Policy calldata policy, ReleaseId release) external view returns (uint256 minStake);

    /// @notice Reverts unless `assurance` meets `policy` and the floor of `release`, which together must demand something.
    /// @dev Warning: the assurance is taken at the caller's word; it comes from `assess` or from `InferenceRequests`.
    function requireAssurance(Policy calldata policy, Assurance calldata assurance, ReleaseId release) external view;

    /// @notice Returns the statement that a receipt is about, rebuilt from its words.
    function statementOf(Receipt calldata receipt) external pure returns (Statement memory);

    /// @notice Returns the EIP-712 digest of a statement under this router's domain.
    function digestOf(Statement calldata statement) external view returns (bytes32);

    /// @notice Returns the verifier of a kind; zero where unsupported.
    function verifierOf(EvidenceKind kind) external view returns (IEvidenceVerifier);
}
