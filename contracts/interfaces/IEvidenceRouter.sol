// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Answer} from "../types/Answer.sol";
import {Assurance} from "../types/Assurance.sol";
import {Evidence, EvidenceKind} from "../types/Evidence.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Policy, Requirement} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";
import {RequestParams} from "../types/Request.sol";
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
    /// @notice Every clause can be met, but no one judge of a challenge meets all: they name different ones.
    error PolicyJudgesConflict();
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
    /// it, under the request's policy and the release's floor.
    /// @dev Reverts with `PolicyNotMet` where the evidence meets the policy neither at once nor after a window.
    function assessFulfilment(
        address operator,
        uint128 stakeAtRisk,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external view returns (Answer memory);

    /// @notice As `assessFulfilment` of each locked request, with the proofs verified together as `assessMany` does.
    /// @dev The policies are those of requests: one that is empty together with the release's floor reverts. All arrays are of
    /// one length.
    /// @return answers What each amounts to; empty where it is not accepted.
    /// @return accepted Whether `assessFulfilment` would return.
    function assessManyFor(
        Receipt[] calldata receipts,
        Policy[] calldata policies,
        uint128[] calldata stakesAtRisk
    ) external view returns (Answer[] memory answers, bool[] memory accepted);

    /// @notice Reverts unless the input is canonical for the release, and evidence could meet `policy` and the floor here
    /// and now; returns the stake that both demand and whether an answer may have to stay open to challenge.
    /// @dev Clauses that can be met by challenges alone must agree on a judge (`PolicyJudgesConflict`).
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

    /// @notice Returns whether evidence could meet `requirement` for the release here and now, whatever its floor demands.
    function isPossible(Requirement calldata requirement, ReleaseId release) external view returns (bool);

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
