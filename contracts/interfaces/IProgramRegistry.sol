// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {TensorEncoding} from "../types/Circuit.sol";
import {ProgramId} from "../types/Ids.sol";

/// @title IProgramRegistry
/// @notice Small public models as data, evaluated on-chain: no operator, no evidence, nothing to wait for.
/// @dev Warning: anyone registers anything. That a program is a model's is known by compiling the model's file again, which
/// gives the same bytes and so the same id; a consumer pins the id.
interface IProgramRegistry {
    event ProgramRegistered(ProgramId indexed id, address indexed registrant);

    error ProgramAlreadyRegistered(ProgramId id);
    error ProgramNotRegistered(ProgramId id);

    /// @notice Evaluates a program once, on zeros, stores it and returns its id, the hash of its bytes.
    /// @dev Reverts with `IntegerModel.ProgramMalformed` where the program breaks the format.
    function register(bytes calldata program) external returns (ProgramId);

    /// @notice Returns the output for an input, both as integers in row-major order; reverts for an input that is not of
    /// the program's encoding.
    /// @dev The integer `q` stands for the number `q · 2^-f`; the fraction bits `f` are the model's and not on-chain.
    function evaluate(ProgramId id, int256[] calldata input) external view returns (int256[] memory output);

    /// @notice Returns the output for an input, both as packed words (docs/statement.md, section 2); reverts for words
    /// that are not canonical.
    function evaluateWords(ProgramId id, uint256[] calldata input) external view returns (uint256[] memory output);

    /// @notice Returns how a registered program encodes input and output; reverts for any other id.
    function encodingsOf(
        ProgramId id
    ) external view returns (TensorEncoding memory input, TensorEncoding memory output);

    /// @notice Returns the account whose code, after a STOP, is the program; reverts for any other id.
    /// @dev A contract that evaluates often reads it by itself, with `CodeStorage` and `IntegerModel`.
    function pointerOf(ProgramId id) external view returns (address);

    /// @notice Returns whether a program is registered.
    function isRegistered(ProgramId id) external view returns (bool);
}
