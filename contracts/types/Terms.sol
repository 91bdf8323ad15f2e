// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId, RequestId} from "./Ids.sol";

/// @notice What a voucher pays for. Signed in full, brought in full only where it matters.
/// @param release Model release to run.
/// @param request Id of the request, chosen by the requester.
/// @param inputHash keccak256 of the input's words.
/// @param policy EIP-712 struct hash of the `Policy` demanded, on top of the release's floor; wallets show all of it.
struct Terms {
    ReleaseId release;
    RequestId request;
    bytes32 inputHash;
    bytes32 policy;
}

using {hash} for Terms global;

bytes32 constant TERMS_TYPEHASH = keccak256(
    "Terms(bytes32 release,bytes32 request,bytes32 inputHash,Policy policy)"
    "Clause(Requirement[] anyOf)Policy(Clause[] allOf,uint128 minStake)Requirement(uint8 kind,uint64 params,bytes32 pin)"
);

/// @notice Returns the EIP-712 struct hash, without a domain.
function hash(Terms memory self) pure returns (bytes32) {
    return keccak256(abi.encode(TERMS_TYPEHASH, self.release, self.request, self.inputHash, self.policy));
}
