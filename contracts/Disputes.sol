// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Escrow} from "./Escrow.sol";
import {IArbiter} from "./interfaces/IArbiter.sol";
import {IDisputes} from "./interfaces/IDisputes.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {Words} from "./libraries/Words.sol";
import {Evidence, EvidenceKind} from "./types/Evidence.sol";
import {RequestId} from "./types/Ids.sol";
import {Receipt} from "./types/Receipt.sol";
import {RequestParams} from "./types/Request.sol";
import {Statement} from "./types/Statement.sol";

/// @title Disputes
/// @notice Challenges of optimistic answers, decided by a proof or by a panel that runs the model again.
/// @dev Every function moves the dispute before it calls out, so that no consumer's callback, and no contract that poses as
/// one of requests, finds it half moved. What moves is the bond of that dispute, once, to one of three: its challenger, its
/// operator, its panel.
contract Disputes is IDisputes, Escrow, ERC165 {
    using Words for uint256[];

    /// @inheritdoc IDisputes
    /// @dev A proof takes minutes to hours; the rest is for an operator that is offline over a weekend, and for a block
    /// builder that delays it. The clocks end while stake is still at risk: an answer comes at `params.deadline` at the
    /// latest, is open to challenge for `EvidenceRouter.MAX_WINDOW` at most, and the request's stake is exposed until
    /// `InferenceRequests.DISPUTE_PERIOD` after that deadline:
    /// `MAX_WINDOW + RESPONSE_PERIOD + CONCLUSION_PERIOD = 5 + 3 + 1 days < 10 days = DISPUTE_PERIOD`, which leaves a day to
    /// send what the clocks decided.
    uint256 public constant RESPONSE_PERIOD = 3 days;
    /// @inheritdoc IDisputes
    uint256 public constant CONCLUSION_PERIOD = 1 days;

    /// @inheritdoc IDisputes
    IEvidenceRouter public immutable router;
    /// @inheritdoc IDisputes
    IArbiter public immutable arbiter;

    mapping(IInferenceRequests requests => mapping(RequestId id => Dispute dispute)) private _disputes;

    /// @param arbiter_ Zero where the router takes no evidence from a quorum: then no policy lets one decide.
    constructor(IEvidenceRouter router_, IArbiter arbiter_) {
        address quorum = address(router_.verifierOf(EvidenceKind.Quorum));
        bool arbitrated = address(arbiter_) != address(0);
        require(arbitrated == (quorum != address(0)), ArbiterMismatch(address(arbiter_), quorum));
        if (arbitrated) {
            uint256 period = arbiter_.ROUND_PERIOD();
            require(period <= RESPONSE_PERIOD, ArbiterTooSlow(period, RESPONSE_PERIOD));
        }

        (router, arbiter) = (router_, arbiter_);
    }

    /// @inheritdoc IDisputes
    function challenge(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) external payable {
        IInferenceRequests.Result memory result = requests.resultOf(id);
        bytes32 commitment = _commitmentOf(id, params, result.operator, output);
        require(commitment == result.statement, DisputeAnswerMismatch(id));
        // Fixed when the answer was proposed: what was registered or attested since changes no judge.
        (uint8 k, uint8 n) = requests.judgeOf(id);
        bool byQuorum = n > 0;

        Dispute storage dispute = _move(
            requests,
            id,
            Status.None,
            byQuorum ? Status.AwaitingQuorum : Status.AwaitingProof
        );
        dispute.challenger = msg.sender;
        // Fits until the year 36,000.
        dispute.decideBy = uint40(block.timestamp + RESPONSE_PERIOD);
        (dispute.k, dispute.n) = (k, n);
        (dispute.operator, dispute.commitment) = (result.operator, commitment);

        emit AnswerChallenged({
            requests: requests,
            id: id,
            challenger: msg.sender,
            operator: result.operator,
            bond: params.bond,
            decideBy: dispute.decideBy
        });

        _collect(NATIVE, params.bond);
        requests.contest(id);
        if (byQuorum) _openRound(requests, id, dispute, params);
    }

    /// @inheritdoc IDisputes
    function answer(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        bytes calldata proof
    ) external {
        Dispute storage dispute = _move(requests, id, Status.AwaitingProof, Status.Upheld);
        _requireAnswer(id, dispute, params, output);
        require(block.timestamp <= dispute.decideBy, ResponsePeriodClosed(id, dispute.decideBy));
        _requireProven(id, dispute.operator, params, output, proof);

        _credit(NATIVE, dispute.operator, params.bond);

        emit DisputeDecided(requests, id, Status.Upheld);

        requests.resolve({id: id, params: params, output: output, upheld: true, challenger: dispute.challenger});
    }

    /// @inheritdoc IDisputes
    function timeout(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) external {
        Dispute storage dispute = _move(requests, id, Status.AwaitingProof, Status.Overturned);
        _requireAnswer(id, dispute, params, output);
        require(block.timestamp > dispute.decideBy, ResponsePeriodOpen(id, dispute.decideBy));

        _credit(NATIVE, dispute.challenger, params.bond);

        emit DisputeDecided(requests, id, Status.Overturned);

        requests.resolve({id: id, params: params, output: output, upheld: false, challenger: dispute.challenger});
    }

    /// @inheritdoc IDisputes
    function rerun(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) external payable {
        Dispute storage dispute = _disputes[requests][id];
        require(dispute.status == Status.AwaitingQuorum, DisputeStatusInvalid(id, dispute.status));
        _requireAnswer(id, dispute, params, output);
        require(msg.value >= params.bond, RoundPaymentTooLow(msg.value, params.bond));
        uint256 endsAt = block.timestamp + arbiter.ROUND_PERIOD();
        require(endsAt <= dispute.decideBy, RoundTooLate(endsAt, dispute.decideBy));
        (IArbiter.Outcome outcome, ) = arbiter.outcomeOf(dispute.round);
        require(outcome == IArbiter.Outcome.Failed, RoundNotFailed(dispute.round, outcome));

        _openRound(requests, id, dispute, params);
    }

    /// @inheritdoc IDisputes
    function conclude(
        IInferenceRequests requests,
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) external {
        Dispute storage dispute = _disputes[requests][id];
        require(dispute.status == Status.AwaitingQuorum, DisputeStatusInvalid(id, dispute.status));
        _requireAnswer(id, dispute, params, output);
        Status status = _rulingOf(id, dispute, output.hash());

        _move(requests, id, Status.AwaitingQuorum, status);

        emit DisputeDecided(requests, id, status);

        requests.resolve({
            id: id,
            params: params,
            output: output,
            upheld: status == Status.Upheld,
            challenger: status == Status.Undecided ? address(0) : dispute.challenger
        });
    }

    /// @inheritdoc IDisputes
    function disputeOf(IInferenceRequests requests, RequestId id) external view returns (Dispute memory) {
        return _disputes[requests][id];
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IDisputes).interfaceId ||
            interfaceId == type(IEscrow).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /// @dev The one place where a dispute changes its status.
    function _move(
        IInferenceRequests requests,
        RequestId id,
        Status from,
        Status to
    ) private returns (Dispute storage dispute) {
        dispute = _disputes[requests][id];
        require(dispute.status == from, DisputeStatusInvalid(id, dispute.status));
        dispute.status = to;
    }

    /// @dev Prepays a panel with all that was sent. Whoever called in from within `contest` found a round that is not there,
    /// hence neither failed nor decided.
    function _openRound(
        IInferenceRequests requests,
        RequestId id,
        Dispute storage dispute,
        RequestParams calldata params
    ) private {
        IArbiter.Question memory question = IArbiter.Question({
            release: params.release,
            request: id,
            accused: dispute.operator,
            k: dispute.k,
            n: dispute.n,
            payer: msg.sender
        });
        bytes32 round = arbiter.open{value: msg.value}(question, params.input);
        dispute.round = round;

        emit RoundOpened(requests, id, round, msg.sender, msg.value);
    }

    /// @dev What the latest round says of an output; a dispute whose time is over without a decision is undecided.
    function _rulingOf(RequestId id, Dispute storage dispute, bytes32 outputHash) private view returns (Status) {
        (IArbiter.Outcome outcome, bytes32 found) = arbiter.outcomeOf(dispute.round);
        if (outcome == IArbiter.Outcome.Decided) return found == outputHash ? Status.Upheld : Status.Overturned;

        bool pending = outcome == IArbiter.Outcome.Pending;
        uint256 closesAt = dispute.decideBy + (pending ? CONCLUSION_PERIOD : 0);
        require(block.timestamp > closesAt, ResponsePeriodOpen(id, closesAt));
        return Status.Undecided;
    }

    /// @dev The receipt is rebuilt from the answer that was challenged. It is held against no policy: the floor may demand what
    /// a proof alone does not have, a stake or a window, and the release's circuit is one that the policy's judge trusted when
    /// the answer was proposed.
    function _requireProven(
        RequestId id,
        address operator,
        RequestParams calldata params,
        uint256[] calldata output,
        bytes calldata proof
    ) private view {
        Evidence[] memory evidence = new Evidence[](1);
        evidence[0] = Evidence({kind: EvidenceKind.Zk, data: proof});
        Receipt memory receipt = Receipt({
            release: params.release,
            request: id,
            operator: operator,
            input: params.input,
            output: output,
            evidence: evidence
        });
        router.assess(receipt);
    }

    function _requireAnswer(
        RequestId id,
        Dispute storage dispute,
        RequestParams calldata params,
        uint256[] calldata output
    ) private view {
        bytes32 commitment = _commitmentOf(id, params, dispute.operator, output);
        require(commitment == dispute.commitment, DisputeAnswerMismatch(id));
    }

    /// @dev As a request holds an answer that is not final (`IInferenceRequests.Result`).
    function _commitmentOf(
        RequestId id,
        RequestParams calldata params,
        address operator,
        uint256[] calldata output
    ) private pure returns (bytes32) {
        Statement memory statement = Statement({
            release: params.release,
            request: id,
            operator: operator,
            inputHash: params.input.hash(),
            outputHash: output.hash()
        });
        return keccak256(abi.encode(keccak256(abi.encode(params)), statement.hash()));
    }
}
