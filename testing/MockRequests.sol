// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Deliveries} from "@vouch/contracts/Deliveries.sol";
import {Escrow} from "@vouch/contracts/Escrow.sol";
import {Tallies} from "@vouch/contracts/Tallies.sol";
import {ICircuitRegistry} from "@vouch/contracts/interfaces/ICircuitRegistry.sol";
import {IEscrow} from "@vouch/contracts/interfaces/IEscrow.sol";
import {IEvidenceRouter} from "@vouch/contracts/interfaces/IEvidenceRouter.sol";
import {IInferenceRequests} from "@vouch/contracts/interfaces/IInferenceRequests.sol";
import {IModelRegistry} from "@vouch/contracts/interfaces/IModelRegistry.sol";
import {IStakeVault} from "@vouch/contracts/interfaces/IStakeVault.sol";
import {ITallies} from "@vouch/contracts/interfaces/ITallies.sol";
import {Entries, Entry} from "@vouch/contracts/libraries/Entries.sol";
import {Settlement} from "@vouch/contracts/libraries/Settlement.sol";
import {Assurance} from "@vouch/contracts/types/Assurance.sol";
import {Evidence, EvidenceKind} from "@vouch/contracts/types/Evidence.sol";
import {ReleaseId, RequestId} from "@vouch/contracts/types/Ids.sol";
import {RequestParams} from "@vouch/contracts/types/Request.sol";
import {MockCircuits} from "./MockCircuits.sol";
import {MockModels} from "./MockModels.sol";
import {MockRefusal} from "./MockRefusal.sol";
import {MockRouter} from "./MockRouter.sol";
import {MockVault} from "./MockVault.sol";
import {SimulatedOnly} from "./SimulatedOnly.sol";

/// @title MockRequests
/// @notice The requester's side of `InferenceRequests`, on the same escrow, book and deliveries, and what moves a request where a
/// test wants it.
/// @dev What operators and disputes call is refused with `MockUnsupported`: the test answers instead. Of a fine, the requester is
/// compensated and a challenger rewarded as by `StakeVault`.
abstract contract MockRequests is SimulatedOnly, Deliveries, Escrow, Tallies, ERC165 {
    using Entries for Entry;

    uint256 public constant MAX_CALLBACK_GAS = 10_000_000;
    /// @notice Seconds from now to the furthest deadline.
    uint256 private constant MAX_DEADLINE = 10 days;
    /// @notice Who answers, who publishes releases, and who overturns answers.
    address public constant OPERATOR = address(uint160(uint256(keccak256("vouch.mock.operator"))));
    address public constant PUBLISHER = address(uint160(uint256(keccak256("vouch.mock.publisher"))));
    address public constant CHALLENGER = address(uint160(uint256(keccak256("vouch.mock.challenger"))));

    MockModels internal immutable _models;
    MockCircuits internal immutable _circuits;
    MockRouter internal immutable _mockRouter;
    MockVault private immutable _vault;
    MockRefusal private immutable _refusal;

    mapping(RequestId id => bytes encoded) internal _params;
    mapping(RequestId id => uint256[] words) internal _inputs;
    mapping(RequestId id => uint256[] words) internal _outputs;
    mapping(RequestId id => ReleaseId release) internal _releaseOf;

    error MockNotChallengeable(RequestId id);
    error MockNotByItself(address sender);

    modifier onlyItself() {
        require(msg.sender == address(this), MockNotByItself(msg.sender));
        _;
    }

    constructor() {
        _circuits = new MockCircuits();
        _models = new MockModels(_circuits);
        _mockRouter = new MockRouter(_models, _circuits);
        _vault = new MockVault();
        _refusal = new MockRefusal();
    }

    /* ASKING */

    /// @inheritdoc IInferenceRequests
    function request(RequestParams calldata params) external payable returns (RequestId id) {
        id = requestIdOf(msg.sender, params.nonce);
        Entry storage entry = _entries[id];
        require(entry.status == Status.None, RequestNonceUsed(msg.sender, params.nonce));
        _requireAskable(params);

        entry.requester = msg.sender;
        // At most `MAX_CALLBACK_GAS`, which has 24 bits.
        entry.callbackGas = uint24(params.callbackGas);
        bytes memory encoded = abi.encode(params);
        entry.commitment = keccak256(encoded);
        (_params[id], _inputs[id], _releaseOf[id]) = (encoded, params.input, params.release);
        _move(id, Status.None, Status.Open);

        emit InferenceRequested(id, params.release, msg.sender, params);

        _collect(params.token, params.escrowOf());
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
        require(block.timestamp > params.lockDeadline, RequestNotExpired(id, params.lockDeadline));

        _move(id, Status.Open, Status.Expired);
        _refund(id, params);
    }

    /// @inheritdoc IInferenceRequests
    function finalize(RequestId id, RequestParams calldata params, uint256[] calldata output) external {
        uint256 closesAt = windowEndOf(id);
        require(block.timestamp > closesAt, ChallengeWindowOpen(id, closesAt));

        _finalize(id, Status.Provisional, params, output);
    }

    /* WHAT A TEST MOVES */

    /// @notice Answers a request with the least evidence that its policy takes; open to challenge where that must wait.
    function propose(
        RequestId id,
        uint256[] calldata output,
        bytes calldata encoded,
        bool patient
    ) external onlyItself {
        RequestParams calldata params = _decoded(id, encoded);
        Assurance memory least = _leastFor(id, params, patient);
        _mockRouter.requireOutput(params.release, output);
        uint256 fee = _lock(id, params);
        if (least.window == 0) _answer(id, params, output, least, fee);
        else _leaveOpen(id, params, output, least);
    }

    /// @notice Answers a request with this evidence, final at once.
    function answer(
        RequestId id,
        uint256[] calldata output,
        bytes calldata encoded,
        Assurance calldata assurance
    ) external onlyItself {
        RequestParams calldata params = _decoded(id, encoded);
        _mockRouter.requireFulfilment(params.policy, assurance, params.release);
        _mockRouter.requireOutput(params.release, output);
        uint256 fee = _lock(id, params);
        _answer(id, params, output, assurance, fee);
    }

    /// @notice Ends the challenge window of an answer: it stands, or a challenge overturns it.
    function end(RequestId id, uint256[] calldata output, bytes calldata encoded, bool upheld) external onlyItself {
        RequestParams calldata params = _decoded(id, encoded);
        if (upheld) {
            _finalize(id, Status.Provisional, params, output);
            return;
        }

        Entry storage entry = _entries[id];
        bytes32 statement = _requireProposed(id, params, output);
        _move(id, Status.Provisional, Status.Challenged);

        emit AnswerContested(id);

        _move(id, Status.Challenged, Status.Overturned);
        (entry.commitment, entry.delivery) = (statement, DeliveryStatus.None);

        emit AnswerOverturned(id, OPERATOR);

        _refund(id, params);
        _slash(id, params, entry.stake, CHALLENGER, params.feeAt(entry.details.lockedAt));
        if (params.callbackGas > 0) _deliver(id, params.release, params.callbackGas, output);
    }

    /// @notice Lets an open request run out.
    function drop(RequestId id, bytes calldata encoded) external onlyItself {
        RequestParams calldata params = _decoded(id, encoded);
        _move(id, Status.Open, Status.Expired);
        _refund(id, params);
    }

    /// @notice Has a request locked, and lets its deadline pass: the operator's bond is taken.
    function forsake(RequestId id, bytes calldata encoded) external onlyItself {
        RequestParams calldata params = _decoded(id, encoded);
        uint256 fee = _lock(id, params);
        _move(id, Status.Locked, Status.Expired);
        delete _entries[id].operator;
        _refund(id, params);
        _slash(id, params, params.bond, address(0), fee);
    }

    /* WHAT THE TEST KIT DOES NOT HAVE */

    /// @inheritdoc IInferenceRequests
    function requestFor(address, RequestParams calldata, bytes calldata) external payable returns (RequestId) {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function lock(RequestId, RequestParams calldata) external pure {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function unlock(RequestId, RequestParams calldata) external pure {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function fulfil(RequestId, RequestParams calldata, uint256[] calldata, Evidence[] calldata) external pure {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function fulfilMany(Fulfilment[] calldata) external pure returns (bool[] memory) {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function fulfilLate(
        RequestId,
        RequestParams calldata,
        address,
        uint256[] calldata,
        Evidence[] calldata
    ) external pure {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function freeStake(RequestId[] calldata) external pure {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function forfeit(RequestId) external pure {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function contest(RequestId) external pure {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /// @inheritdoc IInferenceRequests
    function resolve(RequestId, RequestParams calldata, uint256[] calldata, bool, address) external pure {
        revert MockRefusal.MockUnsupported(msg.sig);
    }

    /* VIEWS */

    /// @inheritdoc IInferenceRequests
    function router() external view returns (IEvidenceRouter) {
        return IEvidenceRouter(address(_mockRouter));
    }

    /// @inheritdoc IInferenceRequests
    function vault() external view returns (IStakeVault) {
        return IStakeVault(address(_vault));
    }

    /// @inheritdoc IInferenceRequests
    function models() external view returns (IModelRegistry) {
        return _models;
    }

    /// @inheritdoc IInferenceRequests
    function circuits() external view returns (ICircuitRegistry) {
        return ICircuitRegistry(address(_circuits));
    }

    /// @inheritdoc IInferenceRequests
    function disputes() external view returns (address) {
        return address(_refusal);
    }

    function supportsInterface(bytes4 interfaceId) public view virtual override returns (bool) {
        return
            interfaceId == type(IInferenceRequests).interfaceId ||
            interfaceId == type(IEscrow).interfaceId ||
            interfaceId == type(ITallies).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /* STATE */

    /// @dev Stores an answer that was not asked for here, but for its statement.
    function _record(RequestId id, Assurance memory assurance) internal {
        Entry storage entry = _entries[id];
        (entry.requester, entry.operator) = (address(this), OPERATOR);
        _move(id, Status.None, Status.Fulfilled);
        _store(entry, assurance);
    }

    function _answeredAssurance(RequestId id) internal view returns (Assurance memory) {
        Entry storage entry = _entries[id];
        require(entry.status == Status.Fulfilled, RequestStatusInvalid(id, entry.status));
        return entry.assurance();
    }

    function _lock(RequestId id, RequestParams calldata params) private returns (uint256 fee) {
        _move(id, Status.Open, Status.Locked);
        Entry storage entry = _entries[id];
        (entry.operator, entry.stake) = (OPERATOR, params.stake);
        fee = params.feeAt(block.timestamp);

        emit RequestLocked(id, OPERATOR, fee);
    }

    /// @dev The least evidence that the request takes, with its stake behind it. Notes who would judge a challenge.
    function _leastFor(
        RequestId id,
        RequestParams calldata params,
        bool patient
    ) private returns (Assurance memory least) {
        Entry storage entry = _entries[id];
        (least, entry.details.judgeK, entry.details.judgeN) = _mockRouter.leastOf(
            params.policy,
            params.release,
            patient
        );
        least.stakeAtRisk = params.stake;
    }

    /// @dev Opens an answer to challenge for the window of `assurance`. Its payment waits.
    function _leaveOpen(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Assurance memory assurance
    ) private {
        Entry storage entry = _entries[id];
        (entry.details.window, entry.details.lockedAt) = (assurance.window, entry.movedAt);
        // What is verified before the window has passed.
        assurance.kinds &= ~uint8(1 << uint8(EvidenceKind.Optimistic));
        assurance.window = 0;
        _emitFulfilled(id, params, output, assurance, entry.details.window);
        _move(id, Status.Locked, Status.Provisional);
        bytes32 statement = _statementHash(id, params.release, params.input, output);
        entry.commitment = keccak256(abi.encode(entry.commitment, statement));
        entry.setAssurance(assurance);
        _outputs[id] = output;
        if (params.provisionalGas > 0) _deliver(id, params.release, params.provisionalGas, output);
    }

    function _answer(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Assurance memory assurance,
        uint256 fee
    ) private {
        _emitFulfilled(id, params, output, assurance, 0);
        _move(id, Status.Locked, Status.Fulfilled);
        Entry storage entry = _entries[id];
        entry.commitment = _statementHash(id, params.release, params.input, output);
        _store(entry, assurance);
        _outputs[id] = output;
        _settle(id, params, fee, 0);
        if (params.callbackGas > 0) _deliver(id, params.release, params.callbackGas, output);
    }

    function _finalize(RequestId id, Status from, RequestParams calldata params, uint256[] calldata output) private {
        bytes32 statement = _requireProposed(id, params, output);
        Entry storage entry = _entries[id];
        uint256 fee = params.feeAt(entry.details.lockedAt);
        _move(id, from, Status.Fulfilled);
        (entry.commitment, entry.delivery) = (statement, DeliveryStatus.None);
        entry.setUnchallenged();

        emit AnswerFinalized(id);

        _settle(id, params, fee, params.provisionalGas);
        if (params.callbackGas > 0) _deliver(id, params.release, params.callbackGas, output);
    }

    function _store(Entry storage entry, Assurance memory assurance) private {
        entry.setAssurance(assurance);
        if (assurance.window > 0) entry.details.window = assurance.window;
        entry.stake = SafeCast.toUint80(assurance.stakeAtRisk);
    }

    function _settle(RequestId id, RequestParams calldata params, uint256 fee, uint256 provisionalGas) private {
        Entry storage entry = _entries[id];
        (uint256 paid, uint256 royalty, uint256 surplus) = Settlement.split({
            params: params,
            fee: fee,
            royaltyBps: _models.releaseOf(params.release).royaltyBps,
            provisionalGas: provisionalGas,
            gasUsed: params.verificationGas,
            gasPrice: params.token == NATIVE ? tx.gasprice : params.maxGasPrice
        });
        _count(params.release, params.token, entry.kinds, entry.flags, fee);

        emit RequestSettled(id, paid, royalty, surplus);

        _credit(params.token, OPERATOR, paid);
        _credit(params.token, PUBLISHER, royalty);
        _credit(params.token, entry.requester, surplus);
    }

    function _refund(RequestId id, RequestParams calldata params) private {
        (address requester, uint256 amount) = (_entries[id].requester, params.escrowOf());

        emit RequestRefunded(id, requester, amount);

        _credit(params.token, requester, amount);
    }

    /// @dev Takes `amount` of the stake that the lock exposed, which fixed the fee.
    function _slash(
        RequestId id,
        RequestParams calldata params,
        uint80 amount,
        address challenger,
        uint256 fee
    ) private {
        if (amount == 0) return;
        IStakeVault.Verdict memory verdict = IStakeVault.Verdict({
            amount: amount,
            injured: _entries[id].requester,
            compensation: amount,
            challenger: challenger,
            reward: challenger == address(0) ? 0 : amount
        });
        _vault.slash(OPERATOR, RequestId.unwrap(id), params.compensation(fee), verdict);
    }

    function _emitFulfilled(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Assurance memory assurance,
        uint256 window
    ) private {
        emit InferenceFulfilled({
            id: id,
            release: params.release,
            operator: OPERATOR,
            output: output,
            evidence: new Evidence[](0),
            assurance: assurance,
            window: window
        });
    }

    /// @dev As `InferenceRequests` checks what is asked.
    function _requireAskable(RequestParams calldata params) private view {
        (uint256 minStake, bool challengeable) = _mockRouter.requireAskable(
            params.release,
            params.input,
            params.policy
        );
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
        uint256 latest = block.timestamp + MAX_DEADLINE;
        require(params.deadline <= latest, RequestDeadlineTooFar(params.deadline, latest));
        uint256 callbackGas = params.callbackGas > params.provisionalGas ? params.callbackGas : params.provisionalGas;
        require(callbackGas <= MAX_CALLBACK_GAS, CallbackGasTooHigh(callbackGas, MAX_CALLBACK_GAS));
        require(callbackGas == 0 || msg.sender.code.length > 0, CallbackTargetWithoutCode(msg.sender));
    }

    /// @dev Reads parameters where their encoding lies: as one argument, its place comes before its bytes.
    function _decoded(RequestId id, bytes calldata encoded) private view returns (RequestParams calldata params) {
        require(encoded.length > 0, RequestStatusInvalid(id, _entries[id].status));
        assembly ("memory-safe") {
            params := add(encoded.offset, 0x20)
        }
    }
}
