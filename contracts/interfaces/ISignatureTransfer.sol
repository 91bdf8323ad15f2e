// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title ISignatureTransfer
/// @notice The part of Permit2 that moves tokens once, on a signature that names the spender and a witness.
interface ISignatureTransfer {
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Moves what `owner` permitted the sender to take; the nonce is used up.
    /// @param witnessTypeString The rest of the type's encoding, from the witness on.
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external;
}
