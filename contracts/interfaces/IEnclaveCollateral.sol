// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Collateral} from "../types/Collateral.sol";
import {Signature} from "../types/P256.sol";
import {TeeType} from "../types/Tcb.sol";

/// @title IEnclaveCollateral
/// @notice How each platform model, TDX module and quoting enclave stands, as the vendor of the hardware says.
/// @dev Signed by an authority, and anyone may bring it. A row is replaced only by one that is newer in every respect, or by any
/// where its signer was revoked. Nothing is deleted: a row past its date is refused by whoever reads it.
interface IEnclaveCollateral {
    event TcbInfoRefreshed(
        bytes6 indexed fmspc,
        TeeType indexed tee,
        uint256 evaluation,
        uint256 issuedAt,
        uint256 nextUpdate
    );
    event QeIdentityRefreshed(TeeType indexed tee, uint256 evaluation, uint256 issuedAt, uint256 nextUpdate);

    /// @notice It begins in the future.
    error CollateralNotYetValid(uint256 issuedAt);
    error CollateralExpired(uint256 nextUpdate);
    /// @notice The row is as new or newer, by its evaluation number or by its date.
    error CollateralStale(uint256 evaluation, uint256 issuedAt);
    /// @notice Not signed by the authority.
    error CollateralSignatureInvalid(bytes32 authority);

    /// @notice Replaces the TCB info of a platform model.
    /// @param text Value of `tcbInfo`, byte by byte.
    /// @param signature By an authority for TCB signing.
    function refreshTcbInfo(bytes calldata text, Signature calldata signature) external;

    /// @notice Replaces the identity of a quoting enclave.
    /// @param text Value of `enclaveIdentity`, byte by byte.
    /// @param signature By an authority for TCB signing.
    function refreshQeIdentity(bytes calldata text, Signature calldata signature) external;

    /// @notice Returns the row of a platform model: its content is an encoded `TcbInfo.Info`.
    function tcbInfoOf(TeeType tee, bytes6 fmspc) external view returns (Collateral memory);

    /// @notice Returns the row of a quoting enclave: its content is an encoded `QeIdentity.Identity`.
    function qeIdentityOf(TeeType tee) external view returns (Collateral memory);
}
