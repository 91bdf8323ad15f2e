// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Deliveries} from "./Deliveries.sol";
import {Escrow} from "./Escrow.sol";
import {Tallies} from "./Tallies.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IOperatorBonds} from "./interfaces/IOperatorBonds.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {ITallies} from "./interfaces/ITallies.sol";
import {Entries, Entry} from "./libraries/Entries.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {Words} from "./libraries/Words.sol";
import {Answer} from "./types/Answer.sol";
import {Assurance} from "./types/Assurance.sol";
import {Evidence, EvidenceKind} from "./types/Evidence.sol";
import {ReleaseId, RequestId} from "./types/Ids.sol";
import {Policy} from "./types/Policy.sol";
import {Receipt} from "./types/Receipt.sol";
import {RequestParams} from "./types/Request.sol";

/// @title InferenceRequests
/// @notice Escrow, locks, fulfilment and the delivery ledger.
/// @dev No owner, and no function that can take a requester's or an operator's money elsewhere. It calls out to the immutable
/// contracts that it was built with, to the tokens that requesters choose, to a requester with the exact gas that it
/// bought, and to a payee that withdraws.
contract InferenceRequests is Deliveries, Escrow, Tallies, EIP712, ERC165 {
    using Entries for Entry;
    using Words for uint256[];

    /// @notice Callback gas above which no operator could fulfil within one transaction.
    uint256 public constant MAX_CALLBACK_GAS = 10_000_000;
    /// @notice Seconds after the last that may happen to a request for which its stake stays at risk.
    uint256 public constant LIABILITY_PERIOD = 3 days;
    /// @notice Seconds that an answer may be open to challenge, at most, and a challenge take.
    uint256 public constant DISPUTE_PERIOD = 10 days;
    /// @notice Seconds after its deadline in which a request may still be answered for nothing.
    uint256 public constant LATE_PERIOD = 1 days;
    /// @notice Share of the bond that giving up a lock costs: one in so many.
    uint256 public constant UNLOCK_DIVISOR = 10;

    /// @dev Gas of a fulfilment that its own measurement cannot see: the transaction, the credits, the event.
    uint256 private constant UNMEASURED_GAS = 60_000;
    /// @dev Of it, what many fulfilments pay for once: the transaction, and the first credits of operator and publisher.
    uint256 private constant SHARED_GAS = 31_000;
    /// @dev Likewise of each word of input or output: 32 bytes of calldata, none of them zero.
    uint256 private constant UNMEASURED_GAS_PER_WORD = 512;
    /// @dev What a transaction costs whatever it does, and for each such word at least (EIP-7623).
    uint256 private constant TRANSACTION_GAS = 21_000;
    uint256 private constant FLOOR_GAS_PER_WORD = 32 * 40;

    /// @inheritdoc IInferenceRequests
    IEvidenceRouter public immutable router;
    /// @inheritdoc IInferenceRequests
    IStakeVault public immutable vault;
    /// @inheritdoc IInferenceRequests
    IModelRegistry public immutable models;
    /// @inheritdoc IInferenceRequests
    ICircuitRegistry public immutable circuits;
    /// @inheritdoc IInferenceRequests
    address public immutable disputes;
    /// @dev Lock holder for panels of operators, whose members expose stake themselves; zero where there is none.
    address private immutable _quorum;
    IOperatorBonds private immutable _bonds;
    uint256 private immutable _maxLiability;

    constructor(
        IEvidenceRouter router_,
        IStakeVault vault_,
        IModelRegistry models_,
        ICircuitRegistry circuits_,
        IOperatorBonds bonds,
        address disputes_
    ) EIP712("Vouch Requests", "1") {
        router = router_;
        vault = vault_;
        models = models_;
        circuits = circuits_;
        disputes = disputes_;
        _bonds = bonds;
        _quorum = address(router_.verifierOf(EvidenceKind.Quorum));
        _maxLiability = vault_.MAX_LIABILITY();
    }

    /* ASKING */

    /// @inheritdoc IInferenceRequests
    function request(RequestParams calldata params) external payable returns (RequestId id) {
        id = _request(msg.sender, params);
    }

    /// @inheritdoc IInferenceRequests
    function requestFor(
        address requester,
        RequestParams calldata params,
        bytes calldata signature
    ) external payable returns (RequestId id) {
        bytes32 digest = _hashTypedDataV4(params.hashFor(requester));
        require(
            SignatureChecker.isValidSignatureNowCalldata(requester, digest, signature),
            RequestSignatureInvalid(requester)
        );

        id = _request(requester, params);
    }

    /// @inheritdoc IInferenceRequests
    function cancel(RequestId id, RequestParams calldata params) external {
        require(_entries[id].requester == msg.sender, RequestNotByRequester(id, msg.sender));
        _requireParams(id, params, msg.data.length);

        _move(id, Status.Open, Status.Cancelled);
        _refund(id, params);
    }

    /// @inheritdoc IInferenceRequests
    function expire(RequestId id, RequestParams calldata params) external {
        _requireParams(id, params, msg.data.length);
        Entry storage entry = _entries[id];
        bool locked = entry.status == Status.Locked;
        uint256 deadline = locked ? params.deadline : params.lockDeadline;
        require(block.timestamp > deadline, RequestNotExpired(id, deadline));
        address operator = entry.operator;

        _move(id, locked ? Status.Locked : Status.Open, Status.Expired);
        delete entry.operator;
        _refund(id, params);
        if (locked) _penalise(id, operator, params.bond);
    }

    /* SERVING */

    /// @inheritdoc IInferenceRequests
    function lock(RequestId id, RequestParams calldata params) external {
        _requireParams(id, params, msg.data.length);
        require(block.timestamp <= params.lockDeadline, RequestDeadlinePassed(id, params.lockDeadline));

        _move(id, Status.Open, Status.Locked);
        Entry storage entry = _entries[id];
        entry.operator = msg.sender;
        entry.stake = params.stake;
        uint256 fee = params.feeAt(block.timestamp);

        emit RequestLocked(id, msg.sender, fee);

        if (params.stake > 0 && msg.sender != _quorum) {
            vault.open({
                operator: msg.sender,
                liability: RequestId.unwrap(id),
                amount: params.stake,
                compensation: params.compensation(fee),
                until: params.deadline + DISPUTE_PERIOD
            });
        }
    }

    /// @inheritdoc IInferenceRequests
    function unlock(RequestId id, RequestParams calldata params) external {
        _requireParams(id, params, msg.data.length);
        Entry storage entry = _entries[id];
        require(entry.operator == msg.sender, RequestNotLockedBy(id, msg.sender));

        _move(id, Status.Locked, Status.Open);
        delete entry.operator;

        emit RequestUnlocked(id, msg.sender);

        bool lockable = block.timestamp <= params.lockDeadline;
        // The divisor is a small constant: the quotient is at most the bond.
        _penalise(id, msg.sender, lockable ? uint80(params.bond / UNLOCK_DIVISOR) : params.bond);
    }

    /// @inheritdoc IInferenceRequests
    function fulfil(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external {
        uint256 gasAtStart = gasleft();
        _requireParams(id, params, _placeOf(output));
        require(block.timestamp <= params.deadline, RequestDeadlinePassed(id, params.deadline));
        Entry storage entry = _entries[id];
        require(entry.status == Status.Locked, RequestStatusInvalid(id, entry.status));
        uint256 fee = params.feeAt(entry.movedAt);
        address operator = entry.operator;

        // Encoded anew, of what this contract has read: a place in calldata that points in front of itself reads other bytes in
        // a copy that has other parameters before it.
        Answer memory answer = router.assessFulfilment(operator, entry.stake, id, params, output, evidence);
        _emitFulfilled(id, params.release, operator, output, evidence, answer);
        if (answer.window > 0) {
            bool own = msg.sender == operator || answer.assurance.has(EvidenceKind.Signature);
            require(own, AnswerNotByOperator(id, msg.sender));
            _propose(id, params, output, answer);
            if (params.provisionalGas > 0) _deliver(id, params.release, params.provisionalGas, output);
        } else {
            _conclude(id, Status.Locked, params, output, answer.assurance);
            _settle(id, params, fee, answer, _gasOf(gasAtStart - gasleft(), params, output));
            if (params.callbackGas > 0) _deliver(id, params.release, params.callbackGas, output);
        }
    }

    /// @inheritdoc IInferenceRequests
    function fulfilMany(Fulfilment[] calldata fulfilments) external returns (bool[] memory settled) {
        uint256 count = fulfilments.length;
        uint256 gasAtStart = gasleft();
        (Answer[] memory answers, bool[] memory accepted) = _assessMany(fulfilments);
        uint256 gasShare = count == 0 ? 0 : (gasAtStart - gasleft() + SHARED_GAS) / count;

        settled = new bool[](count);
        for (uint256 i = 0; i < count; ++i) {
            // Accepted ones were due, and are unless the same came before.
            settled[i] = accepted[i] && answers[i].window == 0 && _entries[fulfilments[i].id].status == Status.Locked;
            if (settled[i]) _settleOne(fulfilments[i], answers[i], gasShare);
            else emit FulfilmentRefused(fulfilments[i].id);
        }
        for (uint256 i = 0; i < count; ++i) {
            RequestParams calldata params = fulfilments[i].params;
            if (!settled[i] || params.callbackGas == 0) continue;
            _deliver(fulfilments[i].id, params.release, params.callbackGas, fulfilments[i].output);
        }
    }

    /// @inheritdoc IInferenceRequests
    function fulfilLate(
        RequestId id,
        RequestParams calldata params,
        address operator,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external {
        _requireParams(id, params, _placeOf(output));
        uint256 latest = params.deadline + LATE_PERIOD;
        require(block.timestamp <= latest, RequestDeadlinePassed(id, latest));
        // Whoever held a lock is no party to this.
        (_entries[id].operator, _entries[id].stake) = (operator, 0);

        Answer memory answer = router.assessFulfilment(operator, 0, id, params, output, evidence);
        _emitFulfilled(id, params.release, operator, output, evidence, answer);
        require(answer.window == 0, AnswerNotFinal(id, answer.window));
        _conclude(id, Status.Expired, params, output, answer.assurance);
        _count(params.release, params.token, answer.assurance.kinds, answer.assurance.flags, 0);

        emit RequestSettled(id, 0, 0, 0);

        if (params.callbackGas > 0) _deliver(id, params.release, params.callbackGas, output);
    }

    /// @inheritdoc IInferenceRequests
    function finalize(RequestId id, RequestParams calldata params, uint256[] calldata output) external {
        uint256 gasAtStart = gasleft();
        uint256 closesAt = windowEndOf(id);
        require(block.timestamp > closesAt, ChallengeWindowOpen(id, closesAt));

        _finalize(id, Status.Provisional, params, output, gasAtStart);
    }

    /// @inheritdoc IInferenceRequests
    function freeStake(RequestId[] calldata ids) external {
        for (uint256 i = 0; i < ids.length; ++i) {
            Entry storage entry = _entries[ids[i]];
            require(entry.status == Status.Fulfilled, RequestStatusInvalid(ids[i], entry.status));
            uint256 freeAt = entry.movedAt + LIABILITY_PERIOD;
            require(block.timestamp >= freeAt, StakeNotFree(ids[i], freeAt));

            vault.close(entry.operator, RequestId.unwrap(ids[i]));
        }
    }

    /// @inheritdoc IInferenceRequests
    function forfeit(RequestId id) external {
        Entry storage entry = _entries[id];
        require(entry.status == Status.Fulfilled, RequestStatusInvalid(id, entry.status));
        address challenger = _bonds.faultOf(entry.operator, address(router), id);
        require(challenger != address(0), OperatorNotFaulty(id, entry.operator));
        require(_isExposed(id, entry.operator), StakeFreed(id, entry.operator));

        _slash(id, entry.operator, entry.stake, challenger);
    }

    /* DISPUTES */

    /// @inheritdoc IInferenceRequests
    function contest(RequestId id) external {
        require(msg.sender == disputes, SenderNotDisputes(msg.sender));
        uint256 closesAt = windowEndOf(id);
        require(block.timestamp <= closesAt, ChallengeWindowClosed(id, closesAt));

        _move(id, Status.Provisional, Status.Challenged);

        emit AnswerContested(id);
    }

    /// @inheritdoc IInferenceRequests
    function resolve(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        bool upheld,
        address challenger
    ) external {
        uint256 gasAtStart = gasleft();
        require(msg.sender == disputes, SenderNotDisputes(msg.sender));
        if (upheld) {
            _finalize(id, Status.Challenged, params, output, gasAtStart);
            return;
        }

        Entry storage entry = _entries[id];
        bytes32 statement = _requireProposed(id, params, output);
        _move(id, Status.Challenged, Status.Overturned);
        (entry.commitment, entry.delivery) = (statement, DeliveryStatus.None);

        emit AnswerOverturned(id, entry.operator);

        _refund(id, params);
        if (challenger == address(0)) challenger = _bonds.faultOf(entry.operator, address(router), id);
        if (challenger == address(0)) vault.close(entry.operator, RequestId.unwrap(id));
        else _slash(id, entry.operator, entry.stake, challenger);
        if (params.callbackGas > 0) _deliver(id, params.release, params.callbackGas, output);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IInferenceRequests).interfaceId ||
            interfaceId == type(IEscrow).interfaceId ||
            interfaceId == type(ITallies).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /* STATE */

    function _request(address requester, RequestParams calldata params) private returns (RequestId id) {
        id = requestIdOf(requester, params.nonce);
        Entry storage entry = _entries[id];
        require(entry.status == Status.None, RequestNonceUsed(requester, params.nonce));
        _requireAskable(requester, params);

        entry.requester = requester;
        // At most `MAX_CALLBACK_GAS`, which has 24 bits.
        entry.callbackGas = uint24(params.callbackGas);
        bytes memory encoded = abi.encode(params);
        entry.commitment = keccak256(encoded);
        _move(id, Status.None, Status.Open);

        _emitRequested(id, params.release, requester, encoded);

        _collect(params.token, params.escrowOf());
    }

    /// @dev `emit InferenceRequested(id, release, requester, params)`, whose data is what the commitment hashes: they are
    /// encoded once.
    function _emitRequested(RequestId id, ReleaseId release, address requester, bytes memory encoded) private {
        bytes32 topic = InferenceRequested.selector;
        assembly ("memory-safe") {
            log4(add(encoded, 0x20), mload(encoded), topic, id, release, requester)
        }
    }

    function _refund(RequestId id, RequestParams calldata params) private {
        (address requester, uint256 amount) = (_entries[id].requester, params.escrowOf());

        emit RequestRefunded(id, requester, amount);

        _credit(params.token, requester, amount);
    }

    /// @dev What the router says of many answers; one that is not due is brought to it without evidence.
    function _assessMany(
        Fulfilment[] calldata fulfilments
    ) private view returns (Answer[] memory answers, bool[] memory accepted) {
        uint256 count = fulfilments.length;
        Receipt[] memory receipts = new Receipt[](count);
        Policy[] memory policies = new Policy[](count);
        uint128[] memory stakes = new uint128[](count);
        for (uint256 i = 0; i < count; ++i) {
            Fulfilment calldata fulfilment = fulfilments[i];
            if (!_isDue(fulfilment)) continue;
            Entry storage entry = _entries[fulfilment.id];
            receipts[i] = Receipt({
                release: fulfilment.params.release,
                request: fulfilment.id,
                operator: entry.operator,
                input: fulfilment.params.input,
                output: fulfilment.output,
                evidence: fulfilment.evidence
            });
            (policies[i], stakes[i]) = (fulfilment.params.policy, entry.stake);
        }
        return router.assessManyFor(receipts, policies, stakes);
    }

    function _emitFulfilled(
        RequestId id,
        ReleaseId release,
        address operator,
        uint256[] calldata output,
        Evidence[] calldata evidence,
        Answer memory answer
    ) private {
        emit InferenceFulfilled({
            id: id,
            release: release,
            operator: operator,
            output: output,
            evidence: evidence,
            assurance: answer.assurance,
            window: answer.window
        });
    }

    function _settleOne(Fulfilment calldata fulfilment, Answer memory answer, uint256 gasShare) private {
        uint256 gasAtStart = gasleft();
        (RequestId id, RequestParams calldata params) = (fulfilment.id, fulfilment.params);
        Entry storage entry = _entries[id];
        uint256 fee = params.feeAt(entry.movedAt);

        _emitFulfilled(id, params.release, entry.operator, fulfilment.output, fulfilment.evidence, answer);
        _conclude(id, Status.Locked, params, fulfilment.output, answer.assurance);
        gasShare += _unmeasured(params, fulfilment.output) - SHARED_GAS;
        _settle(id, params, fee, answer, gasAtStart - gasleft() + gasShare);
    }

    /// @dev Opens an answer to challenge. Its payment waits.
    function _propose(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Answer memory answer
    ) private {
        bytes32 statement = _statementHash(id, params.release, params.input, output);
        Entry storage entry = _entries[id];
        (entry.details.window, entry.details.lockedAt) = (answer.window, entry.movedAt);
        (entry.details.judgeK, entry.details.judgeN) = (answer.judgeK, answer.judgeN);
        _move(id, Status.Locked, Status.Provisional);
        entry.commitment = keccak256(abi.encode(entry.commitment, statement));
        entry.setAssurance(answer.assurance);
    }

    function _finalize(
        RequestId id,
        Status from,
        RequestParams calldata params,
        uint256[] calldata output,
        uint256 gasAtStart
    ) private {
        bytes32 statement = _requireProposed(id, params, output);
        uint256 fee = params.feeAt(_entries[id].details.lockedAt);
        Entry storage entry = _entries[id];
        _move(id, from, Status.Fulfilled);
        (entry.commitment, entry.delivery) = (statement, DeliveryStatus.None);
        entry.setUnchallenged();

        emit AnswerFinalized(id);

        // Two transactions served this answer.
        IModelRegistry.ReleaseRecord memory release = models.releaseOf(params.release);
        Answer memory answer;
        (answer.publisher, answer.royaltyBps) = (release.publisher, release.royaltyBps);
        answer.window = _entries[id].details.window;
        _settle(id, params, fee, answer, gasAtStart - gasleft() + 2 * _unmeasured(params, output));
        if (params.callbackGas > 0) _deliver(id, params.release, params.callbackGas, output);
    }

    function _conclude(
        RequestId id,
        Status from,
        RequestParams calldata params,
        uint256[] calldata output,
        Assurance memory assurance
    ) private {
        _move(id, from, Status.Fulfilled);
        Entry storage entry = _entries[id];
        entry.commitment = _statementHash(id, params.release, params.input, output);
        entry.setAssurance(assurance);
    }

    /* MONEY */

    function _settle(
        RequestId id,
        RequestParams calldata params,
        uint256 fee,
        Answer memory answer,
        uint256 gasUsed
    ) private {
        (uint256 paid, uint256 share, uint256 surplus) = Settlement.split({
            params: params,
            fee: fee,
            royaltyBps: answer.royaltyBps,
            provisionalGas: answer.window > 0 ? params.provisionalGas : 0,
            gasUsed: gasUsed,
            gasPrice: params.token == NATIVE ? tx.gasprice : params.maxGasPrice
        });
        Entry storage entry = _entries[id];
        _count(params.release, params.token, entry.kinds, entry.flags, fee);

        emit RequestSettled(id, paid, share, surplus);

        _credit(params.token, entry.operator, paid);
        _credit(params.token, answer.publisher, share);
        _credit(params.token, entry.requester, surplus);
    }

    /// @dev Takes `amount` of the stake of a lock that was not honoured and frees the rest.
    function _penalise(RequestId id, address operator, uint80 amount) private {
        if (amount == 0) vault.close(operator, RequestId.unwrap(id));
        else _slash(id, operator, amount, address(0));
    }

    /// @dev Does nothing where no stake is exposed any more, because nobody came until it lapsed, or never was, as for a
    /// panel: that must keep nobody from a refund.
    function _slash(RequestId id, address operator, uint80 amount, address challenger) private {
        if (!_isExposed(id, operator)) return;

        IStakeVault.Verdict memory verdict = IStakeVault.Verdict({
            amount: amount,
            injured: _entries[id].requester,
            compensation: amount,
            challenger: challenger,
            reward: challenger == address(0) ? 0 : amount
        });
        vault.slash(operator, RequestId.unwrap(id), verdict);
    }

    /* CHECKS */

    function _requireAskable(address requester, RequestParams calldata params) private view {
        (uint256 minStake, bool challengeable) = router.requireAskable(params.release, params.input, params.policy);
        require(params.stake >= minStake, RequestStakeBelowPolicy(params.stake, minStake));
        require(
            params.bond <= params.stake && (params.bond > 0 || !challengeable),
            RequestBondInvalid(params.bond, params.stake)
        );
        require(params.minFee <= params.maxFee, RequestFeeInvalid(params.minFee, params.maxFee));
        require(
            block.timestamp <= params.lockDeadline && params.lockDeadline < params.deadline,
            RequestDeadlineInvalid(params.lockDeadline, params.deadline)
        );
        uint256 latest = block.timestamp + _maxLiability - DISPUTE_PERIOD;
        require(params.deadline <= latest, RequestDeadlineTooFar(params.deadline, latest));
        uint256 callbackGas = Math.max(params.callbackGas, params.provisionalGas);
        require(callbackGas <= MAX_CALLBACK_GAS, CallbackGasTooHigh(callbackGas, MAX_CALLBACK_GAS));
        require(callbackGas == 0 || requester.code.length > 0, CallbackTargetWithoutCode(requester));
    }

    /// @dev Whether an answer to a request may be given now.
    function _isDue(Fulfilment calldata fulfilment) private view returns (bool) {
        RequestParams calldata params = fulfilment.params;
        if (_entries[fulfilment.id].status != Status.Locked || block.timestamp > params.deadline) return false;
        return _isCommitted(fulfilment.id, params, _placeOf(fulfilment.output));
    }

    function _isExposed(RequestId id, address operator) private view returns (bool) {
        uint256 lapseDay = vault.liabilityOf(operator, address(this), RequestId.unwrap(id)).lapseDay;
        return block.timestamp < lapseDay * 1 days;
    }

    /// @dev Gas of a fulfilment of which `measured` was measured.
    function _gasOf(
        uint256 measured,
        RequestParams calldata params,
        uint256[] calldata output
    ) private pure returns (uint256) {
        uint256 least = TRANSACTION_GAS + (params.input.length + output.length) * FLOOR_GAS_PER_WORD;
        return Math.max(measured + _unmeasured(params, output), least);
    }

    function _unmeasured(RequestParams calldata params, uint256[] calldata output) private pure returns (uint256) {
        return UNMEASURED_GAS + (params.input.length + output.length) * UNMEASURED_GAS_PER_WORD;
    }
}
