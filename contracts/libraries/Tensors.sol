// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title Tensors
/// @notice Elements by their place in a shape, and what is made of many: rows, the largest, sums and products.
/// @dev Elements are integers of one scale in row-major order, as `TensorCodec.unpack` gives them. What is a statistic, least,
/// greatest and mean among them, is in `Statistics`. No function changes its arguments.
library Tensors {
    error TensorShapeMismatch(uint256 elements, uint256 expected);
    /// @notice As many indices as dimensions are needed.
    error TensorRankMismatch(uint256 indices, uint256 dimensions);
    error TensorIndexOutOfShape(uint256 dimension, uint256 index, uint256 size);
    error TensorLengthMismatch(uint256 left, uint256 right);
    error TensorSliceOutOfBounds(uint256 start, uint256 end, uint256 elements);
    error TensorEmpty();
    /// @notice A sum or a product is beyond an int256.
    error TensorOverflow(uint256 index);

    /// @notice Returns how many elements a shape has; 1 for that of a number, which has no dimensions.
    function sizeOf(uint256[] memory shape) internal pure returns (uint256 size) {
        size = 1;
        for (uint256 i = 0; i < shape.length; ++i) size *= shape[i];
    }

    /// @notice Returns where in row-major order the element at `indices` lies.
    function indexOf(uint256[] memory shape, uint256[] memory indices) internal pure returns (uint256 index) {
        require(indices.length == shape.length, TensorRankMismatch(indices.length, shape.length));
        for (uint256 i = 0; i < shape.length; ++i) {
            require(indices[i] < shape[i], TensorIndexOutOfShape(i, indices[i], shape[i]));
            index = index * shape[i] + indices[i];
        }
    }

    /// @notice Returns the element at `indices`.
    function elementAt(
        int256[] memory elements,
        uint256[] memory shape,
        uint256[] memory indices
    ) internal pure returns (int256) {
        _requireShape(elements, shape);
        return elements[indexOf(shape, indices)];
    }

    /// @notice Returns the elements whose first index is `index`: of a matrix a row, of images one image.
    function row(
        int256[] memory elements,
        uint256[] memory shape,
        uint256 index
    ) internal pure returns (int256[] memory) {
        _requireShape(elements, shape);
        require(shape.length > 0, TensorRankMismatch(1, 0));
        require(index < shape[0], TensorIndexOutOfShape(0, index, shape[0]));
        uint256 length = elements.length / shape[0];
        return slice(elements, index * length, (index + 1) * length);
    }

    /// @notice Returns the elements from `start` up to `end`.
    function slice(int256[] memory elements, uint256 start, uint256 end) internal pure returns (int256[] memory part) {
        bool inside = start <= end && end <= elements.length;
        require(inside, TensorSliceOutOfBounds(start, end, elements.length));
        part = new int256[](end - start);
        for (uint256 i = 0; i < part.length; ++i) part[i] = elements[start + i];
    }

    /// @notice Returns the index of the greatest element, the first of equals: the class that a model's scores name.
    /// @dev A softmax keeps the order, so no scores need one before they are compared.
    function argmax(int256[] memory elements) internal pure returns (uint256 index) {
        require(elements.length > 0, TensorEmpty());
        for (uint256 i = 1; i < elements.length; ++i) {
            if (elements[i] > elements[index]) index = i;
        }
    }

    /// @notice Returns the greatest element's lead over the next: how clear an answer `argmax` is, in units of the scale.
    function lead(int256[] memory elements) internal pure returns (uint256) {
        require(elements.length > 1, TensorEmpty());
        uint256 first = argmax(elements);
        uint256 second = first == 0 ? 1 : 0;
        for (uint256 i = 0; i < elements.length; ++i) {
            if (i != first && elements[i] > elements[second]) second = i;
        }
        // The difference of two int256, the greater first, has 256 bits and no sign.
        unchecked {
            return uint256(elements[first]) - uint256(elements[second]);
        }
    }

    /// @notice Returns the sum of all elements; 0 of none.
    function sum(int256[] memory elements) internal pure returns (int256 total) {
        for (uint256 i = 0; i < elements.length; ++i) total = _plus(total, elements[i], i);
    }

    /// @notice Returns `Σ left_i · right_i`, whose scale is the product of both: fraction bits add up.
    function dot(int256[] memory left, int256[] memory right) internal pure returns (int256 total) {
        require(left.length == right.length, TensorLengthMismatch(left.length, right.length));
        for (uint256 i = 0; i < left.length; ++i) total = _plus(total, _times(left[i], right[i], i), i);
    }

    function _requireShape(int256[] memory elements, uint256[] memory shape) private pure {
        uint256 size = sizeOf(shape);
        require(elements.length == size, TensorShapeMismatch(elements.length, size));
    }

    function _plus(int256 a, int256 b, uint256 index) private pure returns (int256 result) {
        // What wraps is checked: a sum of two of one sign has that sign.
        unchecked {
            result = a + b;
            require(((a ^ result) & (b ^ result)) >= 0, TensorOverflow(index));
        }
    }

    function _times(int256 a, int256 b, uint256 index) private pure returns (int256 result) {
        // What wraps is checked: a product divides back, but for that of the least int256 and -1, which is itself.
        unchecked {
            result = a * b;
            bool wraps = a != 0 && (result / a != b || (a == -1 && b == type(int256).min));
            require(!wraps, TensorOverflow(index));
        }
    }
}
