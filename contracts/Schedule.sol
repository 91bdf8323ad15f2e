// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InferenceConsumer} from "./consumers/InferenceConsumer.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {IInputAdapter} from "./interfaces/IInputAdapter.sol";
import {ISchedule} from "./interfaces/ISchedule.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {ScheduleTerms} from "./types/Feed.sol";
import {ReleaseId, RequestId} from "./types/Ids.sol";
import {RequestParams} from "./types/Request.sol";

/// @title Schedule
/// @notice A prepaid balance, the slots that it pays for, and the keepers that run them.
abstract contract Schedule is ISchedule, InferenceConsumer {
    /// @dev A request that may still be answered.
    /// @param nonce Makes the request's id, with the address of this contract.
    struct Asked {
        bytes32 provenance;
        uint40 startedAt;
        uint48 nonce;
    }

    address private constant NATIVE = address(0);

    /// @inheritdoc ISchedule
    address public immutable sponsor;
    /// @inheritdoc ISchedule
    ReleaseId public immutable release;
    /// @inheritdoc ISchedule
    IInputAdapter public immutable adapter;

    /// @inheritdoc ISchedule
    bool public isCancelled;
    /// @dev The first slot that may still be run.
    uint48 private _nextSlot;
    uint48 private _runs;
    /// @dev Sum of all rewards that were not withdrawn.
    uint128 private _owed;
    /// @inheritdoc ISchedule
    RequestId public latestRequest;

    mapping(RequestId id => Asked asked) internal _asked;
    /// @inheritdoc ISchedule
    mapping(address keeper => uint256 amount) public rewardsOf;

    modifier onlySponsor() {
        require(msg.sender == sponsor, ScheduleNotBySponsor(msg.sender));
        _;
    }

    constructor(
        IInferenceRequests requests_,
        address sponsor_,
        ScheduleTerms memory terms_
    ) payable InferenceConsumer(requests_) {
        require(terms_.interval > 0, ScheduleIntervalZero());
        bool arePeriodsValid = 0 < terms_.lockPeriod && terms_.lockPeriod < terms_.answerPeriod;
        require(arePeriodsValid, SchedulePeriodsInvalid(terms_.lockPeriod, terms_.answerPeriod));
        require(
            terms_.minReward <= terms_.maxReward && terms_.rewardRamp <= terms_.interval,
            ScheduleRewardInvalid(terms_.minReward, terms_.maxReward, terms_.rewardRamp)
        );
        sponsor = sponsor_;
        release = terms_.release;
        adapter = terms_.adapter;

        if (msg.value > 0) emit ScheduleFunded(sponsor_, msg.value);
    }

    receive() external payable {
        emit ScheduleFunded(msg.sender, msg.value);
    }

    /// @inheritdoc ISchedule
    function run(address keeper) external returns (RequestId id) {
        ScheduleTerms memory terms_ = _scheduleTerms();
        uint256 slot = _requireDue(terms_);
        uint256 reward = terms_.rewardAt(block.timestamp);
        // A static call: the adapter can change nothing meanwhile.
        (uint256[] memory input, bytes32 provenance) = adapter.inputOf(release, terms_.config);
        RequestParams memory params = _paramsOf(terms_, input);
        uint256 needed = params.escrow() + reward;
        if (balance() < needed && _credit() > 0) collect();
        require(balance() >= needed, ScheduleUnderfunded(balance(), needed));

        // A slot is at most a time in seconds, a run happens once in each.
        _nextSlot = uint48(slot + 1);
        uint48 nonce = _runs++;
        rewardsOf[keeper] += reward;
        // At most the wei that this contract holds.
        _owed += uint128(reward);
        // What takes the native token calls nobody: all that follows is as good as before it.
        id = _request(params);
        latestRequest = id;
        _asked[id] = Asked({provenance: provenance, startedAt: uint40(block.timestamp), nonce: nonce});

        emit ScheduleRun({request: id, keeper: keeper, slot: slot, reward: reward, provenance: provenance});
    }

    /// @inheritdoc ISchedule
    function collectCompensation() external {
        IStakeVault vault = requests.vault();
        vault.withdrawCredit(sponsor);
    }

    /// @inheritdoc ISchedule
    function withdrawRewards(address payable to) external {
        uint256 amount = rewardsOf[msg.sender];
        require(amount > 0, KeeperRewardEmpty(msg.sender));

        delete rewardsOf[msg.sender];
        // A part of the sum.
        _owed -= uint128(amount);

        emit RewardWithdrawn(msg.sender, to, amount);

        _send(to, amount);
    }

    /// @inheritdoc ISchedule
    function withdraw(uint256 amount, address payable to) external onlySponsor {
        require(amount <= balance(), ScheduleUnderfunded(balance(), amount));

        emit BalanceWithdrawn(to, amount);

        _send(to, amount);
    }

    /// @inheritdoc ISchedule
    function cancel() external onlySponsor {
        require(!isCancelled, ScheduleIsCancelled());

        isCancelled = true;

        emit ScheduleCancelled();
    }

    /// @inheritdoc ISchedule
    function runs() external view returns (uint256) {
        return _runs;
    }

    /// @inheritdoc ISchedule
    function rewardNow() external view returns (uint256) {
        ScheduleTerms memory terms_ = _scheduleTerms();
        _requireDue(terms_);
        return terms_.rewardAt(block.timestamp);
    }

    /// @inheritdoc ISchedule
    function collect() public {
        requests.withdraw(NATIVE, payable(address(this)));
    }

    /// @inheritdoc ISchedule
    function balance() public view returns (uint256) {
        return address(this).balance - _owed;
    }

    /// @dev Returns the terms that the constructor was given.
    function _scheduleTerms() internal view virtual returns (ScheduleTerms memory);

    function _send(address payable to, uint256 amount) private {
        (bool sent, ) = to.call{value: amount}("");
        require(sent, PaymentFailed(to));
    }

    function _requireDue(ScheduleTerms memory terms_) private view returns (uint256 slot) {
        require(!isCancelled, ScheduleIsCancelled());
        require(block.timestamp >= terms_.start, ScheduleNotStarted(terms_.start));
        slot = (block.timestamp - terms_.start) / terms_.interval;
        uint256 nextAt = terms_.start + uint256(_nextSlot) * terms_.interval;
        require(slot >= _nextSlot, ScheduleSlotRun(slot, nextAt));
        require(!_isAwaited(latestRequest, terms_), ScheduleRequestOpen(latestRequest));
    }

    /// @dev A contested answer is not awaited: whoever can afford a challenge could stop the feed for as long as it takes.
    function _isAwaited(RequestId id, ScheduleTerms memory terms_) private view returns (bool) {
        IInferenceRequests.Status status = requests.statusOf(id);
        uint256 startedAt = _asked[id].startedAt;
        if (status == IInferenceRequests.Status.Open) return block.timestamp <= startedAt + terms_.lockPeriod;
        if (status == IInferenceRequests.Status.Locked) return block.timestamp <= startedAt + terms_.answerPeriod;
        return status == IInferenceRequests.Status.Provisional;
    }

    function _credit() private view returns (uint256) {
        return requests.creditOf(NATIVE, address(this));
    }

    /// @dev The base adds policy and nonce.
    function _paramsOf(
        ScheduleTerms memory terms_,
        uint256[] memory input
    ) private view returns (RequestParams memory params) {
        params.release = terms_.release;
        params.input = input;
        (params.minFee, params.maxFee) = (terms_.minFee, terms_.maxFee);
        (params.stake, params.bond, params.cover) = (terms_.stake, terms_.bond, terms_.cover);
        params.maxGasPrice = terms_.maxGasPrice;
        params.verificationGas = terms_.verificationGas;
        (params.callbackGas, params.provisionalGas) = (terms_.callbackGas, terms_.provisionalGas);
        // Fits until the year 36,000.
        uint40 time = uint40(block.timestamp);
        params.rampStart = time;
        (params.lockDeadline, params.deadline) = (time + terms_.lockPeriod, time + terms_.answerPeriod);
    }
}
