// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Platform, PlatformFacts, QuoteVerdict} from "../types/Enclave.sol";
import {PublicKey} from "../types/P256.sol";
import {Quote} from "../types/Quote.sol";
import {TeeType} from "../types/Tcb.sol";

/// @title IDcapVerifier
/// @notice Says what a DCAP quote amounts to, by the vendor's certificates and collateral of now.
interface IDcapVerifier {
    event PlatformAdded(bytes32 indexed id, bytes32 indexed issuer, bytes6 indexed fmspc, uint256 notAfter);

    error PlatformUnknown(bytes32 id);
    /// @notice The certificate is that of an authority, or issued by another.
    error PlatformCertificateInvalid(bytes32 id);
    error PlatformNotYetValid(bytes32 id, uint256 notBefore);
    error PlatformExpired(bytes32 id, uint256 notAfter);
    /// @notice A certificate of the same key that begins as late or later is kept.
    error PlatformStale(bytes32 id, uint256 notBefore);
    error PlatformRevoked(bytes32 id, uint256 since);
    /// @notice The vendor revoked this combination of versions.
    error TcbRevoked(bytes32 platform);
    error TcbInfoMissing(bytes6 fmspc);
    error QeIdentityMissing();
    error PlatformCollateralExpired(uint256 nextUpdate);
    /// @notice Keeps what an authority certified of a platform; anyone may bring it.
    /// @param certificate PCK certificate, DER.
    /// @param issuer Key of the authority.
    function addPlatform(bytes calldata certificate, PublicKey calldata issuer) external returns (bytes32 id);

    /// @notice Returns what a quote amounts to, and what that follows from; reverts where nothing vouches for it.
    function assess(Quote calldata quote) external view returns (QuoteVerdict memory, PlatformFacts memory);

    /// @notice Returns what a quote with these facts amounts to now. Its status is `Revoked` where its versions are; whether its
    /// platform's certificate is revoked, `revokedSince` says.
    function reassess(TeeType tee, PlatformFacts memory facts) external view returns (QuoteVerdict memory);

    /// @notice Returns since when a platform's certificate or its issuer's is revoked; 0 where neither is.
    function revokedSince(bytes32 id) external view returns (uint40);

    /// @notice Returns a platform; one of zeros where there is none.
    function platformOf(bytes32 id) external view returns (Platform memory);

    /// @notice Returns whether all this stems from the published root, and proves nothing.
    function simulated() external view returns (bool);
}
