// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {TensorEncoding, WordMode} from "../types/Circuit.sol";
import {CircuitId, ReleaseId} from "../types/Ids.sol";
import {RuntimeClass} from "../types/Release.sol";

/// @title Determinism
/// @notice Whether two outputs of a release contradict each other.
library Determinism {
    /// @notice Returns whether the words of the output follow from those of the input: the release is bit-exact, has a
    /// circuit to prove it by, and its output is public. Committed outputs are salted, so that equal ones differ.
    function isDeterministic(
        IModelRegistry models,
        ICircuitRegistry circuits,
        ReleaseId release
    ) internal view returns (bool) {
        IModelRegistry.ReleaseRecord memory record = models.releaseOf(release);
        if (record.runtime != RuntimeClass.BitExact || record.circuit == CircuitId.wrap(0)) return false;
        (, TensorEncoding memory output) = circuits.encodingsOf(record.circuit);
        return output.mode == WordMode.Public;
    }
}
