// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IInferenceCallback} from "./interfaces/IInferenceCallback.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {ExactGasCall} from "./libraries/ExactGasCall.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {Words} from "./libraries/Words.sol";
import {Assurance} from "./types/Assurance.sol";
import {TensorEncoding} from "./types/Circuit.sol";
import {Evidence} from "./types/Evidence.sol";
import {CircuitId, ReleaseId, RequestId} from "./types/Ids.sol";
import {Receipt} from "./types/Receipt.sol";
import {RequestParams} from "./types/Request.sol";
import {Statement} from "./types/Statement.sol";

/// @title InferenceRequests
/// @notice Escrow, locks, fulfilment and the delivery ledger.
/// @dev No owner, and no function that can take a requester's or an operator's wei elsewhere. It calls out to the immutable
/// contracts that it was built with, to a requester with the exact gas that it bought, and to a payee that withdraws.
contract InferenceRequests is IInferenceRequests {
    using Words for uint256[];

    /// @param commitment Hash of the parameters until the request is fulfilled; from then on the statement's struct hash.
    struct Entry {
        address requester;
        Status status;
        Delivery delivery;
        uint40 fulfilledAt;
        uint32 callbackGas;
        bytes32 commitment;
        address operator;
        Assurance assurance;
    }

    /// @notice Callback gas above which no operator could fulfil within one transaction.
    uint256 public constant MAX_CALLBACK_GAS = 10_000_000;

    /// @dev Gas of a fulfilment that its own measurement cannot see: the transaction, the credits, the event.
    uint256 private constant UNMEASURED_GAS = 60_000;
    /// @dev Likewise of each word of input or output: 32 bytes of calldata, none of them zero.
    uint256 private constant UNMEASURED_GAS_PER_WORD = 512;

    /// @inheritdoc IInferenceRequests
    IEvidenceRouter public immutable router;
    /// @inheritdoc IInferenceRequests
    IStakeVault public immutable vault;
    /// @inheritdoc IInferenceRequests
    IModelRegistry public immutable models;
    /// @inheritdoc IInferenceRequests
    ICircuitRegistry public immutable circuits;

    mapping(RequestId id => Entry entry) private _entries;
    mapping(address requester => uint256 nonce) private _nonces;
    mapping(address account => uint256 credit) private _credits;

    constructor(IEvidenceRouter router_, IStakeVault vault_, IModelRegistry models_, ICircuitRegistry circuits_) {
        router = router_;
        vault = vault_;
        models = models_;
        circuits = circuits_;
    }

    /// @inheritdoc IInferenceRequests
    function request(RequestParams calldata params) external payable returns (RequestId id) {
        _requireAskable(params);

        id = requestIdOf(msg.sender, _nonces[msg.sender]++);
        Entry storage entry = _entries[id];
        entry.requester = msg.sender;
        entry.callbackGas = params.callbackGas;
        entry.commitment = keccak256(abi.encode(params));
        _move(id, Status.None, Status.Open);

        emit InferenceRequested(id, params.release, msg.sender, params);
    }

    /// @inheritdoc IInferenceRequests
    function cancel(RequestId id, RequestParams calldata params) external {
        require(_entries[id].requester == msg.sender, RequestNotByRequester(id, msg.sender));
        _requireParams(id, params);

        _refund(id, Status.Open, params);
    }

    /// @inheritdoc IInferenceRequests
    function expire(RequestId id, RequestParams calldata params) external {
        _requireParams(id, params);
        Status status = _entries[id].status;
        uint256 deadline = status == Status.Open ? params.lockDeadline : params.deadline;
        require(block.timestamp > deadline, RequestNotExpired(id, deadline));

        _refund(id, status, params);
    }

    /// @inheritdoc IInferenceRequests
    function lock(RequestId id, RequestParams calldata params) external {
        _requireParams(id, params);
        require(block.timestamp <= params.lockDeadline, RequestDeadlinePassed(id, params.lockDeadline));

        _move(id, Status.Open, Status.Locked);
        _entries[id].operator = msg.sender;

        emit RequestLocked(id, msg.sender, params.stake);

        vault.open({operator: msg.sender, liability: RequestId.unwrap(id), amount: params.stake});
    }

    /// @inheritdoc IInferenceRequests
    function unlock(RequestId id) external {
        require(_entries[id].operator == msg.sender, RequestNotLockedBy(id, msg.sender));

        _move(id, Status.Locked, Status.Open);
        delete _entries[id].operator;

        emit RequestUnlocked(id, msg.sender);

        vault.close(RequestId.unwrap(id));
    }

    /// @inheritdoc IInferenceRequests
    function fulfil(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external {
        uint256 gasAtStart = gasleft();
        _requireParams(id, params);
        require(block.timestamp <= params.deadline, RequestDeadlinePassed(id, params.deadline));
        _move(id, Status.Locked, Status.Fulfilled);

        Assurance memory assurance = _verify(id, params, output, evidence);
        _store(id, _statementHash(id, params.release, params.input, output), assurance);
        vault.close(RequestId.unwrap(id));
        uint256 unmeasured = UNMEASURED_GAS + (params.input.length + output.length) * UNMEASURED_GAS_PER_WORD;
        uint256 paid = _settle(id, params, gasAtStart - gasleft() + unmeasured);

        emit InferenceFulfilled({
            id: id,
            release: params.release,
            operator: _entries[id].operator,
            output: output,
            evidence: evidence,
            assurance: assurance,
            paid: paid
        });

        if (params.callbackGas > 0) _deliver(id, params.release, output, assurance);
    }

    /// @inheritdoc IInferenceRequests
    function redeliver(RequestId id, ReleaseId release, uint256[] calldata input, uint256[] calldata output) external {
        Entry storage entry = _fulfilled(id);
        require(entry.delivery == Delivery.Failed, CallbackNotFailed(id, entry.delivery));
        require(entry.commitment == _statementHash(id, release, input, output), StatementMismatch(id));

        _deliver(id, release, output, entry.assurance);
    }

    /// @inheritdoc IInferenceRequests
    function withdraw(address payable to) external {
        uint256 amount = _credits[msg.sender];
        require(amount > 0, CreditEmpty(msg.sender));

        delete _credits[msg.sender];

        emit Withdrawn(msg.sender, to, amount);

        (bool sent, ) = to.call{value: amount}("");
        require(sent, WithdrawalFailed(to));
    }

    /// @inheritdoc IInferenceRequests
    function nonceOf(address requester) external view returns (uint256) {
        return _nonces[requester];
    }

    /// @inheritdoc IInferenceRequests
    function statusOf(RequestId id) external view returns (Status) {
        return _entries[id].status;
    }

    /// @inheritdoc IInferenceRequests
    function requesterOf(RequestId id) external view returns (address) {
        return _entries[id].requester;
    }

    /// @inheritdoc IInferenceRequests
    function operatorOf(RequestId id) external view returns (address) {
        return _entries[id].operator;
    }

    /// @inheritdoc IInferenceRequests
    function resultOf(RequestId id) external view returns (Result memory) {
        Entry storage entry = _fulfilled(id);
        return
            Result({
                operator: entry.operator,
                fulfilledAt: entry.fulfilledAt,
                delivery: entry.delivery,
                statement: entry.commitment,
                assurance: entry.assurance
            });
    }

    /// @inheritdoc IInferenceRequests
    function assuranceOf(RequestId id) external view returns (Assurance memory) {
        return _fulfilled(id).assurance;
    }

    /// @inheritdoc IInferenceRequests
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IInferenceRequests
    function requestIdOf(address requester, uint256 nonce) public view returns (RequestId) {
        return RequestId.wrap(keccak256(abi.encode(block.chainid, address(this), requester, nonce)));
    }

    /// @dev The one place where a request changes its state.
    function _move(RequestId id, Status from, Status to) private {
        Entry storage entry = _entries[id];
        require(entry.status == from, RequestStatusInvalid(id, entry.status));
        entry.status = to;
    }

    function _refund(RequestId id, Status from, RequestParams calldata params) private {
        _move(id, from, Status.Refunded);
        Entry storage entry = _entries[id];
        delete entry.operator;

        emit RequestRefunded(id, entry.requester, params.escrow());

        _credit(entry.requester, params.escrow());
        if (from == Status.Locked) vault.close(RequestId.unwrap(id));
    }

    function _store(RequestId id, bytes32 statement, Assurance memory assurance) private {
        Entry storage entry = _entries[id];
        // Fits until the year 36,000.
        entry.fulfilledAt = uint40(block.timestamp);
        entry.commitment = statement;
        entry.assurance = assurance;
    }

    function _settle(RequestId id, RequestParams calldata params, uint256 gasUsed) private returns (uint256 paid) {
        IModelRegistry.ReleaseRecord memory release = models.releaseOf(params.release);
        (uint256 toOperator, uint256 royalty, uint256 surplus) = Settlement.split({
            params: params,
            royaltyBps: release.royaltyBps,
            gasUsed: gasUsed,
            gasPrice: tx.gasprice
        });
        paid = toOperator;
        _credit(_entries[id].operator, paid);
        _credit(release.publisher, royalty);
        _credit(_entries[id].requester, surplus);
    }

    function _credit(address account, uint256 amount) private {
        if (amount == 0) return;
        _credits[account] += amount;

        emit Credited(account, amount);
    }

    /// @dev `Pending` while the callback runs, so that it cannot be run again from within.
    function _deliver(RequestId id, ReleaseId release, uint256[] calldata output, Assurance memory assurance) private {
        Entry storage entry = _entries[id];
        entry.delivery = Delivery.Pending;

        bytes memory data = abi.encodeCall(IInferenceCallback.onInference, (id, release, output, assurance));
        bool delivered = ExactGasCall.tryCall({target: entry.requester, gasLimit: entry.callbackGas, data: data});

        entry.delivery = delivered ? Delivery.Delivered : Delivery.Failed;
        emit CallbackAttempted(id, delivered);
    }

    function _requireAskable(RequestParams calldata params) private view {
        CircuitId circuit = models.releaseOf(params.release).circuit;
        if (circuit != CircuitId.wrap(0)) {
            (TensorEncoding memory encoding, ) = circuits.encodingsOf(circuit);
            params.input.requireCanonical(encoding);
        }
        uint256 minStake = router.requireSatisfiable(params.policy, params.release);
        require(params.stake >= minStake, RequestStakeBelowPolicy(params.stake, minStake));
        require(
            block.timestamp <= params.lockDeadline && params.lockDeadline < params.deadline,
            RequestDeadlineInvalid(params.lockDeadline, params.deadline)
        );
        require(msg.value == params.escrow(), RequestEscrowMismatch(msg.value, params.escrow()));
        require(params.callbackGas <= MAX_CALLBACK_GAS, CallbackGasTooHigh(params.callbackGas, MAX_CALLBACK_GAS));
        require(params.callbackGas == 0 || msg.sender.code.length > 0, CallbackTargetWithoutCode(msg.sender));
    }

    /// @dev Rebuilds the receipt from the request as it was locked, never from what the sender says.
    function _verify(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) private view returns (Assurance memory assurance) {
        Receipt memory receipt = Receipt({
            release: params.release,
            request: id,
            operator: _entries[id].operator,
            input: params.input,
            output: output,
            evidence: evidence
        });
        assurance = router.assess(receipt);
        assurance.stakeAtRisk = params.stake;
        router.requireAssurance({policy: params.policy, assurance: assurance, release: params.release});
    }

    function _requireParams(RequestId id, RequestParams calldata params) private view {
        Entry storage entry = _entries[id];
        bool live = entry.status == Status.Open || entry.status == Status.Locked;
        require(live, RequestStatusInvalid(id, entry.status));
        require(entry.commitment == keccak256(abi.encode(params)), RequestParamsMismatch(id));
    }

    function _fulfilled(RequestId id) private view returns (Entry storage entry) {
        entry = _entries[id];
        require(entry.status == Status.Fulfilled, RequestStatusInvalid(id, entry.status));
    }

    function _statementHash(
        RequestId id,
        ReleaseId release,
        uint256[] calldata input,
        uint256[] calldata output
    ) private view returns (bytes32) {
        return
            Statement({
                release: release,
                request: id,
                operator: _entries[id].operator,
                inputHash: input.hash(),
                outputHash: output.hash()
            }).hash();
    }
}
