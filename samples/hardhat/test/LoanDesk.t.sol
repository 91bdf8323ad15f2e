// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {ReceiptConsumer} from "@vouch/contracts/consumers/ReceiptConsumer.sol";
import {IEvidenceRouter} from "@vouch/contracts/interfaces/IEvidenceRouter.sol";
import {Policies} from "@vouch/contracts/libraries/Policies.sol";
import {TensorCodec} from "@vouch/contracts/libraries/TensorCodec.sol";
import {Assurance} from "@vouch/contracts/types/Assurance.sol";
import {TensorEncoding, WordMode} from "@vouch/contracts/types/Circuit.sol";
import {ReleaseId} from "@vouch/contracts/types/Ids.sol";
import {Receipt} from "@vouch/contracts/types/Receipt.sol";
import {MockModel, MockVouch} from "@vouch/testing/MockVouch.sol";
import {LoanDesk} from "../contracts/LoanDesk.sol";

interface Vm {
    function expectRevert(bytes calldata reason) external;
}

contract LoanDeskTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address private constant AUDITOR = address(0xA0D1);
    address private constant APPLICANT = address(0xA11CE);

    MockVouch private vouch;
    LoanDesk private desk;
    uint256[] private input;
    uint256[] private output;

    function setUp() public {
        vouch = new MockVouch();
        ReleaseId release = vouch.publish(MockModel(tensor(2), tensor(3), 8, 8));
        vouch.attest(release, AUDITOR);
        desk = new LoanDesk(vouch, release, AUDITOR);

        int256[] memory features = new int256[](2);
        (features[0], features[1]) = (384, -128); // 1.5 and -0.5
        input = TensorCodec.pack(features, tensor(2));
        int256[] memory scores = new int256[](3);
        (scores[0], scores[1], scores[2]) = (-20, 70, 50);
        output = TensorCodec.pack(scores, tensor(3));
        desk.register(APPLICANT, keccak256(abi.encodePacked(input)));
    }

    function test_AProvenAndSignedAnswerDecides() public {
        Receipt memory receipt = vouch.receipt(desk.release(), input, output, Policies.provenAndSigned(AUDITOR));
        desk.decide(APPLICANT, receipt);
        require(desk.classOf(APPLICANT) == 1, "another class");
    }

    function test_ASignatureAloneDoesNot() public {
        Assurance memory signed;
        signed.kinds = 1;
        Receipt memory receipt = vouch.receiptWith(desk.release(), input, output, signed);
        vm.expectRevert(abi.encodeWithSelector(IEvidenceRouter.PolicyNotMet.selector, 0, signed));
        desk.decide(APPLICANT, receipt);
    }

    function test_AnotherApplicantsReceiptDoesNot() public {
        Receipt memory receipt = vouch.receipt(desk.release(), input, output, Policies.provenAndSigned(AUDITOR));
        bytes32 inputHash = keccak256(abi.encodePacked(input));
        vm.expectRevert(abi.encodeWithSelector(ReceiptConsumer.ReceiptSubjectMismatch.selector, inputHash, bytes32(0)));
        desk.decide(address(this), receipt);
    }

    function tensor(uint24 elements) private pure returns (TensorEncoding memory) {
        return TensorEncoding(WordMode.Public, elements, 16, true);
    }
}
