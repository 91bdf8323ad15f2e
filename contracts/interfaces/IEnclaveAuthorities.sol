// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Authority, AuthorityRole, Revocations} from "../types/Collateral.sol";
import {PublicKey} from "../types/P256.sol";

/// @title IEnclaveAuthorities
/// @notice The certificate authorities of the hardware's vendor, and the certificates that they revoked.
/// @dev Everything is signed below one root, and anyone may bring it. A certificate or a list is replaced only by one that is
/// newer in every respect.
/// @dev Warning: of two roots a deployment chooses one, for good: Intel's, or one whose private key is published so that
/// development needs no hardware. They share no row: each has a contract of its own.
interface IEnclaveAuthorities {
    event AuthorityAdded(bytes32 indexed id, AuthorityRole role, uint256 notAfter);
    event RevocationsRefreshed(bytes32 indexed issuer, uint256 number, uint256 thisUpdate, uint256 nextUpdate);

    error AuthorityUnknown(bytes32 id);
    /// @notice The certificate is not that of an authority with a name that is known here.
    error AuthorityNameUnknown(bytes32 commonName);
    error AuthorityRevoked(bytes32 id);
    /// @notice A certificate of the same key that begins as late or later is kept.
    error AuthorityStale(bytes32 id, uint256 notBefore);
    error AuthorityNotYetValid(bytes32 id, uint256 notBefore);
    error AuthorityExpired(bytes32 id, uint256 notAfter);
    /// @notice An authority of another role than what was signed demands.
    error AuthorityRoleMismatch(bytes32 id, AuthorityRole role);
    /// @notice The list is another issuer's, by the name in it.
    error IssuerMismatch(bytes32 issuer);
    /// @notice The list begins in the future.
    error RevocationsNotYetValid(bytes32 issuer, uint256 thisUpdate);
    error RevocationsExpired(bytes32 issuer, uint256 nextUpdate);
    /// @notice What is kept is as new or newer, by its number or by its date.
    error RevocationsStale(bytes32 issuer, uint256 number, uint256 thisUpdate);
    /// @notice Nobody has brought the list of this issuer.
    error RevocationsMissing(bytes32 issuer);

    /// @notice Adds an authority that the root certified: platform CA, processor CA or TCB signing.
    /// @param certificate DER.
    function addAuthority(bytes calldata certificate) external returns (bytes32 id);

    /// @notice Replaces the list of certificates that an issuer revoked.
    /// @param list DER.
    /// @param issuerKey Of the root or of a PCK authority.
    function refreshRevocations(bytes calldata list, PublicKey calldata issuerKey) external;

    /// @notice Returns an authority; one without a role where there is none.
    function authorityOf(bytes32 id) external view returns (Authority memory);

    /// @notice Returns an authority that may sign now: known, in its time, and not revoked.
    function requireAuthority(bytes32 id) external view returns (Authority memory);

    /// @notice Returns what is kept of the list that `issuer` signed last.
    function revocationsOf(bytes32 issuer) external view returns (Revocations memory);

    /// @notice Returns until when the list holds that `issuer` signed last; 0 where there is none.
    function nextUpdateOf(bytes32 issuer) external view returns (uint40);

    /// @notice Returns when `issuer` revoked the certificate `serial`, as the list says that is kept; 0 where it does not.
    function revokedAt(bytes32 issuer, uint160 serial) external view returns (uint40);

    /// @notice Returns the id of the root: the hash of its public key.
    function root() external view returns (bytes32);

    /// @notice Returns whether the root is the published one: what stems from it proves nothing.
    function simulated() external view returns (bool);
}
