// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorShares} from "../../../contracts/OperatorShares.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
import {FuzzSelector, weighted} from "../FuzzSelector.sol";
import {VaultHandler} from "./VaultHandler.sol";

/// @dev The formulas are in docs/invariants.md.
contract StakeVaultInvariants {
    StakeVault private _vault;
    WrappedNative private _asset;
    VaultHandler private _handler;

    function setUp() public {
        _asset = new WrappedNative("Wrapped Ether", "WETH");
        _vault = new StakeVault(_asset);
        _handler = new VaultHandler(_vault, _asset);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        bytes memory often = bytes.concat(
            VaultHandler.stake.selector,
            VaultHandler.deposit.selector,
            VaultHandler.open.selector,
            VaultHandler.slash.selector,
            VaultHandler.requestExit.selector,
            VaultHandler.requestRedeem.selector
        );
        bytes memory seldom = bytes.concat(
            bytes.concat(
                VaultHandler.stakeFor.selector,
                VaultHandler.shareEarnings.selector,
                VaultHandler.donate.selector,
                VaultHandler.authorise.selector,
                VaultHandler.announceCommission.selector,
                VaultHandler.cancelExit.selector
            ),
            bytes.concat(
                VaultHandler.withdrawExit.selector,
                VaultHandler.withdrawCredit.selector,
                VaultHandler.transferShares.selector,
                VaultHandler.cancelRedeem.selector,
                VaultHandler.redeem.selector,
                VaultHandler.close.selector
            ),
            bytes.concat(VaultHandler.lapse.selector, VaultHandler.advance.selector)
        );
        return weighted(address(_handler), often, seldom);
    }

    /// @dev One campaign for all properties: each names itself where it fails.
    function invariant_StakeVault() public view {
        property_StakeConservation();
        property_ExposureWithinStake();
        // Of one pool after another: reading all takes longer than the call.
        property_SharesAreBacked(_handler.actions() % _handler.OPERATORS());
        property_SlashWithinLiability();
        property_CreditsAreOwnStake();
        property_NoExitBeforeItsDelay();
        property_NoExitIsHeldHostage();
    }

    /// @dev At the end of each run.
    function afterInvariant() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) property_SharesAreBacked(i);
    }

    function property_StakeConservation() public view {
        uint256 owed = _handler.creditsOfAll() + _vault.burned() + _handler.donated();
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            (uint256 own, uint256 delegated) = _vault.stakeOf(_handler.partyAt(i));
            owed += own + delegated;
        }
        require(_asset.balanceOf(address(_vault)) == owed, "StakeConservation: stake is not conserved");
    }

    function property_ExposureWithinStake() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.partyAt(i);
            (uint256 own, uint256 delegated) = _vault.stakeOf(operator);
            (uint256 ownExposure, uint256 delegatedExposure) = _vault.exposureOf(operator);
            (uint256 ownOpen, uint256 delegatedOpen) = _handler.exposedOf(operator);
            require(ownExposure == ownOpen && ownOpen <= own, "ExposureWithinStake: own exposure");
            require(
                delegatedExposure == delegatedOpen && delegatedOpen <= delegated,
                "ExposureWithinStake: delegated exposure"
            );
            (uint256 inExit, ) = _vault.exitOf(operator);
            require(inExit <= own, "ExposureWithinStake: more in exit than staked");
        }
    }

    function property_SharesAreBacked(uint256 operator) public view {
        OperatorShares shares = _handler.sharesAt(operator);
        (uint256 held, uint256 worth, uint256 waiting) = (0, 0, 0);
        for (uint256 i = 0; i < _handler.PARTIES(); ++i) {
            address owner = _handler.partyAt(i);
            uint256 balance = shares.balanceOf(owner);
            // Who holds no share waits for none: then `waiting` below is too little.
            if (balance == 0) continue;
            (uint256 asked, ) = shares.redeemRequestOf(owner);
            require(asked <= balance, "SharesAreBacked: more waits than is held");
            held += balance;
            waiting += asked;
            worth += shares.convertToAssets(balance);
        }
        require(held == shares.totalSupply(), "SharesAreBacked: shares are not the supply");
        require(waiting == shares.exitingShares(), "SharesAreBacked: exiting shares are not the requests");
        require(worth <= shares.totalAssets(), "SharesAreBacked: shares are worth more than the stake");
    }

    function property_SlashWithinLiability() public view {
        require(!_handler.slashedTooMuch(), "SlashWithinLiability: slashed beyond the liability");
    }

    function property_CreditsAreOwnStake() public view {
        require(!_handler.profited(), "CreditsAreOwnStake: a slash paid more than the operator lost");
        require(_handler.credited() <= _handler.ownTaken(), "CreditsAreOwnStake: delegated stake was credited");
    }

    function property_NoExitBeforeItsDelay() public view {
        require(!_handler.leftEarly(), "NoExitBeforeItsDelay: stake left before its delay");
    }

    function property_NoExitIsHeldHostage() public view {
        require(!_handler.heldHostage(), "NoExitIsHeldHostage: an exit that was due failed");
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryState() public {
        address operator = _handler.partyAt(0);
        uint256 all = _vault.availableTo(operator, _handler.partyAt(2));
        (uint256 own, uint256 delegated) = _vault.stakeOf(operator);
        require(own > 0 && all == own + delegated, "the holder has no leverage");
        _handler.open(0, 0, own + delegated / 2, 0, 1 days);
        _handler.requestExit(0, own / 2);
        _handler.requestRedeem(0, 0, 1 ether);
        _handler.slash(0, 1, type(uint80).max, type(uint80).max, 0);
        require(_handler.slashes() == 1 && _handler.delegatedSlashes() == 1, "nothing was slashed");
        (, uint256 left) = _vault.stakeOf(operator);
        require(left == delegated - delegated / 2, "delegated stake was not slashed");

        _handler.stake(0, (1 ether << 2) | 3);
        _handler.requestExit(0, 0.5 ether);
        _handler.redeem(0, 0, 1);
        _handler.withdrawExit(0, 1);
        require(_handler.exits() == 0 && _handler.redemptions() == 0, "left early");
        _handler.redeem(0, 0, 2);
        _handler.withdrawExit(0, 2);
        require(_handler.exits() == 1 && _handler.redemptions() == 1, "nobody left");
        _handler.withdrawCredit(0);
        invariant_StakeVault();
        afterInvariant();
    }
}
