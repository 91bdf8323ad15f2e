// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IProgramRegistry} from "./interfaces/IProgramRegistry.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {IntegerModel} from "./libraries/IntegerModel.sol";
import {TensorEncoding} from "./types/Circuit.sol";
import {ProgramId} from "./types/Ids.sol";

/// @title ProgramRegistry
/// @notice Small public models as data: one evaluator serves every program in here.
/// @dev No owner. The id is the hash of the program, which is kept as the code of an account.
contract ProgramRegistry is IProgramRegistry, ERC165 {
    mapping(ProgramId id => address pointer) private _pointers;

    /// @inheritdoc IProgramRegistry
    function register(bytes calldata program) external returns (ProgramId id) {
        id = ProgramId.wrap(keccak256(program));
        require(!isRegistered(id), ProgramAlreadyRegistered(id));
        // Which bytes are read does not depend on the input: a program that is well formed for zeros is so for all. One that
        // no compiler made may still leave a table or the output's type for others, and reverts there.
        (TensorEncoding memory input, ) = IntegerModel.encodingsOf(program);
        IntegerModel.evaluate(program, new int256[](input.elements));

        _pointers[id] = CodeStorage.write(program);

        emit ProgramRegistered(id, msg.sender);
    }

    /// @inheritdoc IProgramRegistry
    function evaluate(ProgramId id, int256[] calldata input) external view returns (int256[] memory output) {
        return IntegerModel.evaluate(CodeStorage.read(pointerOf(id)), input);
    }

    /// @inheritdoc IProgramRegistry
    function evaluateWords(ProgramId id, uint256[] calldata input) external view returns (uint256[] memory output) {
        return IntegerModel.evaluateWords(CodeStorage.read(pointerOf(id)), input);
    }

    /// @inheritdoc IProgramRegistry
    function encodingsOf(
        ProgramId id
    ) external view returns (TensorEncoding memory input, TensorEncoding memory output) {
        return IntegerModel.encodingsOf(CodeStorage.read(pointerOf(id)));
    }

    /// @inheritdoc IProgramRegistry
    function pointerOf(ProgramId id) public view returns (address pointer) {
        pointer = _pointers[id];
        require(pointer != address(0), ProgramNotRegistered(id));
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IProgramRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @inheritdoc IProgramRegistry
    function isRegistered(ProgramId id) public view returns (bool) {
        return _pointers[id] != address(0);
    }
}
