// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {Assurance} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {ReleaseId} from "../types/Ids.sol";
import {Policy, Requirement} from "../types/Policy.sol";
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
    /// @notice An answer to an input this long would not fit into a transaction.
    error InputTooLong(uint256 words, uint256 limit);
    /// @notice Policy and floor leave an answer with this assurance open to no challenge.
    error AnswerNotChallengeable();
    error VerifierKindDuplicated(EvidenceKind kind);
    /// @notice Something in a batch failed without saying why: most likely too little gas was sent to judge every receipt.
    error BatchFailed();

    /// @notice Verifies every piece of evidence and demands that it meets `policy` and the release's floor.
    /// @dev The one line of a consumer that brings its receipt. Says nothing of freshness, subject or single use:
    /// see `ReceiptConsumer`.
    function requireReceipt(Receipt calldata receipt, Policy calldata policy) external view returns (Assurance memory);

    /// @notice Verifies every piece of evidence and returns what it amounts to, against no policy.
    /// @dev Whatever the evidence, the words must be canonical for the release's circuit, where it has one.
    /// Warning: an empty list of evidence is no error here; it gives an empty assurance.
    function assess(Receipt calldata receipt) external view returns (Assurance memory);

    /// @notice Verifies many receipts at once and returns what the evidence of each amounts to, against no policy.
    /// @dev As `assess` of each, but proofs of one circuit are verified by one product of pairings (docs/statement.md,
    /// section 9), and a receipt that fails is named without losing the others.
    /// Warning: an assurance counts only where `verified` is true: that of a receipt which fails is empty, as is that of one
    /// without evidence. Receipts are not compared: the same statement twice is verified twice, so whoever counts or pays per
    /// receipt tells them apart by statement, never by the bytes of a proof, of which anyone makes others.
    /// Warning: receipts that fail cost gas, at most about three times what all of them would one by one.
    /// @return assurances What was verified of each receipt, in their order.
    /// @return verified Whether all evidence of the receipt holds, and its words are canonical.
    function assessMany(
        Receipt[] calldata receipts
    ) external view returns (Assurance[] memory assurances, bool[] memory verified);

    /// @notice Verifies every piece of evidence of a locked request and returns what it amounts to with `stakeAtRisk` behind
    /// it, and how long it must stay open to challenge before it meets `policy` and the floor: 0 where it does at once.
    /// @dev Reverts with `PolicyNotMet` where no window would do. Returns the release's publisher and royalty beside it, for
    /// a settlement reads the registry once.
    function assessFor(
        Receipt calldata receipt,
        Policy calldata policy,
        uint128 stakeAtRisk
    ) external view returns (Assurance memory assurance, uint256 window, address publisher, uint256 royaltyBps);

    /// @notice Reverts unless the input is canonical for the release, and evidence could meet `policy` and the floor here
    /// and now; returns the stake that both demand and whether an answer may have to stay open to challenge.
    function requireAskable(
        ReleaseId release,
        uint256[] calldata input,
        Policy calldata policy
    ) external view returns (uint256 minStake, bool challengeable);

    /// @notice As `requireAskable`, whatever the input.
    function requireSatisfiable(
        Policy calldata policy,
        ReleaseId release
    ) external view returns (uint256 minStake, bool challengeable);

    /// @notice Returns the requirement by which a challenge of an answer with `assurance` is decided: that of the longest
    /// window which `policy` and the floor leave it open for. Reverts where they leave none.
    function arbitrationOf(
        Policy calldata policy,
        Assurance calldata assurance,
        ReleaseId release
    ) external view returns (Requirement memory);

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
