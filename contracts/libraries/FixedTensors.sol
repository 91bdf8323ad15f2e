// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {TensorEncoding} from "../types/Circuit.sol";
import {Fixed} from "../types/Fixed.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {TensorCodec} from "./TensorCodec.sol";

/// @title FixedTensors
/// @notice The words of a public tensor as numbers of 18 decimals.
/// @dev `encoding` and `fractionBits` are those of the release (`IModelRegistry.releaseOf`). A number that the release has no
/// integer for reverts as `TensorCodec` says.
library FixedTensors {
    using FixedPoint for Fixed;
    using FixedPoint for int256;

    /// @notice Returns the words of `values`, each rounded to the nearest that the release can tell, a tie upwards.
    function pack(
        Fixed[] memory values,
        TensorEncoding memory encoding,
        uint8 fractionBits
    ) internal pure returns (uint256[] memory) {
        int256[] memory elements = new int256[](values.length);
        for (uint256 i = 0; i < values.length; ++i) elements[i] = values[i].toModelNearest(fractionBits);
        return TensorCodec.pack(elements, encoding);
    }

    /// @notice Returns the numbers that `words` hold, rounded towards minus infinity; exact for up to 18 fraction bits.
    function unpack(
        uint256[] memory words,
        TensorEncoding memory encoding,
        uint8 fractionBits
    ) internal pure returns (Fixed[] memory values) {
        int256[] memory elements = TensorCodec.unpack(words, encoding);
        values = new Fixed[](elements.length);
        for (uint256 i = 0; i < elements.length; ++i) values[i] = elements[i].fromModelDown(fractionBits);
    }

    /// @notice Returns the number at `index`, rounded likewise.
    function valueAt(
        uint256[] memory words,
        TensorEncoding memory encoding,
        uint8 fractionBits,
        uint256 index
    ) internal pure returns (Fixed) {
        return TensorCodec.elementAt({words: words, encoding: encoding, index: index}).fromModelDown(fractionBits);
    }

    /// @notice Returns the same array as integers of 18 decimals, for `Tensors` and `Statistics`: no copy.
    function raw(Fixed[] memory values) internal pure returns (int256[] memory elements) {
        assembly ("memory-safe") {
            elements := values
        }
    }
}
