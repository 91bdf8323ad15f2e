// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {TensorLib} from "../libraries/TensorLib.sol";

/// @notice How OpenGradient's callers say what they want verified.
enum ModelInferenceMode {
    VANILLA,
    ZK,
    TEE
}

/// @param modelCID Name of the model, in what form its owner likes.
struct ModelInferenceRequest {
    ModelInferenceMode mode;
    string modelCID;
    ModelInput input;
}

struct ModelInput {
    TensorLib.MultiDimensionalNumberTensor[] numbers;
    TensorLib.StringTensor[] strings;
}

/// @param is_simulation_result Always false here: nothing is simulated.
struct ModelOutput {
    TensorLib.MultiDimensionalNumberTensor[] numbers;
    TensorLib.StringTensor[] strings;
    bool is_simulation_result; // solhint-disable-line var-name-mixedcase
}

/// @title IModelInference
/// @notice The call that OpenGradient's network answers at 0xF4: selector, arguments and result are the same.
interface IModelInference {
    error ModelNotServed(string modelCID);
    /// @notice One tensor of numbers goes in.
    error ModelInputInvalid(uint256 numbers, uint256 strings);

    /// @notice Returns a model's output.
    function runModelInference(ModelInferenceRequest calldata request) external returns (ModelOutput memory);
}
