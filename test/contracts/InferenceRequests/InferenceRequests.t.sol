// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CircuitRegistry} from "../../../contracts/CircuitRegistry.sol";
import {EvidenceRouter} from "../../../contracts/EvidenceRouter.sol";
import {InferenceRequests} from "../../../contracts/InferenceRequests.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {Groth16Evidence} from "../../../contracts/evidence/Groth16Evidence.sol";
import {SignatureEvidence} from "../../../contracts/evidence/SignatureEvidence.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {RequestsHandler} from "./RequestsHandler.sol";

/// @dev The formulas are in docs/invariants.md.
contract InferenceRequestsInvariants {
    InferenceRequests private _requests;
    StakeVault private _vault;
    RequestsHandler private _handler;

    function setUp() public {
        CircuitRegistry circuits = new CircuitRegistry();
        ModelRegistry models = new ModelRegistry(circuits);
        _vault = new StakeVault();
        IEvidenceVerifier[] memory verifiers = new IEvidenceVerifier[](2);
        verifiers[0] = new SignatureEvidence(_vault);
        verifiers[1] = new Groth16Evidence(models, circuits);
        EvidenceRouter router = new EvidenceRouter(models, circuits, verifiers);
        _requests = new InferenceRequests(router, _vault, models, circuits);
        _handler = new RequestsHandler(_requests, models, _vault, router);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_EscrowConservation() public view {
        uint256 credits = 0;
        for (uint256 i = 0; i < _handler.partyCount(); ++i) {
            credits += _requests.creditOf(_handler.parties(i));
        }
        require(address(_requests).balance == _handler.openEscrow() + credits, "escrow is not conserved");
    }

    function invariant_ExposureWithinStake() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.parties(i);
            require(_vault.exposureOf(operator) <= _vault.stakeOf(operator), "exposure exceeds stake");
            require(_vault.exposureOf(operator) == _handler.lockedStakeOf(operator), "exposure is not the open locks");
        }
    }

    function invariant_StakeConservation() public view {
        uint256 owed = 0;
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            (uint256 inExit, ) = _vault.exitOf(_handler.parties(i));
            owed += _vault.stakeOf(_handler.parties(i)) + inExit;
        }
        require(address(_vault).balance == owed, "stake is not conserved");
    }

    function invariant_ResultStoredOnce() public view {
        for (uint256 i = 0; i < _handler.requestCount(); ++i) {
            require(_handler.isResultKept(i), "a stored result changed");
        }
    }

    function invariant_CallbackSucceedsOnce() public view {
        for (uint256 i = 0; i < _handler.requestCount(); ++i) {
            (uint256 deliveries, bool delivered) = _handler.deliveryAt(i);
            require(deliveries == (delivered ? 1 : 0), "a callback ran twice, or was not recorded");
        }
    }

    function invariant_NoPaymentWithoutEvidence() public view {
        require(!_handler.paidWithoutEvidence(), "an operator was paid without evidence");
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.parties(i);
            require(_requests.creditOf(operator) == _handler.earnedOf(operator), "an operator was paid for nothing");
        }
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryState() public {
        _handler.stake(0, 5 ether);
        _handler.ask(0, 1 ether, 1 ether);
        _handler.lock(0, 0);
        _handler.fulfil(0, 0, 0);
        require(_handler.fulfilled() == 1, "nothing was fulfilled");

        _handler.ask(1, 1 ether, 1 ether);
        _handler.lock(1, 0);
        _requireNotFulfilled(1);
        _handler.expire(1, 10 days);
        require(_handler.refunded() == 1, "nothing was refunded");

        _handler.ask(2, 1 ether, 1 ether);
        _handler.lock(2, 0);
        _handler.refuseCallbacks(true);
        _handler.fulfil(2, 0, 0);
        _handler.refuseCallbacks(false);
        _handler.redeliver(2);
        (uint256 deliveries, ) = _handler.deliveryAt(2);
        require(deliveries == 1, "nothing was delivered");

        _handler.withdraw(0);
        _handler.requestExit(0, 1 ether);
        _handler.ask(0, 1 ether, 1 ether);
        _handler.expire(3, 10 days);
        _handler.withdrawStake(0);
        require(_vault.stakeOf(_handler.parties(0)) == 4 ether, "nothing was withdrawn");
        invariant_EscrowConservation();
        invariant_ExposureWithinStake();
        invariant_StakeConservation();
        invariant_ResultStoredOnce();
        invariant_CallbackSucceedsOnce();
        invariant_NoPaymentWithoutEvidence();
    }

    function _requireNotFulfilled(uint256 request) private {
        for (uint8 brought = 1; brought < 3; ++brought) {
            try _handler.fulfil(request, 0, brought) {
                revert("fulfilled without evidence");
            } catch {}
        }
    }
}
