// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorShares} from "../../../contracts/OperatorShares.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";
import {vm} from "../Vm.sol";

/// @dev Drives every entry point at random as twelve parties, and keeps its own books beside the contract's. Holders are
/// hostile: they slash whenever they like, as much as they like, for whom they like. One of them is an operator itself.
contract VaultHandler {
    struct Opened {
        address operator;
        address holder;
        bytes32 id;
        uint256 own;
        uint256 delegated;
        uint256 lapsesAt;
        bool open;
    }

    uint256 public constant OPERATORS = 3;
    uint256 public constant PARTIES = 12;
    uint256 private constant HOLDERS = 3;
    uint256 private constant FIRST_DELEGATOR = 3;
    /// @dev Operator 2 and parties 3 and 4, which delegate too.
    uint256 private constant FIRST_HOLDER = 2;

    StakeVault private immutable _vault;
    WrappedNative private immutable _asset;

    Opened[] private _opened;
    uint256 public actions;
    uint256 public donated;
    uint256 public credited;
    uint256 public ownTaken;
    uint256 public slashes;
    uint256 public delegatedSlashes;
    uint256 public exits;
    uint256 public redemptions;
    bool public slashedTooMuch;
    bool public profited;
    bool public leftEarly;
    bool public heldHostage;
    mapping(address operator => uint256 at) private _exitAskedAt;
    mapping(address operator => mapping(address owner => uint256 at)) private _redeemAskedAt;
    uint256 private _now = 1_000_000_123;

    constructor(StakeVault vault, WrappedNative asset) {
        (_vault, _asset) = (vault, asset);
        vm.warp(_now);
        for (uint256 i = 0; i < OPERATORS; ++i) {
            vm.prank(partyAt(i));
            vault.openPool();
            for (uint256 j = 0; j < HOLDERS; ++j) {
                vm.prank(partyAt(i));
                vault.authorise(partyAt(FIRST_HOLDER + j), true);
            }
            stake(i, (uint256(7 ether) << 2) | 3);
            for (uint256 j = 0; j < 4; ++j) {
                deposit(j, i, (uint256(9 ether) << 2) | 3);
            }
        }
        // From here on delegated stake backs the holders.
        _warp(_now + 28 days);
    }

    /// @dev The runner keeps the time of a call that it reverts.
    modifier timed() {
        ++actions;
        vm.warp(_now);
        _;
    }

    function stake(uint256 operator, uint256 size) public timed {
        uint256 amount = _amount(size);
        vm.deal(_operator(operator), amount);
        vm.prank(_operator(operator));
        _vault.stake{value: amount}();
    }

    function stakeFor(uint256 party, uint256 operator, uint256 size) external timed {
        uint256 amount = _amount(size);
        _fund(partyAt(party), address(_vault), amount);
        vm.prank(partyAt(party));
        _vault.stakeFor(_operator(operator), amount);
    }

    function shareEarnings(uint256 party, uint256 operator, uint256 size) external timed {
        uint256 amount = _amount(size);
        _fund(partyAt(party), address(_vault), amount);
        vm.prank(partyAt(party));
        _vault.shareEarnings(_operator(operator), amount);
    }

    function donate(uint256 size) external timed {
        uint256 amount = _amount(size);
        vm.deal(address(this), amount);
        _asset.deposit{value: amount}();
        _asset.transfer(address(_vault), amount);
        donated += amount;
    }

    function authorise(uint256 operator, uint256 holder, uint8 authorised) external timed {
        // Mostly yes: it takes long to matter.
        vm.prank(_operator(operator));
        _vault.authorise(_holder(holder), authorised % 16 > 0);
    }

    function announceCommission(uint256 operator, uint16 commissionBps) external timed {
        vm.prank(_operator(operator));
        _vault.announceCommission(commissionBps % 5002);
    }

    function requestExit(uint256 operator, uint256 size) external timed {
        address account = _operator(operator);
        (uint256 own, ) = _vault.stakeOf(account);
        vm.prank(account);
        _vault.requestExit(size % (own + 2));
        _exitAskedAt[account] = _now;
    }

    function cancelExit(uint256 operator) external timed {
        vm.prank(_operator(operator));
        _vault.cancelExit();
    }

    /// @dev With all that can be lapsed lapsed, an exit whose delay has passed must succeed, and no other may.
    function withdrawExit(uint256 operator, uint8 moment) external timed {
        address account = _operator(operator);
        (uint256 amount, ) = _vault.exitOf(account);
        require(amount > 0, "nothing in exit");
        _wait(_exitAskedAt[account] + 21 days, moment);
        _lapseAll();
        bool due = _now >= _exitAskedAt[account] + 21 days;
        vm.prank(account);
        try _vault.withdrawExit(address(0xBEEF)) {
            ++exits;
            if (!due) leftEarly = true;
        } catch {
            if (due) heldHostage = true;
        }
    }

    function withdrawCredit(uint256 party) external timed {
        // The next that has a credit, if any has.
        for (uint256 i = 0; i < PARTIES && _vault.creditOf(partyAt(party)) == 0; ++i) party = addmod(party, 1, PARTIES);
        vm.prank(partyAt(party));
        _vault.withdrawCredit(address(0xBEEF));
    }

    function deposit(uint256 party, uint256 operator, uint256 size) public timed {
        uint256 amount = _amount(size);
        OperatorShares shares = sharesAt(operator);
        _fund(_delegator(party), address(shares), amount);
        vm.prank(_delegator(party));
        shares.deposit(amount, _delegator(party));
    }

    function transferShares(uint256 from, uint256 to, uint256 operator, uint256 size) external timed {
        OperatorShares shares = sharesAt(operator);
        uint256 balance = shares.balanceOf(_delegator(from));
        vm.prank(_delegator(from));
        shares.transfer(_delegator(to), size % (balance + 2));
    }

    function requestRedeem(uint256 party, uint256 operator, uint256 size) external timed {
        OperatorShares shares = sharesAt(operator);
        uint256 balance = shares.balanceOf(_delegator(party));
        vm.prank(_delegator(party));
        shares.requestRedeem(size % (balance + 2));
        _redeemAskedAt[_operator(operator)][_delegator(party)] = _now;
    }

    function cancelRedeem(uint256 party, uint256 operator) external timed {
        OperatorShares shares = sharesAt(operator);
        vm.prank(_delegator(party));
        shares.cancelRedeem();
    }

    /// @dev As withdrawExit: all that was asked for, no sooner and no later.
    function redeem(uint8 partySeed, uint8 operatorSeed, uint8 moment) external timed {
        (uint256 party, uint256 operator) = (partySeed, operatorSeed);
        // Somebody who waits, if anybody does.
        for (uint256 i = 0; i < 12 && _waitingOf(party, operator) == 0; ++i) {
            if (++operator % OPERATORS == 0) ++party;
        }
        uint256 waiting = _waitingOf(party, operator);
        require(waiting > 0, "nobody waits");
        OperatorShares shares = sharesAt(operator);
        address owner = _delegator(party);
        uint256 asked = _redeemAskedAt[_operator(operator)][owner];
        _wait(asked + 21 days, moment);
        _lapseAll();
        uint256 redeemable = shares.maxRedeem(owner);
        bool due = _now >= asked + 21 days && _now < asked + 28 days;
        if (!due && redeemable > 0) leftEarly = true;
        if (due && redeemable < waiting) heldHostage = true;
        vm.prank(owner);
        try shares.redeem(redeemable, owner, owner) {
            if (redeemable > 0) ++redemptions;
        } catch {
            heldHostage = true;
        }
    }

    function open(uint256 operator, uint256 holder, uint256 size, uint80 compensation, uint32 duration) external timed {
        address account = _operator(operator);
        uint256 amount = size % (_vault.availableTo(account, _holder(holder)) + 2);
        uint256 own = _vault.freeOwnStakeOf(account);
        bytes32 id = bytes32(_opened.length);
        vm.prank(_holder(holder));
        // A little more than there is, at most: far below 80 bits.
        _vault.open(account, id, uint80(amount), uint80(compensation % (own + 2)), _now + (duration % 20 days));
        IStakeVault.Liability memory exposed = _vault.liabilityOf(account, _holder(holder), id);
        _opened.push(
            Opened({
                operator: account,
                holder: _holder(holder),
                id: id,
                own: exposed.own,
                delegated: exposed.delegated,
                lapsesAt: uint256(exposed.lapseDay) * 1 days,
                open: true
            })
        );
    }

    function close(uint256 which) external timed {
        Opened storage liability = _pick(which);
        vm.prank(liability.holder);
        _vault.close(liability.operator, liability.id);
        liability.open = false;
    }

    function lapse(uint256 which) external timed {
        Opened storage liability = _pick(which);
        if (which % 2 == 0 && liability.lapsesAt > _now) _warp(liability.lapsesAt);
        _vault.lapse(liability.operator, liability.holder, liability.id);
        liability.open = false;
    }

    function slash(uint256 which, uint80 size, uint80 compensation, uint80 reward, uint256 payees) external timed {
        Opened storage liability = _pick(which);
        IStakeVault.Verdict memory verdict;
        // One in two takes everything.
        verdict.amount = uint80(liability.own + liability.delegated);
        if (size % 2 == 0) verdict.amount = size % (verdict.amount + 2);
        // Each of them may be the operator, the holder, a delegator or nobody.
        verdict.injured = payees % 4 == 0 ? liability.operator : _orNobody(payees >> 8);
        verdict.challenger = payees % 3 == 0 ? liability.operator : _orNobody(payees >> 16);
        verdict.compensation = compensation;
        verdict.reward = reward;
        _slash(liability, verdict);
    }

    function advance(uint32 time) external {
        _warp(_now + (time % 2 days));
    }

    function sharesAt(uint256 operator) public view returns (OperatorShares) {
        return OperatorShares(_vault.sharesOf(_operator(operator)));
    }

    /// @dev What the open liabilities of an operator expose, by this handler's books.
    function exposedOf(address operator) external view returns (uint256 own, uint256 delegated) {
        for (uint256 i = 0; i < _opened.length; ++i) {
            Opened storage liability = _opened[i];
            if (!liability.open || liability.operator != operator) continue;
            own += liability.own;
            delegated += liability.delegated;
        }
    }

    function partyAt(uint256 index) public pure returns (address) {
        return address(uint160(0xA11CE000 + (index % PARTIES)));
    }

    function _slash(Opened storage liability, IStakeVault.Verdict memory verdict) private {
        address operator = liability.operator;
        (uint256 own, uint256 delegated) = _vault.stakeOf(operator);
        uint256 credits = creditsOfAll();
        vm.prank(liability.holder);
        _vault.slash(operator, liability.id, verdict);
        liability.open = false;

        (uint256 ownAfter, uint256 delegatedAfter) = _vault.stakeOf(operator);
        if (own - ownAfter > liability.own || delegated - delegatedAfter > liability.delegated) slashedTooMuch = true;
        if (_now >= liability.lapsesAt) slashedTooMuch = true;
        if (own - ownAfter + delegated - delegatedAfter != verdict.amount) slashedTooMuch = true;
        uint256 gained = creditsOfAll() - credits;
        // Whoever they are, together they got at most what the operator lost itself.
        if (gained > own - ownAfter) profited = true;
        credited += gained;
        ownTaken += own - ownAfter;
        ++slashes;
        if (delegatedAfter < delegated) ++delegatedSlashes;
    }

    function creditsOfAll() public view returns (uint256 credits) {
        for (uint256 i = 0; i < PARTIES; ++i) {
            credits += _vault.creditOf(partyAt(i));
        }
    }

    /// @dev Waits until just before, at or after what is due, or does not wait.
    function _wait(uint256 due, uint8 moment) private {
        if (moment % 4 == 0) return;
        uint256 time = due - 2 + (moment % 4);
        if (time > _now) _warp(time);
    }

    function _warp(uint256 time) private {
        _now = time;
        vm.warp(time);
    }

    function _lapseAll() private {
        for (uint256 i = 0; i < _opened.length; ++i) {
            Opened storage liability = _opened[i];
            if (!liability.open || _now < liability.lapsesAt) continue;
            _vault.lapse(liability.operator, liability.holder, liability.id);
            liability.open = false;
        }
    }

    function _fund(address account, address spender, uint256 amount) private {
        vm.deal(account, amount);
        vm.prank(account);
        _asset.deposit{value: amount}();
        vm.prank(account);
        _asset.approve(spender, amount);
    }

    function _waitingOf(uint256 party, uint256 operator) private view returns (uint256 waiting) {
        (waiting, ) = sharesAt(operator).redeemRequestOf(_delegator(party));
    }

    /// @dev An open liability, if one of the latest is open.
    function _pick(uint256 which) private view returns (Opened storage) {
        uint256 recent = _opened.length < 8 ? _opened.length : 8;
        uint256 first = _opened.length - recent;
        for (uint256 i = 0; i < recent; ++i) {
            Opened storage liability = _opened[first + (((which % recent) + i) % recent)];
            if (liability.open) return liability;
        }
        return _opened[first];
    }

    /// @dev A few wei as often as many ether: what rounds is small.
    function _amount(uint256 size) private pure returns (uint256) {
        return (size >> 2) % [uint256(10), 1e9, 1 ether, 100 ether][size % 4];
    }

    function _operator(uint256 index) private pure returns (address) {
        return partyAt(index % OPERATORS);
    }

    function _holder(uint256 index) private pure returns (address) {
        return partyAt(FIRST_HOLDER + (index % HOLDERS));
    }

    function _delegator(uint256 index) private pure returns (address) {
        return partyAt(FIRST_DELEGATOR + (index % 4));
    }

    function _orNobody(uint256 index) private pure returns (address) {
        return index % 5 == 0 ? address(0) : partyAt(index);
    }
}
