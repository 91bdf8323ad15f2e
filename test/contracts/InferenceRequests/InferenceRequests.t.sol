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

    function invariant_ResultStoredOnce() public view {
        require(!_handler.resultChanged(), "a stored result changed");
    }

    function invariant_NoPaymentWithoutEvidence() public view {
        require(!_handler.paidWithoutEvidence(), "an operator was paid without evidence");
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryState() public {
        _handler.stake(0, 5 ether);
        _handler.ask(0, 1 ether, 1 ether);
        _handler.lock(0, 0);
        _handler.fulfil(0, 0, true);
        require(_handler.fulfilled() == 1, "nothing was fulfilled");
        _handler.ask(1, 1 ether, 1 ether);
        _handler.lock(1, 0);
        _handler.fulfil(1, 0, false);
        require(_handler.fulfilled() == 1, "fulfilled without evidence");
        _handler.expire(1, 10 days);
        require(_handler.refunded() == 1, "nothing was refunded");
        _handler.withdraw(0);
        invariant_EscrowConservation();
        invariant_ExposureWithinStake();
        invariant_ResultStoredOnce();
        invariant_NoPaymentWithoutEvidence();
    }
}
