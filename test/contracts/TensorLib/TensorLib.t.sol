// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorLib} from "../../../contracts/libraries/TensorLib.sol";
import {Tensors} from "../../../contracts/libraries/Tensors.sol";
import {requireRefused} from "../refused.sol";

/// @dev Calls that revert, from outside.
contract TensorLibCalls {
    function numberTensor2D(TensorLib.Number[][] memory rows) external pure returns (uint256) {
        return TensorLib.numberTensor2D("rows", rows).values.length;
    }

    function fromElements(int256[] memory elements, uint32[] memory shape) external pure returns (uint256) {
        return TensorLib.fromElements("elements", elements, 0, shape).values.length;
    }
}

/// @title TensorLibTest
/// @notice Tensors are built in row-major order, and a release's integers survive the way there and back.
contract TensorLibTest {
    using TensorLib for TensorLib.MultiDimensionalNumberTensor;

    TensorLibCalls private immutable _calls = new TensorLibCalls();

    function testFuzz_IntegersReadBack(int64[6] memory integers, uint8 bits) public pure {
        uint8 fractionBits = bits % 19;
        int256[] memory elements = new int256[](6);
        for (uint256 i = 0; i < 6; ++i) elements[i] = integers[i];
        uint32[] memory shape = _of(2, 3);
        TensorLib.MultiDimensionalNumberTensor memory tensor = TensorLib.fromElements(
            "x",
            elements,
            fractionBits,
            shape
        );
        int256[] memory read = tensor.toElements(fractionBits);
        for (uint256 i = 0; i < 6; ++i) require(read[i] == elements[i], "another integer");
    }

    /// @dev The first row says how long all are, also where it has nothing: no row is left out in silence.
    function test_RowsBehindAnEmptyOneAreCounted() public view {
        TensorLib.Number[][] memory rows = new TensorLib.Number[][](2);
        rows[1] = new TensorLib.Number[](1);
        requireRefused(
            address(_calls),
            abi.encodeCall(TensorLibCalls.numberTensor2D, (rows)),
            abi.encodeWithSelector(TensorLib.NumberRowsUneven.selector, 1, 1, 0)
        );
    }

    function test_DecimalsOfBothSignsScale() public pure {
        TensorLib.Number[] memory numbers = new TensorLib.Number[](3);
        numbers[0] = TensorLib.Number(-5, 1);
        numbers[1] = TensorLib.Number(12, -2);
        numbers[2] = TensorLib.Number(1, 38);
        int256[] memory elements = TensorLib.numberTensor1D("x", numbers).toElements(1);
        require(elements[0] == -1 && elements[1] == 2400 && elements[2] == 0, "another integer");
    }

    function test_MatricesAreRowMajor() public pure {
        TensorLib.Number[][] memory rows = new TensorLib.Number[][](2);
        for (uint256 i = 0; i < 2; ++i) {
            rows[i] = new TensorLib.Number[](3);
            for (uint256 j = 0; j < 3; ++j) rows[i][j] = TensorLib.Number(int128(int256(3 * i + j)), 0);
        }
        TensorLib.MultiDimensionalNumberTensor memory matrix = TensorLib.numberTensor2D("m", rows);
        require(matrix.shape[0] == 2 && matrix.shape[1] == 3, "another shape");
        for (uint256 i = 0; i < 6; ++i) require(matrix.values[i].value == int128(int256(i)), "another order");
        matrix.setValue(_of(1, 1), TensorLib.Number(9, 2));
        require(matrix.getValue(_of(1, 1)).decimals == 2 && matrix.values[4].value == 9, "another place");
        TensorLib.MultiDimensionalNumberTensor memory zeros = TensorLib.numberTensorND("z", _of(4, 5));
        require(zeros.values.length == 20 && zeros.values[19].value == 0, "another size");
    }

    function test_UnevenRowsAndOtherShapesAreRefused() public view {
        TensorLib.Number[][] memory rows = new TensorLib.Number[][](2);
        (rows[0], rows[1]) = (new TensorLib.Number[](3), new TensorLib.Number[](2));
        requireRefused(
            address(_calls),
            abi.encodeCall(TensorLibCalls.numberTensor2D, (rows)),
            abi.encodeWithSelector(TensorLib.NumberRowsUneven.selector, 1, 2, 3)
        );
        requireRefused(
            address(_calls),
            abi.encodeCall(TensorLibCalls.fromElements, (new int256[](5), _of(2, 3))),
            abi.encodeWithSelector(Tensors.TensorShapeMismatch.selector, 5, 6)
        );
    }

    function _of(uint32 a, uint32 b) private pure returns (uint32[] memory list) {
        list = new uint32[](2);
        (list[0], list[1]) = (a, b);
    }
}
