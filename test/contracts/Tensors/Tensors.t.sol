// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tensors} from "../../../contracts/libraries/Tensors.sol";
import {requireRefused} from "../refused.sol";

/// @dev Calls that revert, from outside.
contract TensorCalls {
    function elementAt(
        int256[] memory elements,
        uint256[] memory shape,
        uint256[] memory indices
    ) external pure returns (int256) {
        return Tensors.elementAt(elements, shape, indices);
    }

    function row(int256[] memory elements, uint256[] memory shape, uint256 i) external pure returns (int256[] memory) {
        return Tensors.row(elements, shape, i);
    }

    function slice(int256[] memory elements, uint256 start, uint256 end) external pure returns (int256[] memory) {
        return Tensors.slice(elements, start, end);
    }

    function argmax(int256[] memory elements) external pure returns (uint256) {
        return Tensors.argmax(elements);
    }

    function sum(int256[] memory elements) external pure returns (int256) {
        return Tensors.sum(elements);
    }

    function dot(int256[] memory left, int256[] memory right) external pure returns (int256) {
        return Tensors.dot(left, right);
    }
}

/// @title TensorsTest
/// @notice Places in a shape are row-major, and what is made of many elements is what a loop over them gives.
contract TensorsTest {
    TensorCalls private immutable _calls = new TensorCalls();

    function testFuzz_PlacesAreRowMajor(uint8 a, uint8 b, uint8 c, uint256 seed) public pure {
        uint256[] memory shape = _of(1 + (a % 5), 1 + (b % 5), 1 + (c % 5));
        int256[] memory elements = _counted(Tensors.sizeOf(shape));
        uint256[] memory indices = _of(seed % shape[0], (seed >> 64) % shape[1], (seed >> 128) % shape[2]);
        uint256 expected = (indices[0] * shape[1] + indices[1]) * shape[2] + indices[2];
        require(Tensors.indexOf(shape, indices) == expected, "another place");
        require(Tensors.elementAt(elements, shape, indices) == int256(expected), "another element");
        int256[] memory row = Tensors.row(elements, shape, indices[0]);
        require(row.length == shape[1] * shape[2], "a row of another length");
        require(row[indices[1] * shape[2] + indices[2]] == int256(expected), "another row");
    }

    function testFuzz_ArgmaxIsTheFirstOfTheGreatest(int8[9] memory values) public pure {
        int256[] memory elements = new int256[](9);
        for (uint256 i = 0; i < 9; ++i) elements[i] = values[i];
        uint256 index = Tensors.argmax(elements);
        uint256 lead = type(uint256).max;
        for (uint256 i = 0; i < 9; ++i) {
            require(elements[i] < elements[index] || (elements[i] == elements[index] && i >= index), "not the first");
            uint256 behind = uint256(elements[index] - elements[i]);
            if (i != index && behind < lead) lead = behind;
        }
        require(Tensors.lead(elements) == lead, "another lead");
    }

    function testFuzz_SumsAndProductsAreALoops(int120[5] memory x, int120[5] memory y) public pure {
        (int256[] memory left, int256[] memory right) = (new int256[](5), new int256[](5));
        int256 sum = 0;
        int256 dot = 0;
        for (uint256 i = 0; i < 5; ++i) {
            (left[i], right[i]) = (x[i], y[i]);
            sum += x[i];
            dot += int256(x[i]) * y[i];
        }
        require(Tensors.sum(left) == sum, "another sum");
        require(Tensors.dot(left, right) == dot, "another product");
    }

    /// @dev Refused exactly where checked arithmetic would panic.
    function testFuzz_WhatIsBeyondTheRangeReverts(int256 a, int256 b) public view {
        (int256[] memory left, int256[] memory right) = (new int256[](1), new int256[](1));
        (left[0], right[0]) = (a, b);
        (bool multiplied, bytes memory product) = address(_calls).staticcall(
            abi.encodeCall(TensorCalls.dot, (left, right))
        );
        require(multiplied == _multiplies(a, b), "beyond the range, or refused within it");
        if (!multiplied) require(bytes4(product) == Tensors.TensorOverflow.selector, "for another reason");
    }

    function test_TheEdgesOfTheRange() public view {
        int256[] memory pair = new int256[](2);
        (pair[0], pair[1]) = (type(int256).max, 1);
        _requireRefused(abi.encodeCall(TensorCalls.sum, (pair)), Tensors.TensorOverflow.selector, 1);
        (pair[0], pair[1]) = (type(int256).min, -1);
        _requireRefused(abi.encodeCall(TensorCalls.sum, (pair)), Tensors.TensorOverflow.selector, 1);
        (int256[] memory left, int256[] memory right) = (new int256[](1), new int256[](1));
        (left[0], right[0]) = (-1, type(int256).min);
        _requireRefused(abi.encodeCall(TensorCalls.dot, (left, right)), Tensors.TensorOverflow.selector, 0);
        _requireRefused(abi.encodeCall(TensorCalls.dot, (right, left)), Tensors.TensorOverflow.selector, 0);
        (pair[0], pair[1]) = (type(int256).min, type(int256).max);
        require(Tensors.lead(pair) == type(uint256).max, "the widest lead");
    }

    function test_WhatIsOutsideTheShapeIsRefused() public view {
        uint256[] memory shape = _of(2, 3, 4);
        int256[] memory elements = _counted(24);
        bytes memory outside = abi.encodeWithSelector(Tensors.TensorIndexOutOfShape.selector, 1, 3, 3);
        _refuse(abi.encodeCall(TensorCalls.elementAt, (elements, shape, _of(0, 3, 0))), outside);
        outside = abi.encodeWithSelector(Tensors.TensorIndexOutOfShape.selector, 0, 2, 2);
        _refuse(abi.encodeCall(TensorCalls.row, (elements, shape, 2)), outside);
        bytes memory rank = abi.encodeWithSelector(Tensors.TensorRankMismatch.selector, 1, 3);
        _refuse(abi.encodeCall(TensorCalls.elementAt, (elements, shape, new uint256[](1))), rank);
        bytes memory size = abi.encodeWithSelector(Tensors.TensorShapeMismatch.selector, 23, 24);
        _refuse(abi.encodeCall(TensorCalls.row, (_counted(23), shape, 0)), size);
        bytes memory bounds = abi.encodeWithSelector(Tensors.TensorSliceOutOfBounds.selector, 2, 25, 24);
        _refuse(abi.encodeCall(TensorCalls.slice, (elements, 2, 25)), bounds);
        bounds = abi.encodeWithSelector(Tensors.TensorSliceOutOfBounds.selector, 3, 2, 24);
        _refuse(abi.encodeCall(TensorCalls.slice, (elements, 3, 2)), bounds);
        _refuse(
            abi.encodeCall(TensorCalls.argmax, (new int256[](0))),
            abi.encodeWithSelector(Tensors.TensorEmpty.selector)
        );
        _refuse(
            abi.encodeCall(TensorCalls.dot, (_counted(2), _counted(3))),
            abi.encodeWithSelector(Tensors.TensorLengthMismatch.selector, 2, 3)
        );
    }

    function _refuse(bytes memory call, bytes memory expected) private view {
        requireRefused(address(_calls), call, expected);
    }

    function _requireRefused(bytes memory call, bytes4 selector, uint256 index) private view {
        requireRefused(address(_calls), call, abi.encodeWithSelector(selector, index));
    }

    function _multiplies(int256 a, int256 b) private view returns (bool fits) {
        try this.multiply(a, b) {
            fits = true;
        } catch {
            fits = false;
        }
    }

    function multiply(int256 a, int256 b) external pure returns (int256) {
        return a * b;
    }

    function _of(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    function _counted(uint256 length) private pure returns (int256[] memory elements) {
        elements = new int256[](length);
        for (uint256 i = 0; i < length; ++i) elements[i] = int256(i);
    }
}
