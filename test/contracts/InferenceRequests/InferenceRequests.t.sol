// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CircuitRegistry} from "../../../contracts/CircuitRegistry.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {IOperatorBonds} from "../../../contracts/interfaces/IOperatorBonds.sol";
import {ITallies} from "../../../contracts/interfaces/ITallies.sol";
import {ReleaseId} from "../../../contracts/types/Ids.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {IdlePanel, RequestsHandler} from "./RequestsHandler.sol";

/// @dev The formulas are in docs/invariants.md.
contract InferenceRequestsInvariants {
    IInferenceRequests private _requests;
    StakeVault private _vault;
    RequestsHandler private _handler;

    function setUp() public {
        CircuitRegistry circuits = new CircuitRegistry();
        ModelRegistry models = new ModelRegistry(circuits);
        _vault = new StakeVault(new WrappedNative("Wrapped Ether", "WETH"));
        address proofs = deployArtifact("Groth16Evidence.sol:Groth16Evidence", abi.encode(models, circuits));
        address signatures = deployArtifact(
            "SignatureEvidence.sol:SignatureEvidence",
            abi.encode(_vault, models, circuits, proofs, 0.1 ether)
        );
        address[] memory verifiers = new address[](3);
        (verifiers[0], verifiers[1], verifiers[2]) = (signatures, proofs, address(new IdlePanel()));
        address router = deployArtifact("EvidenceRouter.sol:EvidenceRouter", abi.encode(models, circuits, verifiers));
        _handler = new RequestsHandler();
        _requests = IInferenceRequests(
            deployArtifact(
                "InferenceRequests.sol:InferenceRequests",
                abi.encode(router, _vault, models, circuits, signatures, _handler)
            )
        );
        _handler.init(_requests, models, _vault, IOperatorBonds(signatures));
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_EscrowConservation() public view {
        uint256 native = _handler.openEscrow(address(0)) + _handler.totalCredits(address(0));
        require(address(_requests).balance == native, "native escrow is not conserved");
        address dollar = address(_handler.dollar());
        uint256 dollars = _handler.openEscrow(dollar) + _handler.totalCredits(dollar);
        require(_handler.dollar().balanceOf(address(_requests)) == dollars, "token escrow is not conserved");
    }

    function invariant_ExposureWithinStake() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.parties(i);
            (uint256 exposed, uint256 delegated) = _vault.exposureOf(operator);
            (uint256 own, ) = _vault.stakeOf(operator);
            require(exposed <= own && delegated == 0, "exposure exceeds stake");
            require(exposed == _handler.exposedOf(operator), "exposure is not the open liabilities");
        }
    }

    function invariant_NoDoublePayment() public view {
        require(!_handler.paidUnequal(), "a settlement did not credit its escrow once");
    }

    function invariant_NoSlashWithoutFault() public view {
        require(!_handler.slashedWithoutFault(), "stake was slashed without a fault");
    }

    function invariant_FinalityMonotone() public view {
        require(!_handler.finalityMovedBack(), "an answer became less final");
    }

    function invariant_ResultStoredOnce() public view {
        for (uint256 i = 0; i < _handler.requestCount(); ++i) {
            require(_handler.isResultKept(i), "a stored result changed");
        }
    }

    function invariant_CallbackSucceedsOnceAnEpoch() public view {
        for (uint256 i = 0; i < _handler.requestCount(); ++i) {
            require(_handler.areDeliveriesSingle(i), "a callback ran twice, or was not recorded");
        }
    }

    function invariant_NoPaymentWithoutEvidence() public view {
        require(!_handler.paidWithoutEvidence(), "an operator was paid without evidence");
    }

    function invariant_TalliesCountFinalAnswers() public view {
        ITallies.Tally memory direct = _requests.tallyOf(ReleaseId.wrap(0), address(0), 1, 0);
        ITallies.Tally memory open = _requests.tallyOf(ReleaseId.wrap(0), address(0), 5, 16);
        require(direct.value + open.value == _handler.feesPaid(), "fees are not counted");
        address dollar = address(_handler.dollar());
        uint256 results = direct.results + open.results;
        results += _requests.tallyOf(ReleaseId.wrap(0), dollar, 1, 0).results;
        results += _requests.tallyOf(ReleaseId.wrap(0), dollar, 5, 16).results;
        require(results == _handler.answered() + _handler.late(), "answers are not counted");
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryState() public {
        _handler.ask(0, 1 ether, 1 ether, 100, 0);
        _handler.lock(0, 0);
        _handler.fulfil(0, 0, 0);
        require(_handler.answered() == 1, "nothing was fulfilled");

        _handler.ask(1, 1 ether, 1 ether, 100, 4);
        _handler.lock(1, 0);
        _requireNotFulfilled(1);
        _handler.expire(1, 3 hours);
        _handler.fulfilLate(1, 1, 7, 0);
        require(_handler.late() == 1, "nothing was fulfilled late");

        _handler.ask(4, 1 ether, 1 ether, 100, 2);
        _handler.lock(2, 1);
        _handler.refuseCallbacks(true);
        _handler.fulfil(2, 0, 0);
        _handler.refuseCallbacks(false);
        _handler.redeliver(2);
        require(_handler.areDeliveriesSingle(2), "nothing was delivered");

        _handler.ask(4, 1 ether, 1 ether, 100, 1);
        _handler.lock(3, 2);
        _handler.fulfil(3, 9, 0);
        _handler.pass(1 hours + 1);
        _handler.finalize(3);
        require(_handler.answered() == 3, "nothing was finalized");

        for (uint256 i = 4; i < 6; ++i) {
            _handler.ask(4, 1 ether, 1 ether, 100, 3);
            _handler.lock(i, 2);
            _handler.fulfil(i, 9, 0);
            _handler.contest(i);
        }
        _handler.uphold(4);
        _handler.overturn(5, 3);
        require(_handler.answered() == 4 && _handler.overturned() == 1, "nothing was resolved");

        _handler.equivocate(0);
        _handler.forfeit(0);
        require(_handler.forfeited() == 1, "nothing was forfeited");

        _handler.requestExit(1, 1 ether);
        _handler.pass(3 days - 1);
        _handler.freeStake(2);
        _handler.withdraw(1, false);
        for (uint256 i = 0; i < 8; ++i) _handler.pass(3 days - 1);
        _handler.withdrawExit(1);
        _requireAll();
    }

    function _requireAll() private view {
        invariant_EscrowConservation();
        invariant_ExposureWithinStake();
        invariant_NoDoublePayment();
        invariant_NoSlashWithoutFault();
        invariant_FinalityMonotone();
        invariant_ResultStoredOnce();
        invariant_CallbackSucceedsOnceAnEpoch();
        invariant_NoPaymentWithoutEvidence();
        invariant_TalliesCountFinalAnswers();
    }

    function _requireNotFulfilled(uint256 request) private {
        for (uint8 brought = 1; brought < 3; ++brought) {
            try _handler.fulfil(request, 0, brought) {
                revert("fulfilled without evidence");
            } catch {}
        }
    }
}
