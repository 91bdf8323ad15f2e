// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId} from "./Ids.sol";
import {Policy} from "./Policy.sol";

/// @notice What a requester asks for; kept as a hash and brought again by whoever acts on the request.
/// @param nonce Any number that the requester has not used; it makes the request's id.
/// @param release Model release to run.
/// @param input Words of the input.
/// @param policy Evidence demanded, on top of the release's floor.
/// @param token What fee and gas are paid in; zero for the chain's native token.
/// @param minFee Fee, until `rampStart`, of the operator (and the publisher's royalty).
/// @param maxFee Fee at `lockDeadline`; in between it rises in proportion to time, and the lock fixes it.
/// @param rampStart Second from which the fee rises.
/// @param stake Operator stake, in the vault's asset, that the lock puts at risk; at least the effective policy's `minStake`.
/// @param bond Part of `stake` that a missed deadline costs, and what a challenger must put up against an optimistic answer.
/// @param cover What harm costs the requester beyond the fee: compensation is at most the fee and this, out of `stake`.
/// @param maxGasPrice Price per gas up to which gas is reimbursed, in `token`; for another token than the native one it is
/// the price itself.
/// @param verificationGas Gas of verification and settlement that is reimbursed at most.
/// @param callbackGas Gas of the callback with the final answer, or with the news that it was overturned; 0 for none.
/// @param provisionalGas Gas of the callback with an answer that can still be challenged; 0 for none.
/// @param lockDeadline Last second at which an operator may lock.
/// @param deadline Last second at which the request may be fulfilled.
struct RequestParams {
    uint256 nonce;
    ReleaseId release;
    uint256[] input;
    Policy policy;
    address token;
    uint96 minFee;
    uint96 maxFee;
    uint40 rampStart;
    uint80 stake;
    uint80 bond;
    uint80 cover;
    uint64 maxGasPrice;
    uint32 verificationGas;
    uint32 callbackGas;
    uint32 provisionalGas;
    uint40 lockDeadline;
    uint40 deadline;
}

using {compensation, escrow, escrowOf, feeAt, hashFor} for RequestParams global;

/// @dev EIP-712: the types that a type refers to follow it in the order of their names.
bytes32 constant REQUEST_TYPEHASH = keccak256(
    "Request(address requester,uint256 nonce,bytes32 release,bytes32 inputHash,Policy policy,address token,uint96 minFee,uint96 maxFee,uint40 rampStart,uint80 stake,uint80 bond,uint80 cover,uint64 maxGasPrice,uint32 verificationGas,uint32 callbackGas,uint32 provisionalGas,uint40 lockDeadline,uint40 deadline)Clause(Requirement[] anyOf)Policy(Clause[] allOf,uint128 minStake)Requirement(uint8 kind,uint64 params,bytes32 pin)"
);

/// @notice Returns what a request escrows, in its token: the highest fee, and all gas at the highest price.
function escrow(RequestParams memory self) pure returns (uint256) {
    return worstCase(self.maxFee, self.maxGasPrice, self.verificationGas, self.callbackGas, self.provisionalGas);
}

/// @notice As `escrow`, of parameters in calldata, without a copy of them.
function escrowOf(RequestParams calldata self) pure returns (uint256) {
    return worstCase(self.maxFee, self.maxGasPrice, self.verificationGas, self.callbackGas, self.provisionalGas);
}

/// @dev The formula of `escrow`.
function worstCase(
    uint256 maxFee,
    uint256 maxGasPrice,
    uint256 verificationGas,
    uint256 callbackGas,
    uint256 provisionalGas
) pure returns (uint256) {
    return maxFee + (verificationGas + callbackGas + provisionalGas) * maxGasPrice;
}

/// @notice Returns the fee of a lock at `time`, rounded down.
function feeAt(RequestParams calldata self, uint256 time) pure returns (uint256) {
    if (time <= self.rampStart) return self.minFee;
    if (time >= self.lockDeadline) return self.maxFee;
    uint256 rise = uint256(self.maxFee) - self.minFee;
    return self.minFee + (rise * (time - self.rampStart)) / (self.lockDeadline - self.rampStart);
}

/// @notice Returns what an injured requester gets at most for a fee: the fee and the cover, within the stake.
/// @dev Warning: the fee is in `token`, stake and cover are in the vault's asset. For another token than the native one the
/// fee itself comes back out of the escrow and only the cover counts here.
function compensation(RequestParams calldata self, uint256 fee) pure returns (uint80) {
    uint256 harm = self.token == address(0) ? fee + self.cover : self.cover;
    // At most the stake, which has 80 bits.
    return harm < self.stake ? uint80(harm) : self.stake;
}

/// @notice Returns the EIP-712 struct hash of a request by `requester`, without a domain.
function hashFor(RequestParams memory self, address requester) pure returns (bytes32) {
    bytes memory head = abi.encode(
        REQUEST_TYPEHASH,
        requester,
        self.nonce,
        self.release,
        keccak256(abi.encodePacked(self.input)),
        self.policy.hash(),
        self.token,
        self.minFee,
        self.maxFee,
        self.rampStart
    );
    bytes memory tail = abi.encode(
        self.stake,
        self.bond,
        self.cover,
        self.maxGasPrice,
        self.verificationGas,
        self.callbackGas,
        self.provisionalGas,
        self.lockDeadline,
        self.deadline
    );
    return keccak256(bytes.concat(head, tail));
}
