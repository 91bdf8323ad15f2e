// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

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

using {digestFor, hash} for Statement global;

bytes32 constant DOMAIN_TYPEHASH = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
);

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

/// @notice Returns the EIP-712 domain separator of a router on this chain.
function domainOf(address router) view returns (bytes32) {
    return keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Vouch"), keccak256("1"), block.chainid, router));
}

/// @notice Returns the EIP-712 digest of a statement under the domain of a router on this chain.
function digestFor(Statement memory self, address router) view returns (bytes32) {
    return keccak256(abi.encodePacked(hex"1901", domainOf(router), self.hash()));
}
