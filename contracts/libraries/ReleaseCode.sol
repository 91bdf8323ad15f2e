// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {TensorEncoding, WordMode} from "../types/Circuit.sol";
import {CircuitId} from "../types/Ids.sol";
import {Clause, Policy} from "../types/Policy.sol";
import {Release, RuntimeClass} from "../types/Release.sol";
import {CodeStorage} from "./CodeStorage.sol";

/// @title ReleaseCode
/// @notice A published release as the code of an account: a record of four words, then its floor.
/// @dev What settles an inference reads it where it lies: no registry decodes and encodes it again on the way. Words of
/// the record: publisher, royalty and formats; both encodings; circuit; weights. Only `ModelRegistry` writes it.
library ReleaseCode {
    uint256 private constant LENGTH = 4 * 32;

    uint256 private constant HEAD = 0x20;
    uint256 private constant TENSORS = 0x40;
    uint256 private constant CIRCUIT = 0x60;
    uint256 private constant WEIGHTS = 0x80;

    /// @notice Stores a release and returns where.
    /// @param inputEncoding Encoding of its circuit's input, empty without a circuit; `outputEncoding` likewise.
    function write(
        Release calldata release,
        TensorEncoding memory inputEncoding,
        TensorEncoding memory outputEncoding
    ) internal returns (address pointer) {
        uint256 head = uint160(release.publisher);
        head |= uint256(release.royaltyBps) << 160;
        head |= uint256(release.inputFractionBits) << 176;
        head |= uint256(release.outputFractionBits) << 184;
        head |= uint256(release.runtime) << 192;
        uint256 tensors = _packed(inputEncoding) | (_packed(outputEncoding) << 128);
        bytes memory record = abi.encode(head, tensors, release.circuit, release.weights);
        bytes memory floor = abi.encode(release.floor.allOf, release.floor.minStake);
        return CodeStorage.write(bytes.concat(record, floor));
    }

    /// @notice Reads the record of a release.
    function recordAt(address pointer) internal view returns (bytes memory record) {
        return CodeStorage.read(pointer, 0, LENGTH);
    }

    /// @notice Reads the floor of a release.
    function floorAt(address pointer) internal view returns (Policy memory floor) {
        bytes memory encoded = CodeStorage.read(pointer, LENGTH, pointer.code.length - 1);
        (floor.allOf, floor.minStake) = abi.decode(encoded, (Clause[], uint128));
    }

    /// @notice Returns every member of a record.
    function decode(bytes memory record) internal pure returns (IModelRegistry.ReleaseRecord memory decoded) {
        uint256 head = _word(record, HEAD);
        decoded.publisher = publisher(record);
        decoded.royaltyBps = royaltyBps(record);
        // As wide as the member was.
        decoded.inputFractionBits = uint8(head >> 176);
        decoded.outputFractionBits = uint8(head >> 184);
        decoded.runtime = runtime(record);
        (decoded.input, decoded.output) = (input(record), output(record));
        (decoded.circuit, decoded.weights) = (circuit(record), weights(record));
    }

    function publisher(bytes memory record) internal pure returns (address) {
        return address(uint160(_word(record, HEAD)));
    }

    function royaltyBps(bytes memory record) internal pure returns (uint16) {
        return uint16(_word(record, HEAD) >> 160);
    }

    function runtime(bytes memory record) internal pure returns (RuntimeClass) {
        return RuntimeClass(uint8(_word(record, HEAD) >> 192));
    }

    function input(bytes memory record) internal pure returns (TensorEncoding memory) {
        return _unpacked(_word(record, TENSORS));
    }

    function output(bytes memory record) internal pure returns (TensorEncoding memory) {
        return _unpacked(_word(record, TENSORS) >> 128);
    }

    function circuit(bytes memory record) internal pure returns (CircuitId) {
        return CircuitId.wrap(bytes32(_word(record, CIRCUIT)));
    }

    function weights(bytes memory record) internal pure returns (uint256) {
        return _word(record, WEIGHTS);
    }

    function _word(bytes memory record, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(record, offset))
        }
    }

    function _packed(TensorEncoding memory tensor) private pure returns (uint256) {
        uint256 signed = tensor.isSigned ? 1 : 0;
        return tensor.elements | (uint256(tensor.bits) << 24) | (uint256(tensor.mode) << 32) | (signed << 40);
    }

    function _unpacked(uint256 packed) private pure returns (TensorEncoding memory) {
        return
            TensorEncoding({
                mode: WordMode(uint8(packed >> 32)),
                elements: uint24(packed),
                bits: uint8(packed >> 24),
                isSigned: uint8(packed >> 40) != 0
            });
    }
}
