// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NitroStanding} from "../../../contracts/types/Nitro.sol";
import {FuzzSelector, weighted} from "../FuzzSelector.sol";
import {vm} from "../Vm.sol";
import {RegistrarsHandler} from "./RegistrarsHandler.sol";

/// @dev The formulas are in docs/invariants.md.
contract NitroRegistrarsInvariants {
    RegistrarsHandler private _handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        _handler = new RegistrarsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        bytes memory often = bytes.concat(
            RegistrarsHandler.vouch.selector,
            RegistrarsHandler.dispute.selector,
            RegistrarsHandler.uphold.selector,
            RegistrarsHandler.pass.selector
        );
        bytes memory seldom = bytes.concat(
            RegistrarsHandler.settle.selector,
            RegistrarsHandler.object.selector,
            RegistrarsHandler.withdraw.selector
        );
        return weighted(address(_handler), often, seldom);
    }

    /// @dev One campaign for all properties: each names itself where it fails.
    function invariant_NitroRegistrars() public view {
        property_BondConservation();
        property_BondsLeaveOnce();
        property_VoidIsForGood();
    }

    function property_BondConservation() public view {
        require(
            address(_handler.registrars()).balance == _handler.openBonds() + _handler.credits(),
            "BondConservation: bonds are not conserved"
        );
    }

    function property_BondsLeaveOnce() public view {
        require(
            _handler.paidIn() == _handler.paidOut() + _handler.openBonds() + _handler.credits(),
            "BondsLeaveOnce: a bond was owed twice, or to nobody"
        );
    }

    function property_VoidIsForGood() public view {
        require(!_handler.revived(), "VoidIsForGood: a void key was vouched for again");
        for (uint256 i = 0; i < _handler.KEYS(); ++i) {
            require(_handler.isConsistent(i), "VoidIsForGood: the registry and the registrars disagree");
        }
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryStanding() public {
        for (uint256 i = 0; i < 4; ++i) {
            _handler.vouch(i, i);
        }
        _handler.dispute(0, 1);
        _handler.uphold(0);
        _handler.dispute(0, 2);
        _handler.uphold(0);
        _handler.dispute(1, 1);
        _handler.pass(type(uint16).max);
        _handler.settle(1);
        _handler.dispute(2, 2);
        _handler.object(2, 0);
        _handler.dispute(3, 0);
        _requireStandings(NitroStanding.Upheld, NitroStanding.Void, NitroStanding.Void, NitroStanding.Disputed);
        require(_handler.openBonds() == 3 ether && _handler.credits() == 7 ether, "other bonds");
        _handler.withdraw(1);
        _handler.withdraw(2);
        require(_handler.credits() == 3 ether && _handler.paidOut() == 4 ether, "other withdrawals");
        invariant_NitroRegistrars();
    }

    function _requireStandings(NitroStanding a, NitroStanding b, NitroStanding c, NitroStanding d) private view {
        NitroStanding[4] memory expected = [a, b, c, d];
        for (uint256 i = 0; i < expected.length; ++i) {
            require(_handler.registrars().voucherOf(_handler.idAt(i)).standing == expected[i], "another standing");
        }
    }
}
