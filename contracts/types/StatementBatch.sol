// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {domainOf} from "./Statement.sol";

/// @dev "I sign every statement whose digest is a leaf under this root." EIP-712, in the domain of statements.
bytes32 constant STATEMENT_BATCH_TYPEHASH = keccak256("StatementBatch(bytes32 root)");

/// @notice Returns the EIP-712 digest of a batch of statements under the domain of a router on this chain.
/// @dev Byte-exact encoding in docs/statement.md, section 10.
function batchDigestFor(bytes32 root, address router) view returns (bytes32) {
    bytes32 structHash = keccak256(abi.encode(STATEMENT_BATCH_TYPEHASH, root));
    return keccak256(abi.encodePacked(hex"1901", domainOf(router), structHash));
}
