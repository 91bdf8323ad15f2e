// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorShares} from "../../../contracts/OperatorShares.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
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

    function invariant_StakeConservation() public view {
        uint256 owed = _handler.creditsOfAll() + _vault.burned() + _handler.donated();
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            (uint256 own, uint256 delegated) = _vault.stakeOf(_handler.partyAt(i));
            owed += own + delegated;
        }
        require(_asset.balanceOf(address(_vault)) == owed, "stake is not conserved");
    }

    function invariant_ExposureWithinStake() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.partyAt(i);
            (uint256 own, uint256 delegated) = _vault.stakeOf(operator);
            (uint256 ownExposure, uint256 delegatedExposure) = _vault.exposureOf(operator);
            (uint256 ownOpen, uint256 delegatedOpen) = _handler.exposedOf(operator);
            require(ownExposure == ownOpen && ownOpen <= own, "own exposure");
            require(delegatedExposure == delegatedOpen && delegatedOpen <= delegated, "delegated exposure");
            (uint256 inExit, ) = _vault.exitOf(operator);
            require(inExit <= own, "more in exit than staked");
        }
    }

    function invariant_SharesAreBacked() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            OperatorShares shares = _handler.sharesAt(i);
            (uint256 held, uint256 worth, uint256 waiting) = (0, 0, 0);
            for (uint256 j = 0; j < _handler.PARTIES(); ++j) {
                address owner = _handler.partyAt(j);
                uint256 balance = shares.balanceOf(owner);
                (uint256 asked, ) = shares.redeemRequestOf(owner);
                require(asked <= balance, "more waits than is held");
                held += balance;
                waiting += asked;
                worth += shares.convertToAssets(balance);
            }
            require(held == shares.totalSupply(), "shares are not the supply");
            require(waiting == shares.exitingShares(), "exiting shares are not the requests");
            require(worth <= shares.totalAssets(), "shares are worth more than the stake");
        }
    }

    function invariant_SlashWithinLiability() public view {
        require(!_handler.slashedTooMuch(), "slashed beyond the liability");
    }

    function invariant_CreditsAreOwnStake() public view {
        require(!_handler.profited(), "a slash paid more than the operator lost");
        require(_handler.credited() <= _handler.ownTaken(), "delegated stake was credited");
    }

    function invariant_NoExitBeforeItsDelay() public view {
        require(!_handler.leftEarly(), "stake left before its delay");
    }

    function invariant_NoExitIsHeldHostage() public view {
        require(!_handler.heldHostage(), "an exit that was due failed");
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
        invariant_StakeConservation();
        invariant_ExposureWithinStake();
        invariant_SharesAreBacked();
        invariant_SlashWithinLiability();
        invariant_CreditsAreOwnStake();
        invariant_NoExitBeforeItsDelay();
        invariant_NoExitIsHeldHostage();
    }
}
