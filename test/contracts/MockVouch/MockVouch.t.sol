// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InferenceConsumer} from "@vouch/contracts/consumers/InferenceConsumer.sol";
import {ReceiptConsumer} from "@vouch/contracts/consumers/ReceiptConsumer.sol";
import {IEvidenceRouter} from "@vouch/contracts/interfaces/IEvidenceRouter.sol";
import {IInferenceRequests} from "@vouch/contracts/interfaces/IInferenceRequests.sol";
import {Policies} from "@vouch/contracts/libraries/Policies.sol";
import {TensorCodec} from "@vouch/contracts/libraries/TensorCodec.sol";
import {Words} from "@vouch/contracts/libraries/Words.sol";
import {Assurance} from "@vouch/contracts/types/Assurance.sol";
import {TensorEncoding, WordMode} from "@vouch/contracts/types/Circuit.sol";
import {Delivery, Finality} from "@vouch/contracts/types/Delivery.sol";
import {ReleaseId, RequestId} from "@vouch/contracts/types/Ids.sol";
import {Policy} from "@vouch/contracts/types/Policy.sol";
import {Receipt} from "@vouch/contracts/types/Receipt.sol";
import {RequestParams} from "@vouch/contracts/types/Request.sol";
import {MockRefusal} from "@vouch/testing/MockRefusal.sol";
import {MockRouter} from "@vouch/testing/MockRouter.sol";
import {MockModel, MockVouch} from "@vouch/testing/MockVouch.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {vm} from "../Vm.sol";

/// @dev Takes a receipt of one release whose set-up `auditor` attested.
contract Gate is ReceiptConsumer {
    ReleaseId private immutable _release;
    address private immutable _auditor;
    bytes32 private immutable _inputHash;

    constructor(
        IInferenceRequests requests_,
        ReleaseId release,
        address auditor,
        bytes32 inputHash
    ) ReceiptConsumer(requests_) {
        (_release, _auditor, _inputHash) = (release, auditor, inputHash);
    }

    function open(Receipt calldata receipt) external returns (Assurance memory) {
        return
            _useReceipt(
                receipt,
                Expectation({release: _release, inputHash: _inputHash, maxAge: 1 days}),
                Policies.provenAndSigned(_auditor)
            );
    }
}

/// @dev Asks under a floor and keeps what it hears.
contract Asker is InferenceConsumer {
    Finality public heard;
    uint256 public word;
    bool public refuses;

    error AnswerRefused();

    constructor(IInferenceRequests requests_) payable InferenceConsumer(requests_) {}

    function refuse(bool refuses_) external {
        refuses = refuses_;
    }

    function ask(RequestParams memory params) external returns (RequestId) {
        return _request(params);
    }

    function _onInference(RequestId, ReleaseId, uint256[] calldata output, Assurance calldata) internal override {
        require(!refuses, AnswerRefused());
        (heard, word) = (Finality.Final, output[0]);
    }

    function _onUnsettled(Delivery calldata delivery, uint256[] calldata output, Assurance calldata) internal override {
        (heard, word) = (delivery.finality, output[0]);
    }

    function _floor() internal pure override returns (Policy memory) {
        return Policies.signed();
    }
}

/// @title MockVouchTest
/// @notice What a test says is answered; what the protocol would refuse is refused, by the same errors.
contract MockVouchTest {
    address private constant AUDITOR = address(0xA0D1);

    MockVouch private _vouch;
    ReleaseId private _release;
    uint256[] private _input;
    uint256[] private _output;

    function setUp() public {
        // As `new MockVouch()`, of the code that development nodes are given.
        _vouch = MockVouch(deployArtifact("MockVouch.sol:MockVouch", ""));
        _release = _vouch.publish(
            MockModel({input: _tensor(4), output: _tensor(1), inputFractionBits: 8, outputFractionBits: 8})
        );
        _input = TensorCodec.pack(new int256[](4), _tensor(4));
        _output = TensorCodec.pack(new int256[](1), _tensor(1));
    }

    function test_AReceiptIsTakenOnce() public {
        (Gate gate, Receipt memory receipt) = _brought();
        Assurance memory assurance = gate.open(receipt);
        require(assurance.kinds == 0x11, "not proven and signed");
        vm.expectRevert(abi.encodeWithSelector(ReceiptConsumer.ReceiptAlreadyUsed.selector, receipt.request));
        gate.open(receipt);
    }

    function test_OtherWordsAreAnotherStatement() public {
        (Gate gate, Receipt memory receipt) = _brought();
        IEvidenceRouter router = _vouch.router();
        ++receipt.output[0];
        vm.expectRevert(abi.encodeWithSelector(ReceiptConsumer.ReceiptNotSettled.selector, receipt.request));
        gate.open(receipt);
        vm.expectRevert(abi.encodeWithSelector(MockRouter.MockEvidenceInvalid.selector, receipt.evidence[0].kind));
        router.assess(receipt);
    }

    function test_WeakEvidenceIsRefused() public {
        (Gate gate, ) = _brought();
        Assurance memory signed;
        signed.kinds = 1;
        Receipt memory receipt = _vouch.receiptWith(_release, _input, _output, signed);
        // The first clause asks for a proof.
        vm.expectRevert(abi.encodeWithSelector(IEvidenceRouter.PolicyNotMet.selector, 0, signed));
        gate.open(receipt);
    }

    function test_NoPolicyTakesADevelopmentSetUpUnasked() public {
        _vouch.attest(_release, AUDITOR);
        _vouch.markDevelopment(_release);
        vm.expectRevert(abi.encodeWithSelector(IEvidenceRouter.PolicyUnsatisfiable.selector, 0));
        _vouch.receipt(_release, _input, _output, Policies.proven(AUDITOR));
        Receipt memory receipt = _vouch.receipt(_release, _input, _output, Policies.provenByAnySetup());
        require(_vouch.router().assess(receipt).flags == 3, "the set-up is not marked");
    }

    function test_AnAnswerIsDeliveredAndItsReceiptVerifies() public {
        (Asker asker, RequestId id) = _asked(Policies.signed());
        _vouch.deliver(id, _output);
        require(asker.heard() == Finality.Final && asker.word() == _output[0], "not heard");
        require(_vouch.assuranceOf(id).stakeAtRisk == 1 ether, "another stake");
        Receipt memory receipt = _vouch.receiptOf(id);
        require(receipt.input[0] == _input[0] && receipt.output[0] == _output[0], "other words");
        _vouch.router().requireReceipt(receipt, Policies.signed());
    }

    function test_WordsThatNoModelGivesAreNoAnswer() public {
        (, RequestId id) = _asked(Policies.signed());
        _output[0] = 1 << 16;
        vm.expectRevert(abi.encodeWithSelector(Words.WordNotCanonical.selector, 0, 1 << 16));
        _vouch.deliver(id, _output);
    }

    function test_AFailedCallbackIsKeptAndRedelivered() public {
        (Asker asker, RequestId id) = _asked(Policies.signed());
        asker.refuse(true);
        _vouch.deliver(id, _output);
        IInferenceRequests.Result memory result = _vouch.resultOf(id);
        require(result.finality == Finality.Final, "not settled");
        require(result.delivery == IInferenceRequests.DeliveryStatus.Failed, "not failed");
        asker.refuse(false);
        _vouch.redeliver(id, _release, _input, _output);
        require(asker.heard() == Finality.Final, "not heard");
    }

    function test_AnAnswerWaitsUntilItIsSettledOrOverturned() public {
        Policy memory waiting = Policies.unchallenged(1 days, AUDITOR);
        _vouch.attest(_release, AUDITOR);
        (Asker asker, RequestId id) = _asked(waiting);
        _vouch.delay(id, _output);
        require(asker.heard() == Finality.Provisional, "not told");
        _vouch.settle(id);
        require(asker.heard() == Finality.Final && _vouch.assuranceOf(id).window == 1 days, "not settled");

        (asker, id) = _asked(waiting);
        _vouch.delay(id, _output);
        _vouch.overturn(id);
        require(asker.heard() == Finality.Overturned, "not overturned");
        require(_vouch.creditOf(address(0), address(asker)) > 0, "not refunded");

        (asker, id) = _asked(waiting);
        _vouch.deliver(id, _output);
        require(_vouch.resultOf(id).finality == Finality.Final, "not waited for");
    }

    function test_ARequestRunsOut() public {
        (Asker asker, RequestId id) = _asked(Policies.signed());
        _vouch.fail(id);
        require(_vouch.statusOf(id) == IInferenceRequests.Status.Expired, "not expired");
        require(_vouch.creditOf(address(0), address(asker)) == 2e15, "not refunded");
    }

    function test_WhatTheTestKitDoesNotHaveIsRefusedByName() public {
        bytes4 selector = _vouch.vault().MAX_LIABILITY.selector;
        address vault = address(_vouch.vault());
        (bool success, bytes memory reason) = vault.call(abi.encodeWithSelector(selector));
        require(!success && keccak256(reason) == keccak256(_unsupported(selector)), "answered");
        vm.expectRevert(_unsupported(IInferenceRequests.freeStake.selector));
        _vouch.freeStake(new RequestId[](0));
    }

    function _brought() private returns (Gate gate, Receipt memory receipt) {
        _vouch.attest(_release, AUDITOR);
        bytes32 inputHash = keccak256(abi.encodePacked(_input));
        gate = new Gate(_vouch, _release, AUDITOR, inputHash);
        receipt = _vouch.receipt(_release, _input, _output, Policies.provenAndSigned(AUDITOR));
    }

    function _asked(Policy memory policy) private returns (Asker asker, RequestId id) {
        asker = new Asker{value: 1 ether}(_vouch);
        RequestParams memory params;
        (params.release, params.input, params.policy) = (_release, _input, policy);
        (params.minFee, params.maxFee) = (1e15, 2e15);
        (params.stake, params.bond) = (1 ether, 0.1 ether);
        (params.callbackGas, params.provisionalGas) = (150_000, 150_000);
        params.rampStart = uint40(block.timestamp);
        params.lockDeadline = uint40(block.timestamp + 1 hours);
        params.deadline = uint40(block.timestamp + 2 hours);
        id = asker.ask(params);
    }

    function _tensor(uint24 elements) private pure returns (TensorEncoding memory) {
        return TensorEncoding({mode: WordMode.Public, elements: elements, bits: 16, isSigned: true});
    }

    function _unsupported(bytes4 selector) private pure returns (bytes memory) {
        return abi.encodeWithSelector(MockRefusal.MockUnsupported.selector, selector);
    }
}
