// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EnclaveEvidence} from "../../../contracts/libraries/EnclaveEvidence.sol";

contract EnclaveEvidenceReader {
    function isWhole(bytes calldata data) external pure returns (bool) {
        return EnclaveEvidence.isWhole(data);
    }

    function parts(bytes calldata data) external pure returns (bytes memory, address, bytes32, bytes memory) {
        return (
            EnclaveEvidence.signature(data),
            EnclaveEvidence.key(data),
            EnclaveEvidence.measurement(data),
            EnclaveEvidence.path(data)
        );
    }
}

/// @title EnclaveEvidenceTest
/// @notice Evidence is cut where it was joined, and whole where its path is.
contract EnclaveEvidenceTest {
    EnclaveEvidenceReader private immutable _reader = new EnclaveEvidenceReader();

    function test_EvidenceIsAHeadAndWholeWords() public view {
        for (uint256 length = 0; length < 300; ++length) {
            bool whole = length == 117 || length == 149 || length == 181 || length == 213;
            whole = whole || length == 245 || length == 277;
            require(_reader.isWhole(new bytes(length)) == whole, "of another length");
        }
    }

    function testFuzz_PartsAreThoseThatWereJoined(
        bytes32[2] memory signature,
        uint8 parity,
        address key,
        bytes32 measurement,
        bytes32[] memory path
    ) public view {
        bytes memory signed = abi.encodePacked(signature, parity);
        bytes memory data = bytes.concat(abi.encodePacked(signed, key, measurement), abi.encodePacked(path));
        require(_reader.isWhole(data), "not whole");
        (bytes memory first, address second, bytes32 third, bytes memory last) = _reader.parts(data);
        require(keccak256(first) == keccak256(signed) && second == key && third == measurement, "another head");
        require(keccak256(last) == keccak256(abi.encodePacked(path)), "another path");
    }

    function testFuzz_AnIdIsOfAllThree(address operator, address key, bytes32 measurement, uint8 bit) public pure {
        bytes32 id = EnclaveEvidence.idOf(operator, key, measurement);
        uint160 flag = uint160(1) << (bit % 160);
        require(id != EnclaveEvidence.idOf(address(uint160(operator) ^ flag), key, measurement), "of any operator");
        require(id != EnclaveEvidence.idOf(operator, address(uint160(key) ^ flag), measurement), "of any key");
        bytes32 other = measurement ^ bytes32(uint256(1) << bit);
        require(id != EnclaveEvidence.idOf(operator, key, other), "of any measurement");
        require(operator == key || id != EnclaveEvidence.idOf(key, operator, measurement), "of either order");
    }
}
