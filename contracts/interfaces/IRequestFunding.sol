// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {RequestId} from "../types/Ids.sol";
import {RequestParams} from "../types/Request.sol";
import {IInferenceRequests} from "./IInferenceRequests.sol";
import {ISignatureTransfer} from "./ISignatureTransfer.sol";

/// @title IRequestFunding
/// @notice Makes signed requests whose escrow comes, in a token, from the requester itself: it needs no native token, and
/// whoever sends the transaction needs no other.
/// @dev Stateless and without owner. In each function `signature` is the requester's over `params`, as
/// `IInferenceRequests.requestFor` takes it, and nothing moves without it: exactly the escrow is taken, it goes into this
/// request, and this contract holds afterwards what it held before. Refunds and surplus are the requester's. A sender is
/// not paid.
/// A signature over a transfer with 65 bytes (or 64, ERC-2098) goes to the token as `v, r, s`. Any other goes to its function
/// that takes bytes (`ITokenSignatures`), as does one whose `v` is 0: a contract that is the requester signs so.
/// Warning: the permit of DAI, which has other parameters, is not supported; use Permit2. Warning: tokens sent to this
/// contract are lost.
interface IRequestFunding {
    /// @notice EIP-2612.
    /// @param value Allowance that was signed, at least the escrow.
    struct Permit {
        uint256 value;
        uint256 deadline;
        bytes signature;
    }

    /// @notice EIP-3009, type `ReceiveWithAuthorization`: to this contract, the value is the escrow, the nonce the request's id.
    struct Authorization {
        uint256 validAfter;
        uint256 validBefore;
        bytes signature;
    }

    /// @notice Permit2, type `PermitWitnessTransferFrom`: the spender is this contract, the amount the escrow, and the
    /// witness `bytes32 request` the request's id.
    /// @param nonce Of Permit2, not of the request.
    struct Permit2Transfer {
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    /// @notice A request in the native token is paid for by its sender: `IInferenceRequests.requestFor`.
    error FundingTokenNative();
    /// @notice The token moved another amount than was asked of it: it takes a fee, or lies.
    error FundingNotForwarded(address token, uint256 balance, uint256 needed);

    /// @notice Takes the escrow out of an allowance that the requester gave this contract.
    /// @dev Warning: where such an allowance is left, anyone who holds a signed request in its token can have it paid so, also
    /// a relayer that was expected to pay itself.
    function requestWithAllowance(
        address requester,
        RequestParams calldata params,
        bytes calldata signature
    ) external returns (RequestId);

    /// @notice Likewise, after a signed allowance.
    /// @dev A permit that fails is passed over: somebody may have sent it already, and the allowance decides. Warning: a
    /// `value` above the escrow leaves an allowance.
    function requestWithPermit(
        address requester,
        RequestParams calldata params,
        bytes calldata signature,
        Permit calldata permit
    ) external returns (RequestId);

    /// @notice Takes the escrow by an authorization that can pay for this request alone, and is nobody else's to send.
    /// @dev Warning: tokens that read an order into the nonce (OpenZeppelin's `ERC20TransferAuthorization`) refuse it.
    function requestWithAuthorization(
        address requester,
        RequestParams calldata params,
        bytes calldata signature,
        Authorization calldata authorization
    ) external returns (RequestId);

    /// @notice Takes the escrow through Permit2, which the requester has approved, by a signature that can pay for this
    /// request alone.
    function requestWithPermit2(
        address requester,
        RequestParams calldata params,
        bytes calldata signature,
        Permit2Transfer calldata transfer
    ) external returns (RequestId);

    /// @notice Returns the contract that requests are made in.
    function requests() external view returns (IInferenceRequests);

    /// @notice Returns the Permit2 whose signatures are taken.
    function permit2() external view returns (ISignatureTransfer);
}
