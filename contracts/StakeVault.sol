// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {OperatorShares} from "./OperatorShares.sol";
import {OperatorSharesFactory} from "./OperatorSharesFactory.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {IWrappedNative} from "./interfaces/IWrappedNative.sol";

/// @title StakeVault
/// @notice Holds all stake, and knows what of it is exposed: open exposure never exceeds stake.
/// @dev `asset.balanceOf(this)` is at least all own and delegated stake, credits and what was burned. Nothing but a withdrawal
/// moves assets out: opening, closing and slashing only move them between these.
/// @dev Warning: the asset is fixed at construction and trusted to be a plain ERC-20: no rebasing, no fee on transfers.
contract StakeVault is IStakeVault, ERC165 {
    using SafeERC20 for IERC20;

    /// @param own Own stake, what is in the exit queue included.
    /// @param nextCommissionDay Day, counted from the epoch, from which `nextCommissionBps` holds.
    struct Account {
        uint96 own;
        uint96 ownExposure;
        uint16 commissionBps;
        uint16 nextCommissionBps;
        uint16 nextCommissionDay;
    }

    /// @param amount Delegated stake, what waits to be redeemed included.
    struct Delegation {
        uint96 amount;
        uint96 exposure;
    }

    struct Exit {
        uint96 amount;
        uint40 availableAt;
    }

    /// @inheritdoc IStakeVault
    uint256 public constant MAX_LIABILITY = 20 days;
    /// @inheritdoc IStakeVault
    /// @dev A liability opened at `t` lapses at the start of a day that is at most one day after `until <= t + MAX_LIABILITY`,
    /// hence at most at `t + 21 days`. An exit requested at `r >= t` is available at `r + EXIT_DELAY >= t + 21 days`: not
    /// before. What is opened after `r` takes only stake that is not in exit, so at `r + EXIT_DELAY`, with the older
    /// liabilities lapsed, the rest of the stake covers all exposure, and nobody can keep the exit waiting.
    uint256 public constant EXIT_DELAY = 21 days;
    /// @inheritdoc IStakeVault
    /// @dev Delegators have the week by which it exceeds `EXIT_DELAY` to ask for their shares back.
    uint256 public constant NOTICE_PERIOD = EXIT_DELAY + 7 days;
    /// @inheritdoc IStakeVault
    uint256 public constant LEVERAGE = 10;
    /// @inheritdoc IStakeVault
    uint256 public constant REWARD_BPS = 5000;
    /// @inheritdoc IStakeVault
    uint256 public constant MAX_COMMISSION_BPS = 5000;

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_STAKE = type(uint96).max;

    IERC20 private immutable _asset;
    OperatorSharesFactory private immutable _factory;

    mapping(address operator => Account account) private _accounts;
    mapping(address operator => Delegation delegation) private _delegations;
    mapping(address operator => Exit exit) private _exits;
    mapping(address operator => OperatorShares shares) private _pools;
    mapping(address operator => mapping(address holder => uint256 since)) private _authorisedSince;
    mapping(address holder => mapping(address operator => mapping(bytes32 liability => Liability exposed)))
        private _liabilities;
    mapping(address account => uint256 credit) private _credits;
    /// @inheritdoc IStakeVault
    uint256 public burned;

    constructor(IERC20 asset_) {
        _asset = asset_;
        _factory = new OperatorSharesFactory();
    }

    /* STAKE */

    /// @inheritdoc IStakeVault
    function stake() external payable {
        require(msg.value > 0, StakeAmountZero());
        uint256 balance = _asset.balanceOf(address(this));
        IWrappedNative(address(_asset)).deposit{value: msg.value}();
        _requireReceived(balance, msg.value);

        _addOwn(msg.sender, msg.value);

        emit Staked(msg.sender, msg.sender, msg.value);
    }

    /// @inheritdoc IStakeVault
    function stakeFor(address operator, uint256 amount) external {
        _pull(amount);

        _addOwn(operator, amount);

        emit Staked(operator, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function openPool() external returns (address shares) {
        require(address(_pools[msg.sender]) == address(0), PoolAlreadyOpen(msg.sender));

        OperatorShares pool = _factory.deploy(msg.sender);
        _pools[msg.sender] = pool;
        shares = address(pool);

        emit PoolOpened(msg.sender, shares);
    }

    /// @inheritdoc IStakeVault
    function authorise(address holder, bool authorised) external {
        uint256 since = _authorisedSince[msg.sender][holder];
        if (!authorised) delete _authorisedSince[msg.sender][holder];
        else if (since == 0) _authorisedSince[msg.sender][holder] = block.timestamp;

        emit HolderAuthorised(msg.sender, holder, authorised);
    }

    /// @inheritdoc IStakeVault
    function announceCommission(uint16 commissionBps) external {
        require(commissionBps <= MAX_COMMISSION_BPS, CommissionTooHigh(commissionBps, MAX_COMMISSION_BPS));

        uint16 day = _dayAfter(block.timestamp + NOTICE_PERIOD);
        Account storage account = _accounts[msg.sender];
        // One of two values of 16 bits.
        account.commissionBps = uint16(commissionOf(msg.sender));
        account.nextCommissionBps = commissionBps;
        account.nextCommissionDay = day;

        emit CommissionAnnounced(msg.sender, commissionBps, uint256(day) * 1 days);
    }

    /// @inheritdoc IStakeVault
    function requestExit(uint256 amount) external {
        require(amount > 0, StakeAmountZero());
        Exit storage exit = _exits[msg.sender];
        uint256 staying = _accounts[msg.sender].own - exit.amount;
        require(amount <= staying, StakeInsufficient(msg.sender, staying, amount));

        // At most the own stake, which has 96 bits. The time fits until the year 36,000.
        exit.amount += uint96(amount);
        exit.availableAt = uint40(block.timestamp + EXIT_DELAY);

        emit ExitRequested(msg.sender, exit.amount, exit.availableAt);
    }

    /// @inheritdoc IStakeVault
    function cancelExit() external {
        uint256 amount = _exits[msg.sender].amount;
        require(amount > 0, ExitNotRequested(msg.sender));

        delete _exits[msg.sender];

        emit ExitCancelled(msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function withdrawExit(address to) external {
        Exit memory exit = _exits[msg.sender];
        require(exit.amount > 0, ExitNotRequested(msg.sender));
        require(block.timestamp >= exit.availableAt, ExitNotAvailable(exit.availableAt));
        Account storage account = _accounts[msg.sender];
        uint96 staying = account.own - exit.amount;
        require(staying >= account.ownExposure, ExitExposed(msg.sender, account.ownExposure));

        account.own = staying;
        delete _exits[msg.sender];

        emit ExitWithdrawn(msg.sender, to, exit.amount);

        _asset.safeTransfer(to, exit.amount);
    }

    /// @inheritdoc IStakeVault
    function shareEarnings(address operator, uint256 amount) external {
        _pull(amount);
        uint256 delegated = _delegations[operator].amount;
        uint256 toDelegators = 0;
        if (delegated > 0) {
            // Both rounded down, so that what cannot be divided goes to own stake.
            uint256 gross = Math.mulDiv(amount, delegated, _accounts[operator].own + delegated);
            toDelegators = Math.mulDiv(gross, BPS - commissionOf(operator), BPS);
            _addDelegated(operator, toDelegators);
        }
        uint256 toOwn = amount - toDelegators;
        _addOwn(operator, toOwn);

        emit EarningsShared(operator, toOwn, toDelegators);
    }

    /// @inheritdoc IStakeVault
    function withdrawCredit(address to) external {
        uint256 amount = _credits[msg.sender];
        require(amount > 0, CreditEmpty(msg.sender));

        delete _credits[msg.sender];

        emit CreditWithdrawn(msg.sender, to, amount);

        _asset.safeTransfer(to, amount);
    }

    /* LIABILITIES */

    /// @inheritdoc IStakeVault
    function open(address operator, bytes32 liability, uint80 amount, uint80 compensation, uint256 until) external {
        require(amount > 0, StakeAmountZero());
        require(until >= block.timestamp, LiabilityTooShort(until, block.timestamp));
        uint256 limit = block.timestamp + MAX_LIABILITY;
        require(until <= limit, LiabilityTooLong(until, limit));
        Liability storage exposed = _liabilities[msg.sender][operator][liability];
        require(exposed.lapseDay == 0, LiabilityAlreadyOpen(operator, msg.sender, liability));
        (uint80 own, uint80 delegated) = _split(operator, amount, compensation);
        uint16 lapseDay = _dayAfter(until);

        _accounts[operator].ownExposure += own;
        if (delegated > 0) _delegations[operator].exposure += delegated;
        (exposed.own, exposed.delegated, exposed.compensation, exposed.lapseDay) = (
            own,
            delegated,
            compensation,
            lapseDay
        );

        emit LiabilityOpened({
            operator: operator,
            holder: msg.sender,
            liability: liability,
            own: own,
            delegated: delegated,
            lapsesAt: uint256(lapseDay) * 1 days
        });
    }

    /// @inheritdoc IStakeVault
    function close(address operator, bytes32 liability) external {
        Liability memory exposed = _liabilities[msg.sender][operator][liability];
        if (exposed.lapseDay == 0) return;

        _end(operator, msg.sender, liability, exposed);

        emit LiabilityClosed(operator, msg.sender, liability);
    }

    /// @inheritdoc IStakeVault
    function slash(
        address operator,
        bytes32 liability,
        Verdict calldata verdict
    ) external returns (uint256 compensated, uint256 rewarded) {
        Liability memory exposed = _liabilities[msg.sender][operator][liability];
        // True of a liability that is not open, too: its day is 0.
        require(block.timestamp < _startOf(exposed.lapseDay), LiabilityNotOpen(operator, msg.sender, liability));
        uint256 limit = uint256(exposed.own) + exposed.delegated;
        require(verdict.amount <= limit, VerdictAboveLiability(verdict.amount, limit));

        _end(operator, msg.sender, liability, exposed);
        (uint256 own, uint256 delegated) = _take(operator, exposed.own, verdict.amount);
        (compensated, rewarded) = _pay(own, exposed.compensation, verdict);
        uint256 rest = own + delegated - compensated - rewarded;
        burned += rest;

        emit Slashed({
            operator: operator,
            holder: msg.sender,
            liability: liability,
            own: own,
            delegated: delegated,
            compensated: compensated,
            rewarded: rewarded,
            burned: rest
        });
    }

    /// @inheritdoc IStakeVault
    function lapse(address operator, address holder, bytes32 liability) external {
        Liability memory exposed = _liabilities[holder][operator][liability];
        require(exposed.lapseDay != 0, LiabilityNotOpen(operator, holder, liability));
        uint256 lapsesAt = _startOf(exposed.lapseDay);
        require(block.timestamp >= lapsesAt, LiabilityNotLapsed(lapsesAt));

        _end(operator, holder, liability, exposed);

        emit LiabilityClosed(operator, holder, liability);
    }

    /// @inheritdoc IStakeVault
    function lapseMany(address operator, address holder, bytes32[] calldata liabilities) external {
        for (uint256 i = 0; i < liabilities.length; ++i) {
            Liability memory exposed = _liabilities[holder][operator][liabilities[i]];
            if (exposed.lapseDay == 0 || block.timestamp < _startOf(exposed.lapseDay)) continue;

            _end(operator, holder, liabilities[i], exposed);

            emit LiabilityClosed(operator, holder, liabilities[i]);
        }
    }

    /* FOR THE SHARES OF AN OPERATOR ONLY */

    /// @inheritdoc IStakeVault
    function delegate(address operator, uint256 amount) external {
        _requirePool(operator);

        _addDelegated(operator, amount);

        emit Delegated(operator, amount);
    }

    /// @inheritdoc IStakeVault
    function undelegate(address operator, address to, uint256 amount) external {
        _requirePool(operator);
        Delegation storage delegation = _delegations[operator];
        uint256 exposure = delegation.exposure;
        require(amount <= delegation.amount - exposure, ExitExposed(operator, exposure));

        // At most what is delegated, which has 96 bits.
        delegation.amount -= uint96(amount);

        emit Undelegated(operator, to, amount);

        _asset.safeTransfer(to, amount);
    }

    /* VIEWS */

    /// @inheritdoc IStakeVault
    function asset() external view returns (address) {
        return address(_asset);
    }

    /// @inheritdoc IStakeVault
    function stakeOf(address operator) external view returns (uint256 own, uint256 delegated) {
        return (_accounts[operator].own, _delegations[operator].amount);
    }

    /// @inheritdoc IStakeVault
    function exposureOf(address operator) external view returns (uint256 own, uint256 delegated) {
        return (_accounts[operator].ownExposure, _delegations[operator].exposure);
    }

    /// @inheritdoc IStakeVault
    function availableTo(address operator, address holder) external view returns (uint256) {
        uint256 since = _authorisedSince[operator][holder];
        if (since == 0) return 0;
        uint256 own = freeOwnStakeOf(operator);
        uint256 delegated = Math.min(_usableDelegated(operator, since), own * (LEVERAGE - 1));
        return Math.min(own + delegated, type(uint80).max);
    }

    /// @inheritdoc IStakeVault
    function liabilityOf(address operator, address holder, bytes32 liability) external view returns (Liability memory) {
        return _liabilities[holder][operator][liability];
    }

    /// @inheritdoc IStakeVault
    function exitOf(address operator) external view returns (uint256 amount, uint256 availableAt) {
        Exit storage exit = _exits[operator];
        return (exit.amount, exit.availableAt);
    }

    /// @inheritdoc IStakeVault
    function authorisedSince(address operator, address holder) external view returns (uint256) {
        return _authorisedSince[operator][holder];
    }

    /// @inheritdoc IStakeVault
    function sharesOf(address operator) external view returns (address) {
        return address(_pools[operator]);
    }

    /// @inheritdoc IStakeVault
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IStakeVault
    function freeOwnStakeOf(address operator) public view returns (uint256) {
        Account storage account = _accounts[operator];
        return Math.saturatingSub(account.own - account.ownExposure, _exits[operator].amount);
    }

    /// @inheritdoc IStakeVault
    function commissionOf(address operator) public view returns (uint256) {
        Account storage account = _accounts[operator];
        bool effective = block.timestamp >= _startOf(account.nextCommissionDay);
        return effective ? account.nextCommissionBps : account.commissionBps;
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IStakeVault).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Own and delegated part of a new liability of the sender, or why there cannot be one.
    function _split(
        address operator,
        uint80 amount,
        uint80 compensation
    ) private view returns (uint80 own, uint80 delegated) {
        uint256 since = _authorisedSince[operator][msg.sender];
        require(since != 0, HolderNotAuthorised(operator, msg.sender));
        uint256 free = freeOwnStakeOf(operator);
        // Both are at most `amount`, which has 80 bits.
        own = uint80(Math.min(amount, free));
        delegated = amount - own;
        if (delegated > 0) {
            uint256 usable = _usableDelegated(operator, since);
            require(delegated <= usable, StakeInsufficient(operator, free + usable, amount));
        }
        uint256 firstLoss = Math.max(Math.ceilDiv(amount, LEVERAGE), compensation);
        require(own >= firstLoss, OwnStakeInsufficient(operator, own, firstLoss));
    }

    /// @dev Delegated stake that is not exposed and does not wait to be redeemed, for a holder authorised `since`.
    function _usableDelegated(address operator, uint256 since) private view returns (uint256) {
        Delegation storage delegation = _delegations[operator];
        uint256 free = delegation.amount - delegation.exposure;
        if (free == 0 || block.timestamp < since + NOTICE_PERIOD) return 0;
        // Stake is only ever delegated through the pool: there is one.
        return Math.saturatingSub(free, _pools[operator].exitingAssets());
    }

    /// @dev Deletes a liability and frees what it exposed.
    function _end(address operator, address holder, bytes32 liability, Liability memory exposed) private {
        delete _liabilities[holder][operator][liability];
        _accounts[operator].ownExposure -= exposed.own;
        if (exposed.delegated > 0) _delegations[operator].exposure -= exposed.delegated;
    }

    /// @dev Takes `amount`, of own stake up to `ownLimit`, then of delegated stake. The liability was just ended, and was covered.
    function _take(address operator, uint80 ownLimit, uint80 amount) private returns (uint80 own, uint80 delegated) {
        // Both are at most `amount`, which has 80 bits.
        own = uint80(Math.min(amount, ownLimit));
        delegated = amount - own;

        Account storage account = _accounts[operator];
        uint256 before = account.own;
        account.own -= own;
        if (delegated > 0) _delegations[operator].amount -= delegated;

        Exit storage exit = _exits[operator];
        uint256 leaving = exit.amount;
        // Pro rata, rounded down against who leaves; at most what it was. It was not zero, so neither was `before`.
        if (leaving > 0) exit.amount = uint96((leaving * (before - own)) / before);
    }

    /// @dev Credits what a verdict pays of the own stake taken: it comes from nowhere else.
    function _pay(
        uint256 own,
        uint256 compensationLimit,
        Verdict calldata verdict
    ) private returns (uint256 compensated, uint256 rewarded) {
        if (verdict.injured != address(0)) {
            compensated = Math.min(verdict.compensation, Math.min(compensationLimit, own));
            _credit(verdict.injured, compensated);
        }
        if (verdict.challenger != address(0)) {
            rewarded = Math.min(verdict.reward, ((own - compensated) * REWARD_BPS) / BPS);
            _credit(verdict.challenger, rewarded);
        }
    }

    function _credit(address account, uint256 amount) private {
        if (amount == 0) return;
        _credits[account] += amount;

        emit Credited(account, amount);
    }

    function _addOwn(address operator, uint256 amount) private {
        Account storage account = _accounts[operator];
        uint256 limit = MAX_STAKE - account.own;
        require(amount <= limit, StakeAmountTooHigh(amount, limit));
        // At most the limit, which has 96 bits.
        account.own += uint96(amount);
    }

    function _addDelegated(address operator, uint256 amount) private {
        Delegation storage delegation = _delegations[operator];
        uint256 limit = MAX_STAKE - delegation.amount;
        require(amount <= limit, StakeAmountTooHigh(amount, limit));
        // At most the limit, which has 96 bits.
        delegation.amount += uint96(amount);
    }

    /// @dev Takes exactly `amount` of the asset from the sender.
    function _pull(uint256 amount) private {
        require(amount > 0, StakeAmountZero());
        uint256 balance = _asset.balanceOf(address(this));
        _asset.safeTransferFrom(msg.sender, address(this), amount);
        _requireReceived(balance, amount);
    }

    function _requireReceived(uint256 balance, uint256 amount) private view {
        uint256 received = _asset.balanceOf(address(this)) - balance;
        require(received == amount, StakeNotReceived(received, amount));
    }

    function _requirePool(address operator) private view {
        OperatorShares pool = _pools[operator];
        require(address(pool) != address(0), PoolNotOpen(operator));
        require(msg.sender == address(pool), SenderNotPool(operator, msg.sender));
    }

    /// @dev The first day that starts after `time`; 16 bits reach to the year 2149.
    function _dayAfter(uint256 time) private pure returns (uint16) {
        return uint16(time / 1 days + 1);
    }

    function _startOf(uint16 day) private pure returns (uint256) {
        return uint256(day) * 1 days;
    }
}
