// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceRouter} from "../interfaces/IEvidenceRouter.sol";
import {IModelFeed} from "../interfaces/IModelFeed.sol";
import {IScheduler} from "../interfaces/IScheduler.sol";
import {CodeStorage} from "../libraries/CodeStorage.sol";
import {ReleaseId} from "../types/Ids.sol";
import {Policy} from "../types/Policy.sol";
import {FeeCurve, Knot} from "./FeeCurve.sol";
import {
    ALL_HOOKS_MASK,
    BEFORE_INITIALIZE_FLAG,
    BEFORE_SWAP_FLAG,
    DYNAMIC_FEE_FLAG,
    IPoolHooks,
    OVERRIDE_FEE_FLAG,
    PoolKey,
    SwapParams
} from "./IPoolHooks.sol";

/// @title VolatilityFee
/// @notice A hook of Uniswap v4 that takes the fee of each swap from a feed of forecast volatility, and a fixed one where the
/// feed cannot be relied on.
/// @dev Holds no funds, has no owner, and nothing of it changes but what it last saw. A swap is never refused for what the
/// feed says or fails to say: whatever goes wrong, the fallback fee counts, an event says why, and so does `feeNow`.
/// @dev Warning: the forecast is a model's. Evidence shows that the pinned release computed it from the feed's input, and not
/// that it is right. Whoever moves what the input is derived from moves the fee, between the curve's ends and no further.
/// @dev Warning: who sees a round coming swaps before it if the fee will rise, and after it if it will fall. The curve should
/// be so flat that one round is not worth waiting for.
/// @dev Warning: a fallback below the fees of volatile days is worth causing: by keeping operators from answering until the
/// last round is stale. Choose one near the curve's top.
contract VolatilityFee is IPoolHooks {
    /// @notice Where the fee comes from: `Following` the feed, or the fallback for the reason named.
    /// @dev `Unavailable`: the feed reverted. `Stale`: its round is too old. `Weak`: too little evidence for it.
    enum Source {
        None,
        Following,
        Unavailable,
        Stale,
        Weak
    }

    /// @param floor Evidence demanded of a round. Warning: what an assurance alone cannot tell (`Requirement.isStorable`) is met by
    /// no round.
    /// @param maxInputAge Seconds since the input of the latest round was made, at most.
    /// @param heartbeat Seconds since the latest round was final, at most: a missing round shows before its input is too old.
    struct Rules {
        Policy floor;
        Knot[] curve;
        uint24 fallbackFee;
        uint32 maxInputAge;
        uint32 heartbeat;
    }

    /// @dev One slot.
    struct Seen {
        uint80 round;
        uint24 fee;
        Source source;
    }

    /// @notice Gas that reading the feed may take. What fails with so much, fails for everybody.
    uint256 public constant READ_GAS = 400_000;
    /// @notice Gas that must be left before the feed is read, so that no swapper causes the fallback by sending too little.
    uint256 public constant MIN_GAS = READ_GAS + READ_GAS / 32 + 10_000;

    address public immutable poolManager;
    IModelFeed public immutable feed;
    ReleaseId public immutable release;
    uint24 public immutable fallbackFee;
    uint256 public immutable maxInputAge;
    uint256 public immutable heartbeat;
    IEvidenceRouter private immutable _router;
    /// @dev Where the rules are stored as code.
    address private immutable _rules;

    Seen private _seen;

    event FeeFollowed(uint80 indexed round, uint24 fee);
    event FeeFellBack(Source indexed reason, uint80 indexed round, uint24 fee);

    /// @notice The address does not have the bits by which pools know which functions to call.
    error HookAddressInvalid(address hook, uint160 flags);
    error FeedNotScheduled(IModelFeed feed);
    error FeedReleaseMismatch(ReleaseId release, ReleaseId expected);
    error FallbackFeeOutsideCurve(uint256 fee, uint256 lowest, uint256 highest);
    error SenderNotPoolManager(address sender);
    error PoolFeeNotDynamic(uint24 fee);
    error SwapGasTooLow(uint256 left, uint256 needed);

    modifier onlyPoolManager() {
        require(msg.sender == poolManager, SenderNotPoolManager(msg.sender));
        _;
    }

    constructor(address poolManager_, IScheduler scheduler, IModelFeed feed_, ReleaseId release_, Rules memory rules_) {
        // Its code is known then: it costs what it costs, and shows final answers only.
        require(scheduler.isFeed(address(feed_)), FeedNotScheduled(feed_));
        ReleaseId fed = feed_.release();
        require(fed == release_, FeedReleaseMismatch(fed, release_));
        FeeCurve.requireValid(rules_.curve);
        (uint24 lowest, uint24 highest) = (rules_.curve[0].fee, rules_.curve[rules_.curve.length - 1].fee);
        bool inside = lowest <= rules_.fallbackFee && rules_.fallbackFee <= highest;
        require(inside, FallbackFeeOutsideCurve(rules_.fallbackFee, lowest, highest));
        _router = scheduler.requests().router();
        _router.requireSatisfiable(rules_.floor, release_);
        uint160 flags = BEFORE_INITIALIZE_FLAG | BEFORE_SWAP_FLAG;
        require(uint160(address(this)) & ALL_HOOKS_MASK == flags, HookAddressInvalid(address(this), flags));

        poolManager = poolManager_;
        feed = feed_;
        release = release_;
        fallbackFee = rules_.fallbackFee;
        maxInputAge = rules_.maxInputAge;
        heartbeat = rules_.heartbeat;
        _rules = CodeStorage.write(abi.encode(rules_));
    }

    /// @inheritdoc IPoolHooks
    /// @dev Pools whose fee is fixed would ignore the hook.
    function beforeInitialize(address, PoolKey calldata key, uint160) external view onlyPoolManager returns (bytes4) {
        require(key.fee == DYNAMIC_FEE_FLAG, PoolFeeNotDynamic(key.fee));
        return IPoolHooks.beforeInitialize.selector;
    }

    /// @inheritdoc IPoolHooks
    /// @dev Reverts for too little gas and for nothing else. Neither who swaps nor what is swapped has a say in the fee.
    function beforeSwap(
        address,
        PoolKey calldata,
        SwapParams calldata,
        bytes calldata
    ) external onlyPoolManager returns (bytes4, int256, uint24) {
        return (IPoolHooks.beforeSwap.selector, 0, _follow() | OVERRIDE_FEE_FLAG);
    }

    /// @notice Looks at the feed, as the next swap would, and returns the fee; anyone may, so that events are timely where
    /// nobody swaps.
    function refresh() external returns (uint24 fee) {
        return _follow();
    }

    /// @notice Returns the fee of a swap now, where it comes from and the feed's round.
    function feeNow() external view returns (uint24 fee, Source source, uint80 round) {
        Seen memory seen = _look();
        return (seen.fee, seen.source, seen.round);
    }

    /// @notice Returns what a round must be, and the fee that follows from it.
    function rules() external view returns (Rules memory) {
        return _rulesOf();
    }

    /// @notice Reads the feed; reverts as it does. `feeNow` and swaps call this with `READ_GAS`.
    /// @dev What was found out about a round counts while it is the latest: its answer never changes, nor does what was verified
    /// for it, and a swap is spared the router. Whose set-ups an auditor attests can change meanwhile, and counts from the next
    /// round on: whoever looks first chooses, of the verdicts before and after, for `heartbeat` at most, and neither is false
    /// when it is given.
    function readFeed() external view returns (Seen memory) {
        (uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, ) = feed.latestRoundData();
        bool fresh = block.timestamp - startedAt <= maxInputAge && block.timestamp - updatedAt <= heartbeat;
        if (!fresh) return Seen({round: round, fee: fallbackFee, source: Source.Stale});

        Seen memory seen = _seen;
        bool judged = seen.round == round && (seen.source == Source.Following || seen.source == Source.Weak);
        if (judged) return seen;

        return _judge(round, answer);
    }

    /// @dev Writes, and says, what has changed since the last look.
    function _follow() private returns (uint24) {
        Seen memory seen = _look();
        Seen memory last = _seen;
        if (seen.round == last.round && seen.source == last.source) return seen.fee;

        _seen = seen;

        if (seen.source == Source.Following) emit FeeFollowed(seen.round, seen.fee);
        else emit FeeFellBack(seen.source, seen.round, seen.fee);

        return seen.fee;
    }

    function _look() private view returns (Seen memory) {
        require(gasleft() >= MIN_GAS, SwapGasTooLow(gasleft(), MIN_GAS));
        // A call of its own, so that nothing that fails in it reaches the swap.
        try this.readFeed{gas: READ_GAS}() returns (Seen memory seen) {
            return seen;
        } catch {
            return Seen({round: _seen.round, fee: fallbackFee, source: Source.Unavailable});
        }
    }

    function _judge(uint80 round, int256 answer) private view returns (Seen memory) {
        Rules memory rules_ = _rulesOf();
        try
            _router.requireAssurance({policy: rules_.floor, assurance: feed.assuranceOfRound(round), release: release})
        {
            return Seen({round: round, fee: FeeCurve.feeAt(rules_.curve, answer), source: Source.Following});
        } catch {
            return Seen({round: round, fee: fallbackFee, source: Source.Weak});
        }
    }

    function _rulesOf() private view returns (Rules memory) {
        return abi.decode(CodeStorage.read(_rules), (Rules));
    }
}
