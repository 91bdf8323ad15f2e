// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clause, Policy} from "../types/Policy.sol";
import {CodeStorage} from "./CodeStorage.sol";

/// @title PolicyStorage
/// @notice Keeps policies that never change as the code of an account: they nest too deep for slots.
library PolicyStorage {
    /// @notice Stores a policy and returns where.
    function write(Policy memory policy) internal returns (address pointer) {
        return CodeStorage.write(abi.encode(policy.allOf, policy.minStake));
    }

    /// @notice Returns the policy that was stored at `pointer`.
    function read(address pointer) internal view returns (Policy memory policy) {
        (policy.allOf, policy.minStake) = abi.decode(CodeStorage.read(pointer), (Clause[], uint128));
    }
}
