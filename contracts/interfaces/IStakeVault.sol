// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IStakeVault
/// @notice Operators' stake, own and delegated, and what of it is exposed to open liabilities.
/// @dev A liability holder is a contract that an operator authorised to expose its stake. Only the holder that opened a
/// liability closes or slashes it, never beyond what it exposed, and a liability lapses by itself on a day fixed when it was
/// opened: no holder keeps stake for ever. There is no owner.
/// @dev Warning: only a liability puts stake at risk. Stake that is free, or was free a moment ago, backs nothing: its operator
/// can hand it to anyone at once through a holder of its own, so no reader may count it as a guarantee.
/// @dev A liability takes the operator's own stake first. What is slashed of it compensates the injured party, then rewards
/// the challenger, up to caps; the rest, and all that is slashed of delegated stake, belongs to nobody from then on. So an
/// operator that harms its own request gets back at most what it loses itself, and never a delegator's stake.
interface IStakeVault {
    /// @notice One open liability; one slot.
    /// @param own Own stake exposed; the first loss.
    /// @param delegated Delegated stake exposed beside it.
    /// @param compensation What an injured party gets at most; at most `own`.
    /// @param lapseDay Day, counted from the epoch, at whose start the liability is void.
    struct Liability {
        uint80 own;
        uint80 delegated;
        uint80 compensation;
        uint16 lapseDay;
    }

    /// @notice What is taken for a fault, and who is paid of it.
    /// @param amount Stake to take, own stake first; at most what the liability exposes.
    /// @param injured Who is made whole; the zero address for nobody.
    /// @param compensation What the injured party lost; paid up to the liability's cap and the own stake taken.
    /// @param challenger Who showed the fault; the zero address for nobody.
    /// @param reward What the challenger asks for; paid up to `REWARD_BPS` of the own stake that is left after compensation.
    struct Verdict {
        uint80 amount;
        address injured;
        uint80 compensation;
        address challenger;
        uint80 reward;
    }

    event Staked(address indexed operator, address indexed payer, uint256 amount);
    event PoolOpened(address indexed operator, address indexed shares);
    event Delegated(address indexed operator, uint256 amount);
    event Undelegated(address indexed operator, address indexed to, uint256 amount);
    event HolderAuthorised(address indexed operator, address indexed holder, bool authorised);
    event CommissionAnnounced(address indexed operator, uint256 commissionBps, uint256 effectiveAt);
    event ExitRequested(address indexed operator, uint256 amount, uint256 availableAt);
    event ExitCancelled(address indexed operator, uint256 amount);
    event ExitWithdrawn(address indexed operator, address indexed to, uint256 amount);
    event LiabilityOpened(
        address indexed operator,
        address indexed holder,
        bytes32 indexed liability,
        uint256 own,
        uint256 delegated,
        uint256 lapsesAt
    );
    event LiabilityClosed(address indexed operator, address indexed holder, bytes32 indexed liability);
    /// @notice A fault was paid for; `burned` is what nobody got.
    event Slashed(
        address indexed operator,
        address indexed holder,
        bytes32 indexed liability,
        uint256 own,
        uint256 delegated,
        uint256 compensated,
        uint256 rewarded,
        uint256 burned
    );
    /// @notice Earnings were shared: what went to own stake (its share and the commission) and what to delegators.
    event EarningsShared(address indexed operator, uint256 own, uint256 delegated);
    event Credited(address indexed account, uint256 amount);
    event CreditWithdrawn(address indexed account, address indexed to, uint256 amount);

    error StakeAmountZero();
    /// @notice An amount above what one account or one liability can hold.
    error StakeAmountTooHigh(uint256 amount, uint256 limit);
    /// @notice Free own and usable delegated stake together do not cover the liability.
    error StakeInsufficient(address operator, uint256 free, uint256 needed);
    /// @notice Free own stake is below the first loss that the liability needs.
    error OwnStakeInsufficient(address operator, uint256 free, uint256 needed);
    /// @notice The asset moved less, or more, than was asked: it takes a fee, or is not the wrapped native token.
    error StakeNotReceived(uint256 received, uint256 amount);
    error HolderNotAuthorised(address operator, address holder);
    error LiabilityAlreadyOpen(address operator, address holder, bytes32 liability);
    error LiabilityNotOpen(address operator, address holder, bytes32 liability);
    /// @notice The liability would have ended before it began.
    error LiabilityTooShort(uint256 until, uint256 limit);
    /// @notice The liability would last longer than the exit queue protects.
    error LiabilityTooLong(uint256 until, uint256 limit);
    error LiabilityNotLapsed(uint256 lapsesAt);
    error VerdictAboveLiability(uint256 amount, uint256 limit);
    error PoolAlreadyOpen(address operator);
    error PoolNotOpen(address operator);
    error SenderNotPool(address operator, address sender);
    error CommissionTooHigh(uint256 commissionBps, uint256 limit);
    error ExitNotRequested(address operator);
    error ExitNotAvailable(uint256 availableAt);
    /// @notice Open liabilities need the stake that would leave; those past their day can be lapsed by anyone.
    error ExitExposed(address operator, uint256 exposed);
    error CreditEmpty(address account);

    /* STAKE */

    /// @notice Wraps the value sent and adds it to the sender's own stake.
    /// @dev Reverts where the asset is not the chain's wrapped native token.
    function stake() external payable;

    /// @notice Adds `amount` of the asset, taken from the sender, to an operator's own stake.
    /// @dev Warning: it belongs to the operator from then on. An asset that takes a fee on transfers is refused.
    function stakeFor(address operator, uint256 amount) external;

    /// @notice Deploys the ERC-4626 share through which others delegate to the sender.
    function openPool() external returns (address shares);

    /// @notice Lets `holder` open liabilities on the sender's stake, or stops it from opening new ones.
    /// @dev Delegated stake backs a holder only `NOTICE_PERIOD` after it was authorised, so that a delegator that distrusts it
    /// and asks for its shares back before `NOTICE_PERIOD - EXIT_DELAY` is over has left by then. Authorising a holder again
    /// does not restart the time; what it has opened stays open after it lost its authorisation.
    function authorise(address holder, bool authorised) external;

    /// @notice Announces the share of delegators' earnings that goes to the operator, in hundredths of a percent.
    /// @dev It takes effect on the first day that starts after `NOTICE_PERIOD`, and replaces what was announced but is not in
    /// effect yet.
    function announceCommission(uint16 commissionBps) external;

    /// @notice Puts own stake into the exit queue, where it backs nothing new but stays slashable.
    /// @dev A second request adds to the first and restarts the delay for the whole. Exposed stake may queue too: it is paid
    /// out once no liability needs it.
    function requestExit(uint256 amount) external;

    /// @notice Takes all of the sender's own stake out of the exit queue, so that it can back liabilities again.
    function cancelExit() external;

    /// @notice Sends the sender's own stake whose exit delay has passed to `to`.
    /// @dev Own stake that was slashed in the queue is gone from it pro rata, rounded against the operator. No liability that
    /// was opened before the request can be in the way: all of them can be lapsed by then.
    function withdrawExit(address to) external;

    /// @notice Shares earnings, taken from the sender in the asset, between an operator's own stake and its delegators.
    /// @dev Delegators get `amount * delegated / (own + delegated)` without the commission, both rounded down; own stake gets
    /// the rest, which is all of it where nothing is delegated.
    function shareEarnings(address operator, uint256 amount) external;

    /// @notice Sends what compensations and rewards the sender is owed to `to`.
    function withdrawCredit(address to) external;

    /* LIABILITIES */

    /// @notice Exposes `amount` of an operator's stake to a liability of the sender, own stake first.
    /// @dev Own stake is at least a `LEVERAGE`th of the whole, so that no loss is the delegators' alone. What is exposed of
    /// each is fixed here.
    /// @param amount What the sender may slash at most; never zero.
    /// @param compensation What the injured party may get at most; the own stake exposed must cover it.
    /// @param until Last second for which the holder needs it; it lapses at the start of the day after.
    function open(address operator, bytes32 liability, uint80 amount, uint80 compensation, uint256 until) external;

    /// @notice Ends a liability of the sender and frees the stake; does nothing where it was lapsed.
    function close(address operator, bytes32 liability) external;

    /// @notice Slashes a liability of the sender and ends it; returns what the injured party and the challenger were credited.
    /// @dev It calls nobody: what it pays is credited. What the verdict leaves of the liability is free again. A liability
    /// whose day has come is void, lapsed or not.
    /// @dev Warning: delegators' shares bear the slash alike, those that wait to be redeemed included.
    function slash(
        address operator,
        bytes32 liability,
        Verdict calldata verdict
    ) external returns (uint256 compensated, uint256 rewarded);

    /// @notice Ends a liability whose day has come; anyone may.
    function lapse(address operator, address holder, bytes32 liability) external;

    /// @notice Ends those of a holder's liabilities whose day has come, and passes over the others; anyone may.
    function lapseMany(address operator, address holder, bytes32[] calldata liabilities) external;

    /* FOR THE SHARES OF AN OPERATOR ONLY */

    /// @notice Counts `amount`, which the sender has moved here, as delegated to the operator whose shares the sender is.
    function delegate(address operator, uint256 amount) external;

    /// @notice Pays delegated stake out, if no open liability needs it.
    function undelegate(address operator, address to, uint256 amount) external;

    /* VIEWS */

    /// @notice Returns the token that is staked.
    function asset() external view returns (address);

    /// @notice Returns the longest that a liability may be open, in seconds.
    function MAX_LIABILITY() external view returns (uint256);

    /// @notice Returns how long stake stays in the exit queue, in seconds; longer than any liability.
    function EXIT_DELAY() external view returns (uint256);

    /// @notice Returns how long before it concerns delegators a holder or a commission is known, in seconds.
    function NOTICE_PERIOD() external view returns (uint256);

    /// @notice Returns how many times its own part a liability may be at most.
    function LEVERAGE() external view returns (uint256);

    /// @notice Returns the challenger's share of the own stake that is left after compensation, in hundredths of a percent.
    function REWARD_BPS() external view returns (uint256);

    /// @notice Returns the highest commission, in hundredths of a percent.
    function MAX_COMMISSION_BPS() external view returns (uint256);

    /// @notice Returns own and delegated stake, what is in the exit queue included.
    function stakeOf(address operator) external view returns (uint256 own, uint256 delegated);

    /// @notice Returns what of own and delegated stake is exposed.
    function exposureOf(address operator) external view returns (uint256 own, uint256 delegated);

    /// @notice Returns own stake that is neither exposed nor in the exit queue.
    function freeOwnStakeOf(address operator) external view returns (uint256);

    /// @notice Returns the stake that `holder` could expose now: free own stake, and delegated stake up to the leverage limit.
    function availableTo(address operator, address holder) external view returns (uint256);

    /// @notice Returns an open liability; zeros where none is open.
    function liabilityOf(address operator, address holder, bytes32 liability) external view returns (Liability memory);

    /// @notice Returns the amount in exit and the time from which it can be withdrawn.
    function exitOf(address operator) external view returns (uint256 amount, uint256 availableAt);

    /// @notice Returns since when an operator has authorised a holder; 0 where it has not.
    function authorisedSince(address operator, address holder) external view returns (uint256);

    /// @notice Returns the operator's commission in hundredths of a percent.
    function commissionOf(address operator) external view returns (uint256);

    /// @notice Returns the ERC-4626 share of an operator; zero where none was opened.
    function sharesOf(address operator) external view returns (address);

    /// @notice Returns what an account may withdraw of compensations and rewards.
    function creditOf(address account) external view returns (uint256);

    /// @notice Returns all that was slashed and paid to nobody.
    function burned() external view returns (uint256);
}
