// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {IRequestFunding} from "./interfaces/IRequestFunding.sol";
import {ISignatureTransfer} from "./interfaces/ISignatureTransfer.sol";
import {ITokenSignatures} from "./interfaces/ITokenSignatures.sol";
import {RequestId} from "./types/Ids.sol";
import {RequestParams} from "./types/Request.sol";

/// @title RequestFunding
/// @notice Makes signed requests whose escrow comes, in a token, from the requester itself.
/// @dev Whether the requester signed the parameters is decided last, by the call that makes the request: if it did not,
/// all of the transaction is undone, the transfer included. Until then only the token, its permit functions and Permit2 have
/// run, and a token that misbehaves has but its own units to harm.
contract RequestFunding is IRequestFunding, ERC165 {
    using SafeERC20 for IERC20;

    /// @dev What follows Permit2's own fields in the type that is signed.
    string private constant WITNESS_TYPE = "bytes32 request)TokenPermissions(address token,uint256 amount)";

    /// @inheritdoc IRequestFunding
    IInferenceRequests public immutable requests;
    /// @inheritdoc IRequestFunding
    ISignatureTransfer public immutable permit2;

    /// @dev Leaves the contract with what it had: no less, where somebody sent tokens here, and no more.
    modifier forwardingAll(address token) {
        require(token != address(0), FundingTokenNative());
        uint256 held = IERC20(token).balanceOf(address(this));
        _;
        uint256 left = IERC20(token).balanceOf(address(this));
        require(left == held, FundingNotForwarded(token, left, held));
    }

    constructor(IInferenceRequests requests_, ISignatureTransfer permit2_) {
        requests = requests_;
        permit2 = permit2_;
    }

    /// @inheritdoc IRequestFunding
    function requestWithAllowance(
        address requester,
        RequestParams calldata params,
        bytes calldata signature
    ) external forwardingAll(params.token) returns (RequestId) {
        return _requestFromAllowance(requester, params, signature);
    }

    /// @inheritdoc IRequestFunding
    function requestWithPermit(
        address requester,
        RequestParams calldata params,
        bytes calldata signature,
        Permit calldata permit
    ) external forwardingAll(params.token) returns (RequestId) {
        _tryPermit(params.token, requester, permit);
        return _requestFromAllowance(requester, params, signature);
    }

    /// @inheritdoc IRequestFunding
    function requestWithAuthorization(
        address requester,
        RequestParams calldata params,
        bytes calldata signature,
        Authorization calldata authorization
    ) external forwardingAll(params.token) returns (RequestId) {
        uint256 escrow = params.escrowOf();
        bytes32 nonce = RequestId.unwrap(requests.requestIdOf(requester, params.nonce));
        _receive(params.token, requester, escrow, nonce, authorization);
        return _request(requester, params, signature, escrow);
    }

    /// @inheritdoc IRequestFunding
    function requestWithPermit2(
        address requester,
        RequestParams calldata params,
        bytes calldata signature,
        Permit2Transfer calldata transfer
    ) external forwardingAll(params.token) returns (RequestId) {
        uint256 escrow = params.escrowOf();
        permit2.permitWitnessTransferFrom({
            permit: ISignatureTransfer.PermitTransferFrom({
                permitted: ISignatureTransfer.TokenPermissions({token: params.token, amount: escrow}),
                nonce: transfer.nonce,
                deadline: transfer.deadline
            }),
            transferDetails: ISignatureTransfer.SignatureTransferDetails({to: address(this), requestedAmount: escrow}),
            owner: requester,
            witness: RequestId.unwrap(requests.requestIdOf(requester, params.nonce)),
            witnessTypeString: WITNESS_TYPE,
            signature: transfer.signature
        });
        return _request(requester, params, signature, escrow);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IRequestFunding).interfaceId || super.supportsInterface(interfaceId);
    }

    function _requestFromAllowance(
        address requester,
        RequestParams calldata params,
        bytes calldata signature
    ) private returns (RequestId) {
        uint256 escrow = params.escrowOf();
        IERC20(params.token).safeTransferFrom(requester, address(this), escrow);
        return _request(requester, params, signature, escrow);
    }

    function _request(
        address requester,
        RequestParams calldata params,
        bytes calldata signature,
        uint256 escrow
    ) private returns (RequestId) {
        IERC20(params.token).forceApprove(address(requests), escrow);
        return requests.requestFor(requester, params, signature);
    }

    /// @dev A failure is no reason to stop: anyone can send a permit that they see, so that this one finds it used. Nor is a
    /// success one to go on: a token whose fallback takes any call has granted nothing. The transfer decides.
    function _tryPermit(address token, address owner, Permit calldata permit) private {
        (uint8 v, bytes32 r, bytes32 s) = ECDSA.parseCalldata(permit.signature);
        (address spender, uint256 value, uint256 deadline) = (address(this), permit.value, permit.deadline);
        LowLevelCall.callNoReturn(
            token,
            v != 0
                ? abi.encodeCall(IERC20Permit.permit, (owner, spender, value, deadline, v, r, s))
                : abi.encodeCall(ITokenSignatures.permit, (owner, spender, value, deadline, permit.signature))
        );
    }

    /// @dev The token lets none but the receiver send this, so that nobody can spend it without making the request.
    function _receive(
        address token,
        address from,
        uint256 value,
        bytes32 nonce,
        Authorization calldata authorization
    ) private {
        (uint8 v, bytes32 r, bytes32 s) = ECDSA.parseCalldata(authorization.signature);
        if (v != 0) {
            IERC3009(token).receiveWithAuthorization({
                from: from,
                to: address(this),
                value: value,
                validAfter: authorization.validAfter,
                validBefore: authorization.validBefore,
                nonce: nonce,
                v: v,
                r: r,
                s: s
            });
        } else {
            ITokenSignatures(token).receiveWithAuthorization({
                from: from,
                to: address(this),
                value: value,
                validAfter: authorization.validAfter,
                validBefore: authorization.validBefore,
                nonce: nonce,
                signature: authorization.signature
            });
        }
    }
}
