// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {TensorCodec} from "../libraries/TensorCodec.sol";
import {TensorEncoding, WordMode} from "../types/Circuit.sol";
import {CircuitId, ReleaseId} from "../types/Ids.sol";

/// @title LogitModel
/// @notice One pinned release that has a circuit and gives one public logit.
abstract contract LogitModel {
    ReleaseId public immutable release;

    CircuitId internal immutable _circuit;
    uint8 private immutable _outputBits;
    bool private immutable _outputSigned;

    /// @notice The release has no circuit, or its output is not one public number.
    error ModelUnsuitable(ReleaseId release);

    constructor(IInferenceRequests requests_, ReleaseId release_) {
        CircuitId circuit = requests_.models().releaseOf(release_).circuit;
        require(circuit != CircuitId.wrap(0), ModelUnsuitable(release_));
        (, TensorEncoding memory output) = requests_.circuits().encodingsOf(circuit);
        bool suitable = output.mode == WordMode.Public && output.elements == 1;
        require(suitable, ModelUnsuitable(release_));

        release = release_;
        _circuit = circuit;
        _outputBits = output.bits;
        _outputSigned = output.isSigned;
    }

    /// @dev Returns the logit, an integer in the release's fixed point.
    function _logitOf(uint256[] memory output) internal view returns (int256) {
        TensorEncoding memory encoding = TensorEncoding({
            mode: WordMode.Public,
            elements: 1,
            bits: _outputBits,
            isSigned: _outputSigned
        });
        return TensorCodec.elementAt({words: output, encoding: encoding, index: 0});
    }
}
