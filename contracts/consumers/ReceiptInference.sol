// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {ModelOutput} from "../interfaces/IModelInference.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {TensorCodec} from "../libraries/TensorCodec.sol";
import {TensorLib} from "../libraries/TensorLib.sol";
import {Policy} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";
import {ReceiptConsumer} from "./ReceiptConsumer.sol";

/// @title ReceiptInference
/// @notice Base of a contract that was written against `runModelInference` and takes the answer from a receipt instead.
/// @dev The answer to a model of any size is proven, signed or attested as `policy` says, and comes back in the same shape.
abstract contract ReceiptInference is ReceiptConsumer {
    constructor(IInferenceRequests requests_) ReceiptConsumer(requests_) {}

    /// @dev Uses a receipt up, as `_useReceipt`, and returns its output as one tensor of numbers.
    /// @param name Name to give the output tensor, and `shape` of it: the manifest of the release has both.
    function _runModelInference(
        Receipt calldata receipt,
        Expectation memory expected,
        Policy memory policy,
        string memory name,
        uint32[] memory shape
    ) internal returns (ModelOutput memory output) {
        _useReceipt(receipt, expected, policy);
        IModelRegistry.ReleaseRecord memory release = requests.models().releaseOf(receipt.release);
        int256[] memory elements = TensorCodec.unpack(receipt.output, release.output);
        output.numbers = new TensorLib.MultiDimensionalNumberTensor[](1);
        output.numbers[0] = TensorLib.fromElements(name, elements, release.outputFractionBits, shape);
    }
}
