// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @dev Deploys a contract by its artifact, `File.sol:Name`: as deployments have it, whatever compiles the test.
function deployArtifact(string memory artifact, bytes memory arguments) returns (address deployed) {
    bytes memory code = bytes.concat(vm.getCode(artifact), arguments);
    assembly ("memory-safe") {
        deployed := create(0, add(code, 0x20), mload(code))
    }
    require(deployed != address(0), "not deployed");
}
