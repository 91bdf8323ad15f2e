// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Scaling} from "./Scaling.sol";
import {Tensors} from "./Tensors.sol";

/// @title TensorLib
/// @notice Tensors of decimal numbers in the shape of OpenGradient's library of this name, and a release's integers as such.
/// @dev Names, members and their order are OpenGradient's, so that its calldata and its callers' code fit; nothing else is.
library TensorLib {
    using SafeCast for int256;

    /// @notice `value · 10^-decimals`: 1.5 is `Number(15, 1)`.
    struct Number {
        int128 value;
        int128 decimals;
    }

    /// @param values In row-major order.
    struct MultiDimensionalNumberTensor {
        string name;
        Number[] values;
        uint32[] shape;
    }

    struct StringTensor {
        string name;
        string[] values;
    }

    /// @notice Decimals of more than 77 or less than -38 are of no number that a model is given.
    error NumberDecimalsInvalid(uint256 index, int256 decimals);
    error NumberRowsUneven(uint256 row, uint256 length, uint256 expected);

    /// @dev Decimals of what is read from a release: exact for up to 18 fraction bits.
    uint8 private constant DECIMALS = 18;
    int128 private constant MOST_DECIMALS = 77;
    int128 private constant LEAST_DECIMALS = -38;

    /// @notice Returns a vector.
    function numberTensor1D(
        string memory name,
        Number[] memory values
    ) internal pure returns (MultiDimensionalNumberTensor memory) {
        return MultiDimensionalNumberTensor({name: name, values: values, shape: _shape(values.length)});
    }

    /// @notice Returns a matrix of rows of one length.
    function numberTensor2D(
        string memory name,
        Number[][] memory rows
    ) internal pure returns (MultiDimensionalNumberTensor memory tensor) {
        uint256 columns = rows.length == 0 ? 0 : rows[0].length;
        Number[] memory values = new Number[](rows.length * columns);
        for (uint256 i = 0; i < rows.length; ++i) {
            require(rows[i].length == columns, NumberRowsUneven(i, rows[i].length, columns));
            for (uint256 j = 0; j < columns; ++j) values[i * columns + j] = rows[i][j];
        }
        tensor = MultiDimensionalNumberTensor({name: name, values: values, shape: new uint32[](2)});
        // As many elements as a transaction can hold: far below 2^32.
        (tensor.shape[0], tensor.shape[1]) = (uint32(rows.length), uint32(columns));
    }

    /// @notice Returns a tensor of zeros.
    function numberTensorND(
        string memory name,
        uint32[] memory shape
    ) internal pure returns (MultiDimensionalNumberTensor memory) {
        Number[] memory values = new Number[](Tensors.sizeOf(_widened(shape)));
        return MultiDimensionalNumberTensor({name: name, values: values, shape: shape});
    }

    /// @notice Returns the number at `indices`.
    function getValue(
        MultiDimensionalNumberTensor memory self,
        uint32[] memory indices
    ) internal pure returns (Number memory) {
        return self.values[Tensors.indexOf(_widened(self.shape), _widened(indices))];
    }

    /// @notice Writes the number at `indices`.
    function setValue(
        MultiDimensionalNumberTensor memory self,
        uint32[] memory indices,
        Number memory value
    ) internal pure {
        self.values[Tensors.indexOf(_widened(self.shape), _widened(indices))] = value;
    }

    /// @notice Returns the integers that a release takes for these numbers, each rounded to the nearest, a tie upwards.
    function toElements(
        MultiDimensionalNumberTensor memory self,
        uint8 fractionBits
    ) internal pure returns (int256[] memory elements) {
        uint256 unit = uint256(1) << fractionBits;
        elements = new int256[](self.values.length);
        for (uint256 i = 0; i < elements.length; ++i) {
            Number memory number = self.values[i];
            bool isNumber = number.decimals >= LEAST_DECIMALS && number.decimals <= MOST_DECIMALS;
            require(isNumber, NumberDecimalsInvalid(i, number.decimals));
            // Of -38 to 77: a power of ten within a word, which a value of 128 bits may be multiplied by.
            elements[i] =
                number.decimals >= 0
                    ? Scaling.scaleNearest(number.value, unit, 10 ** uint128(number.decimals))
                    : Scaling.scaleNearest(int256(number.value) * int256(10 ** uint128(-number.decimals)), unit, 1);
        }
    }

    /// @notice Returns a release's integers as a tensor of numbers with 18 decimals, rounded to the nearest, a tie upwards.
    function fromElements(
        string memory name,
        int256[] memory elements,
        uint8 fractionBits,
        uint32[] memory shape
    ) internal pure returns (MultiDimensionalNumberTensor memory tensor) {
        uint256 size = Tensors.sizeOf(_widened(shape));
        require(elements.length == size, Tensors.TensorShapeMismatch(elements.length, size));
        Number[] memory values = new Number[](elements.length);
        for (uint256 i = 0; i < values.length; ++i) {
            int256 raw = Scaling.scaleNearest(elements[i], uint256(10) ** DECIMALS, uint256(1) << fractionBits);
            values[i] = Number({value: raw.toInt128(), decimals: int128(uint128(DECIMALS))});
        }
        return MultiDimensionalNumberTensor({name: name, values: values, shape: shape});
    }

    function _shape(uint256 length) private pure returns (uint32[] memory shape) {
        shape = new uint32[](1);
        // As many elements as a transaction can hold: far below 2^32.
        shape[0] = uint32(length);
    }

    function _widened(uint32[] memory list) private pure returns (uint256[] memory widened) {
        widened = new uint256[](list.length);
        for (uint256 i = 0; i < list.length; ++i) widened[i] = list[i];
    }
}
