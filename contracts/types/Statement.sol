// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {ReleaseId, RequestId} from "./Ids.sol";

/// @notice "Release R, on the input with this hash, gave the output with this hash, for request Q, served by operator O."
/// @dev Byte-exact encoding in docs/statement.md, section 1.
struct Statement {
    ReleaseId release;
    RequestId request;
    address operator;
    bytes32 inputHash;
    bytes32 outputHash;
}

using {hash} for Statement global;

bytes32 constant STATEMENT_TYPEHASH = keccak256(
    "Statement(bytes32 release,bytes32 request,address operator,bytes32 inputHash,bytes32 outputHash)"
);

/// @notice Returns the EIP-712 struct hash, without the domain.
function hash(Statement memory self) pure returns (bytes32) {
    return
        keccak256(
            abi.encode(STATEMENT_TYPEHASH, self.release, self.request, self.operator, self.inputHash, self.outputHash)
        );
}
