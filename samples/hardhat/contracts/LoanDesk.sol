// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {ReceiptConsumer} from "@vouch/contracts/consumers/ReceiptConsumer.sol";
import {IInferenceRequests} from "@vouch/contracts/interfaces/IInferenceRequests.sol";
import {Policies} from "@vouch/contracts/libraries/Policies.sol";
import {Tensors} from "@vouch/contracts/libraries/Tensors.sol";
import {TensorCodec} from "@vouch/contracts/libraries/TensorCodec.sol";
import {ReleaseId} from "@vouch/contracts/types/Ids.sol";
import {Receipt} from "@vouch/contracts/types/Receipt.sol";

/// @notice Keeps the class that a model puts an applicant in. The owner says beforehand which input is whose.
contract LoanDesk is ReceiptConsumer {
    address public immutable owner = msg.sender;
    ReleaseId public immutable release;
    address public immutable auditor;
    mapping(address applicant => bytes32 inputHash) public inputHashOf;
    mapping(address applicant => uint256 class) public classOf;

    error NotOwner(address sender);

    constructor(IInferenceRequests vouch, ReleaseId release_, address auditor_) ReceiptConsumer(vouch) {
        (release, auditor) = (release_, auditor_);
    }

    function register(address applicant, bytes32 inputHash) external {
        require(msg.sender == owner, NotOwner(msg.sender));
        inputHashOf[applicant] = inputHash;
    }

    function decide(address applicant, Receipt calldata receipt) external {
        Expectation memory expected = Expectation(release, inputHashOf[applicant], 1 days);
        _useReceipt(receipt, expected, Policies.provenAndSigned(auditor));
        classOf[applicant] = Tensors.argmax(
            TensorCodec.unpack(receipt.output, requests.models().releaseOf(release).output)
        );
    }
}
