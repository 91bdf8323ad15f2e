// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IModelInference, ModelInferenceRequest, ModelOutput} from "../interfaces/IModelInference.sol";
import {IProgramRegistry} from "../interfaces/IProgramRegistry.sol";
import {TensorLib} from "../libraries/TensorLib.sol";
import {ProgramId} from "../types/Ids.sol";

/// @title ProgramInference
/// @notice Small public models behind `runModelInference`, answered in the same call: the chain itself evaluates them.
/// @dev Every mode is served alike, since there is nothing left to verify. Immutable: who deploys it says which models it serves.
/// Warning: the caller pays for the evaluation, some 60,000 gas for a perceptron 61-16-1.
contract ProgramInference is IModelInference {
    using TensorLib for TensorLib.MultiDimensionalNumberTensor;

    /// @param modelCID Name that callers know it by.
    /// @param program Its program in the registry.
    /// @param inputFractionBits An input integer `q` means `q · 2^-inputFractionBits`; likewise of the output.
    /// @param output Name of its output tensor, and `shape` of it.
    struct Model {
        string modelCID;
        ProgramId program;
        uint8 inputFractionBits;
        uint8 outputFractionBits;
        string output;
        uint32[] shape;
    }

    IProgramRegistry public immutable programs;

    mapping(bytes32 nameHash => Model model) private _models;

    error ModelDuplicated(string modelCID);

    constructor(IProgramRegistry programs_, Model[] memory models) {
        programs = programs_;
        for (uint256 i = 0; i < models.length; ++i) {
            Model storage model = _models[keccak256(bytes(models[i].modelCID))];
            require(ProgramId.unwrap(model.program) == 0, ModelDuplicated(models[i].modelCID));
            // Reverts for a program that nobody registered.
            programs_.pointerOf(models[i].program);

            (model.modelCID, model.program) = (models[i].modelCID, models[i].program);
            model.inputFractionBits = models[i].inputFractionBits;
            model.outputFractionBits = models[i].outputFractionBits;
            (model.output, model.shape) = (models[i].output, models[i].shape);
        }
    }

    /// @inheritdoc IModelInference
    function runModelInference(
        ModelInferenceRequest calldata request
    ) external view returns (ModelOutput memory output) {
        Model storage model = _models[keccak256(bytes(request.modelCID))];
        require(ProgramId.unwrap(model.program) != 0, ModelNotServed(request.modelCID));
        bool isOneTensor = request.input.numbers.length == 1 && request.input.strings.length == 0;
        require(isOneTensor, ModelInputInvalid(request.input.numbers.length, request.input.strings.length));

        int256[] memory elements = request.input.numbers[0].toElements(model.inputFractionBits);
        int256[] memory answer = programs.evaluate(model.program, elements);
        output.numbers = new TensorLib.MultiDimensionalNumberTensor[](1);
        output.numbers[0] = TensorLib.fromElements(model.output, answer, model.outputFractionBits, model.shape);
    }
}
