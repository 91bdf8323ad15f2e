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
import {FuzzSelector, weighted} from "../FuzzSelector.sol";
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

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        bytes memory often = bytes.concat(
            RequestsHandler.ask.selector,
            RequestsHandler.lock.selector,
            RequestsHandler.fulfil.selector
        );
        bytes memory seldom = bytes.concat(
            bytes.concat(
                RequestsHandler.finalize.selector,
                RequestsHandler.contest.selector,
                RequestsHandler.uphold.selector,
                RequestsHandler.overturn.selector,
                RequestsHandler.stake.selector,
                RequestsHandler.post.selector
            ),
            bytes.concat(
                RequestsHandler.requestExit.selector,
                RequestsHandler.withdrawExit.selector,
                RequestsHandler.equivocate.selector,
                RequestsHandler.forfeit.selector,
                RequestsHandler.cancel.selector,
                RequestsHandler.expire.selector
            ),
            bytes.concat(
                RequestsHandler.unlock.selector,
                RequestsHandler.fulfilLate.selector,
                RequestsHandler.freeStake.selector,
                RequestsHandler.redeliver.selector,
                RequestsHandler.refuseCallbacks.selector,
                RequestsHandler.withdraw.selector
            ),
            bytes.concat(RequestsHandler.pass.selector, RequestsHandler.fulfilMany.selector)
        );
        return weighted(address(_handler), often, seldom);
    }

    /// @dev One campaign for all properties: each names itself where it fails.
    function invariant_InferenceRequests() public view {
        property_EscrowConservation();
        property_ExposureWithinStake();
        property_NoDoublePayment();
        property_NoSlashWithoutFault();
        property_FinalityMonotone();
        property_ResultStoredOnce();
        property_CallbackSucceedsOnceAnEpoch();
        property_NoPaymentWithoutEvidence();
        property_TalliesCountFinalAnswers();
        property_ItemsIndependent();
    }

    function property_EscrowConservation() public view {
        uint256 native = _handler.openEscrow(address(0)) + _handler.totalCredits(address(0));
        require(address(_requests).balance == native, "EscrowConservation: native escrow is not conserved");
        address dollar = address(_handler.dollar());
        uint256 dollars = _handler.openEscrow(dollar) + _handler.totalCredits(dollar);
        require(
            _handler.dollar().balanceOf(address(_requests)) == dollars,
            "EscrowConservation: token escrow is not conserved"
        );
    }

    function property_ExposureWithinStake() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.parties(i);
            (uint256 exposed, uint256 delegated) = _vault.exposureOf(operator);
            (uint256 own, ) = _vault.stakeOf(operator);
            require(exposed <= own && delegated == 0, "ExposureWithinStake: exposure exceeds stake");
            require(
                exposed == _handler.exposedOf(operator),
                "ExposureWithinStake: exposure is not the open liabilities"
            );
        }
    }

    function property_NoDoublePayment() public view {
        require(!_handler.paidUnequal(), "NoDoublePayment: a settlement did not credit its escrow once");
    }

    function property_ItemsIndependent() public view {
        require(!_handler.itemsDependent(), "ItemsIndependent: an answer was settled, or not, by what came with it");
    }

    function property_NoSlashWithoutFault() public view {
        require(!_handler.slashedWithoutFault(), "NoSlashWithoutFault: stake was slashed without a fault");
    }

    function property_FinalityMonotone() public view {
        require(!_handler.finalityMovedBack(), "FinalityMonotone: an answer became less final");
    }

    function property_ResultStoredOnce() public view {
        for (uint256 i = 0; i < _handler.requestCount(); ++i) {
            require(_handler.isResultKept(i), "ResultStoredOnce: a stored result changed");
        }
    }

    function property_CallbackSucceedsOnceAnEpoch() public view {
        for (uint256 i = 0; i < _handler.requestCount(); ++i) {
            require(
                _handler.areDeliveriesSingle(i),
                "CallbackSucceedsOnceAnEpoch: a callback ran twice, or was not recorded"
            );
        }
    }

    function property_NoPaymentWithoutEvidence() public view {
        require(!_handler.paidWithoutEvidence(), "NoPaymentWithoutEvidence: an operator was paid without evidence");
    }

    function property_TalliesCountFinalAnswers() public view {
        ITallies.Tally memory direct = _requests.tallyOf(ReleaseId.wrap(0), address(0), 1, 0);
        ITallies.Tally memory open = _requests.tallyOf(ReleaseId.wrap(0), address(0), 5, 16);
        require(direct.value + open.value == _handler.feesPaid(), "TalliesCountFinalAnswers: fees are not counted");
        address dollar = address(_handler.dollar());
        uint256 results = direct.results + open.results;
        results += _requests.tallyOf(ReleaseId.wrap(0), dollar, 1, 0).results;
        results += _requests.tallyOf(ReleaseId.wrap(0), dollar, 5, 16).results;
        require(results == _handler.answered() + _handler.late(), "TalliesCountFinalAnswers: answers are not counted");
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
        _handler.expire(1, 2);
        _handler.fulfilLate(1, 1, 7, 0);
        require(_handler.late() == 1, "nothing was fulfilled late");

        _handler.ask(5, 1 ether, 1 ether, 100, 2);
        _handler.lock(2, 1);
        _handler.refuseCallbacks(true);
        _handler.fulfil(2, 0, 0);
        _handler.refuseCallbacks(false);
        _handler.redeliver(2);
        require(_handler.areDeliveriesSingle(2), "nothing was delivered");

        _handler.ask(5, 1 ether, 1 ether, 100, 1);
        _handler.lock(3, 2);
        _handler.fulfil(3, 9, 0);
        _handler.pass(1 hours + 3);
        _handler.finalize(3);
        require(_handler.answered() == 3, "nothing was finalized");

        for (uint256 i = 4; i < 6; ++i) {
            _handler.ask(5, 1 ether, 1 ether, 100, 3);
            _handler.lock(i, 2);
            _handler.fulfil(i, 9, 0);
            _handler.contest(i);
        }
        _handler.uphold(4);
        _handler.overturn(5, 3);
        require(_handler.answered() == 4 && _handler.overturned() == 1, "nothing was resolved");

        for (uint256 i = 6; i < 8; ++i) {
            _handler.ask(0, 1 ether, 1 ether, 100, 0);
            _handler.lock(i, 3);
        }
        // One request in all three places; another with a rival's signature in the first.
        _handler.fulfilMany(256 + 6, 1, 0);
        _handler.fulfilMany(256 + 7, 1, 1);
        require(_handler.together() == 2, "nothing was fulfilled with others");

        _handler.equivocate(0);
        _handler.forfeit(0);
        require(_handler.forfeited() == 1, "nothing was forfeited");

        _handler.requestExit(1, 1 ether);
        _handler.pass(3 days - 1);
        _handler.freeStake(2);
        _handler.withdraw(1, false);
        for (uint256 i = 0; i < 8; ++i) _handler.pass(3 days - 1);
        _handler.withdrawExit(1);
        invariant_InferenceRequests();
    }

    function _requireNotFulfilled(uint256 request) private {
        for (uint8 brought = 1; brought < 3; ++brought) {
            try _handler.fulfil(request, 0, brought) {
                revert("fulfilled without evidence");
            } catch {}
        }
    }
}
