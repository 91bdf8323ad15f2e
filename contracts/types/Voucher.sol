// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @notice Hash of requester, operator and token: whose deposit pays whom, in what.
type ChannelId is bytes32;

/// @notice A requester's authorisation to pay for one request out of its deposit.
/// @param requester Who pays and signs.
/// @param operator Who is paid and posts the receipt.
/// @param token ERC-20 token of the channel; zero for the chain's own.
/// @param amount Most that may be paid.
/// @param nonce Unique within the channel, in any order; 256 neighbours share a storage slot.
/// @param deadline Last second at which the batch that holds the receipt may be posted.
/// @param terms Struct hash of the `Terms`.
struct Voucher {
    address requester;
    address operator;
    address token;
    uint128 amount;
    uint256 nonce;
    uint40 deadline;
    bytes32 terms;
}

using {channel, hash} for Voucher global;

bytes32 constant VOUCHER_TYPEHASH = keccak256(
    "Voucher(address requester,address operator,address token,uint128 amount,uint256 nonce,uint40 deadline,Terms terms)"
    "Clause(Requirement[] anyOf)Policy(Clause[] allOf,uint128 minStake)Requirement(uint8 kind,uint64 params,bytes32 pin)"
    "Terms(bytes32 release,bytes32 request,bytes32 inputHash,Policy policy)"
);

/// @notice Returns the EIP-712 struct hash, without a domain.
function hash(Voucher calldata self) pure returns (bytes32) {
    return
        keccak256(
            abi.encode(
                VOUCHER_TYPEHASH,
                self.requester,
                self.operator,
                self.token,
                self.amount,
                self.nonce,
                self.deadline,
                self.terms
            )
        );
}

/// @notice Returns the channel that a voucher draws on.
function channel(Voucher calldata self) pure returns (ChannelId) {
    return toChannelId(self.requester, self.operator, self.token);
}

/// @notice Returns the channel of a requester, an operator and a token.
function toChannelId(address requester, address operator, address token) pure returns (ChannelId) {
    return ChannelId.wrap(keccak256(abi.encode(requester, operator, token)));
}
