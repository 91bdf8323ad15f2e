// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IEvidenceRouter} from "@vouch/contracts/interfaces/IEvidenceRouter.sol";
import {IEvidenceVerifier} from "@vouch/contracts/interfaces/IEvidenceVerifier.sol";
import {ReleaseCode} from "@vouch/contracts/libraries/ReleaseCode.sol";
import {Words} from "@vouch/contracts/libraries/Words.sol";
import {
    Assurance,
    DEVELOPMENT_SETUP,
    SIMULATED_ENCLAVE,
    UNATTESTED_SETUP,
    VOUCHED_ENCLAVE
} from "@vouch/contracts/types/Assurance.sol";
import {Evidence, EvidenceKind} from "@vouch/contracts/types/Evidence.sol";
import {CircuitId, ReleaseId} from "@vouch/contracts/types/Ids.sol";
import {Policy, Requirement} from "@vouch/contracts/types/Policy.sol";
import {Receipt} from "@vouch/contracts/types/Receipt.sol";
import {Statement} from "@vouch/contracts/types/Statement.sol";
import {MockCircuits} from "./MockCircuits.sol";
import {MockModels} from "./MockModels.sol";
import {MockPolicies} from "./MockPolicies.sol";

/// @title MockRouter
/// @notice Policies and receipts as `EvidenceRouter` has them, with evidence that says what it proves instead of proving it.
/// @dev Stands where an `IEvidenceRouter` is expected. A piece of evidence is `abi.encode(statement hash, assurance)`: it is of
/// that statement only, so that a consumer which lets words be exchanged is caught. Of the assurance it shows what its kind can:
/// a receipt that a piece was taken from is as weak as on the real chain.
contract MockRouter is MockPolicies {
    using ReleaseCode for bytes;
    using Words for uint256[];

    uint256 public constant MAX_INPUT_WORDS = 10_000;

    /// @notice The evidence is of other words than the receipt's.
    error MockEvidenceInvalid(EvidenceKind kind);

    constructor(MockModels models, MockCircuits circuits) MockPolicies(models, circuits) {}

    function requireReceipt(
        Receipt calldata receipt,
        Policy calldata policy
    ) external view returns (Assurance memory assurance) {
        assurance = assess(receipt);
        _requireMet(_effective(policy, receipt.release), assurance, receipt.release, true);
    }

    function requireAssurance(Policy calldata policy, Assurance calldata assurance, ReleaseId release) external view {
        _requireMet(_effective(policy, release), assurance, release, false);
    }

    /// @notice Reverts unless evidence that is at hand meets a policy and the floor.
    function requireFulfilment(Policy calldata policy, Assurance calldata assurance, ReleaseId release) external view {
        _requireMet(_effective(policy, release), assurance, release, true);
    }

    function requireAskable(
        ReleaseId release,
        uint256[] calldata input,
        Policy calldata policy
    ) external view returns (uint256 minStake, bool challengeable) {
        bytes memory record = _recordOf(release);
        if (record.circuit() != CircuitId.wrap(0)) input.requireCanonical(record.input());
        else require(input.length <= MAX_INPUT_WORDS, IEvidenceRouter.InputTooLong(input.length, MAX_INPUT_WORDS));
        return requireSatisfiable(policy, release);
    }

    /// @notice Reverts unless the output is canonical for the release, as that of every answer is.
    function requireOutput(ReleaseId release, uint256[] calldata output) external view {
        bytes memory record = _recordOf(release);
        if (record.circuit() != CircuitId.wrap(0)) output.requireCanonical(record.output());
    }

    function isPossible(Requirement calldata requirement, ReleaseId release) external view returns (bool) {
        return _isPossible(requirement, release);
    }

    /// @notice Returns the least assurance that meets a policy and the floor, and of it the challenge window and who judges a
    /// challenge: an answer that must wait is assured without the window until it has passed.
    /// @param patient Whether to wait for challenges wherever the policy lets one.
    function leastOf(
        Policy calldata policy,
        ReleaseId release,
        bool patient
    ) external view returns (Assurance memory least, uint8 judgeK, uint8 judgeN) {
        Requirement memory judge;
        (least, judge, ) = _least(_effective(policy, release), release, patient);
        if (judge.window() > 0 && judge.quorumN() > 0) (judgeK, judgeN) = (judge.quorumK(), judge.quorumN());
    }

    function digestOf(Statement calldata statement) external view returns (bytes32) {
        return statement.digestFor(address(this));
    }

    /// @dev Every kind is taken, by this contract.
    function verifierOf(EvidenceKind kind) external view returns (IEvidenceVerifier verifier) {
        if (kind != EvidenceKind.Optimistic) verifier = IEvidenceVerifier(address(this));
    }

    function requireSatisfiable(
        Policy calldata policy,
        ReleaseId release
    ) public view returns (uint256 minStake, bool challengeable) {
        Policy memory effective = _effective(policy, release);
        minStake = effective.minStake;
        (, , challengeable) = _least(effective, release, false);
    }

    function assess(Receipt calldata receipt) public view returns (Assurance memory assurance) {
        bytes memory record = _recordOf(receipt.release);
        bytes32 statement = statementOf(receipt).hash();
        for (uint256 i = 0; i < receipt.evidence.length; ++i) {
            Evidence calldata evidence = receipt.evidence[i];
            require(!assurance.has(evidence.kind), IEvidenceRouter.EvidenceDuplicated(evidence.kind));
            (bytes32 about, Assurance memory part) = abi.decode(evidence.data, (bytes32, Assurance));
            require(about == statement, MockEvidenceInvalid(evidence.kind));
            _merge(assurance, part, evidence.kind);
        }
        if (record.circuit() == CircuitId.wrap(0)) return assurance;
        receipt.input.requireCanonical(record.input());
        receipt.output.requireCanonical(record.output());
    }

    function statementOf(Receipt calldata receipt) public pure returns (Statement memory) {
        return
            Statement({
                release: receipt.release,
                request: receipt.request,
                operator: receipt.operator,
                inputHash: receipt.input.hash(),
                outputHash: receipt.output.hash()
            });
    }

    function supportsInterface(bytes4 interfaceId) public pure returns (bool) {
        return interfaceId == type(IEvidenceRouter).interfaceId || interfaceId == 0x01ffc9a7;
    }

    /// @dev Adds what evidence of one kind shows: a signature the stake behind it, a panel how many agreed, an enclave how it
    /// stands, and a proof what its set-up is.
    function _merge(Assurance memory into, Assurance memory part, EvidenceKind kind) private pure {
        // That an answer stood for a while is nothing that a piece of evidence shows.
        require(kind != EvidenceKind.Optimistic, IEvidenceRouter.EvidenceKindUnsupported(kind));
        // There are five kinds: the bit is within a byte.
        into.kinds |= uint8(1 << uint8(kind));
        if (kind == EvidenceKind.Signature) into.stakeAtRisk = part.stakeAtRisk;
        if (kind == EvidenceKind.Tee) into.minTcb = part.minTcb;
        if (kind == EvidenceKind.Tee) into.flags |= part.flags & (SIMULATED_ENCLAVE | VOUCHED_ENCLAVE);
        if (kind == EvidenceKind.Zk) into.flags |= part.flags & (DEVELOPMENT_SETUP | UNATTESTED_SETUP);
        if (kind != EvidenceKind.Quorum) return;
        (into.quorumK, into.quorumN, into.tolerance) = (part.quorumK, part.quorumN, part.tolerance);
    }
}
