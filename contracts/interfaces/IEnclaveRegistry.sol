// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IDcapVerifier} from "./IDcapVerifier.sol";
import {INitroRegistrars} from "./INitroRegistrars.sol";
import {Binding, Enclave} from "../types/Enclave.sol";
import {ReleaseId} from "../types/Ids.sol";
import {NitroClaim} from "../types/Nitro.sol";
import {PublicKey} from "../types/P256.sol";
import {Quote} from "../types/Quote.sol";
import {TcbStatus} from "../types/Tcb.sol";

/// @title IEnclaveRegistry
/// @notice Keys that attested enclaves hold, and which measurements may serve which release.
/// @dev Of an AWS Nitro enclave it is registrars that say so, not this contract: whatever its key signs says `VOUCHED_ENCLAVE`.
/// @dev A quote is verified once, when its key is registered. A key counts at a time `t` where `validFrom <= t <= validTo` and
/// `t < compromisedSince`. `t` is now, or when the root was anchored below which the signature lies: so a receipt that is
/// anchored outlives its key. A key that registrars vouch for counts at no time while it is disputed; one that is void counts
/// as compromised since its registration, so that nothing anchored outlives that.
/// @dev Warning: an enclave runs the image that was measured, on hardware that its vendor vouches for. It does not make the model
/// right, and who has the machine in hand may break it (docs/threat-model.md).
interface IEnclaveRegistry {
    event EnclaveRegistered(
        bytes32 indexed id,
        address indexed operator,
        address indexed key,
        bytes32 measurement,
        TcbStatus status,
        bool simulated,
        uint256 validTo
    );
    event EnclaveRenewed(bytes32 indexed id, TcbStatus status, uint256 validTo);
    event EnclaveRetired(bytes32 indexed id);
    event EnclaveCompromised(bytes32 indexed id, uint256 since);
    event MeasurementApproved(ReleaseId indexed release, bytes32 indexed measurement, uint256 minSvn);
    event MeasurementWithdrawn(ReleaseId indexed release, bytes32 indexed measurement, uint256 since);
    event RootAnchored(bytes32 indexed root);

    /// @notice The quote is of another chain, registry, operator, key or nonce.
    error EnclaveBindingMismatch(bytes32 expected, bytes32 actual);
    /// @notice The chain has forgotten the block, or it is still to come.
    error NonceBlockUnknown(uint256 number);
    /// @notice The key was registered by a quote of this nonce or a newer one.
    error EnclaveAlreadyRegistered(bytes32 id);
    error EnclaveNotRegistered(bytes32 id);
    /// @notice A key has one measurement.
    error EnclaveMeasurementMismatch(bytes32 known, bytes32 measurement);
    error EnclaveAlreadyRetired(bytes32 id);
    error MeasurementAlreadyWithdrawn(ReleaseId release, bytes32 measurement);
    /// @notice The verifier of real quotes is of the published root, or that of simulated ones is not.
    error VerifierRootMismatch();
    error SimulationNotTaken();
    /// @notice Only the operator that a quote names may say so.
    error EnclaveOperatorMismatch(address operator, address sender);
    /// @notice An SGX measurement of a TD, or the other way round; of Nitro anything but an image.
    error MeasurementKindMismatch();
    /// @notice Its registrars have not upheld it yet.
    error EnclaveDisputed(bytes32 id);
    /// @notice Nobody publishes collateral of Nitro: register a new document.
    error EnclaveNotRenewable(bytes32 id);
    /// @notice Only the registrars may.
    error RegistrarsMismatch(address registrars, address sender);
    error EnclaveKeyCompromised(bytes32 id, uint256 since);
    /// @notice What it rests on is not known to hold at that time: renew it, or show that the receipt is older.
    error EnclaveLapsed(bytes32 id, uint256 validTo);
    /// @notice The key was not registered yet when the root was anchored.
    error EnclaveNotYetValid(bytes32 id, uint256 validFrom);
    /// @notice The publisher of the release does not let this measurement serve it, or not then, or not in this version.
    error MeasurementNotApproved(ReleaseId release, bytes32 measurement);
    error MeasurementPublisherMismatch(address publisher, address sender);
    error TimeInFuture(uint256 time);
    /// @notice Not of the lengths that `EnclaveEvidence` has.
    error EnclaveEvidenceMalformed(uint256 length);
    /// @notice Not 65 bytes, a high `s`, or a point that recovers to nobody.
    error EnclaveSignatureMalformed(ECDSA.RecoverError reason);
    error EnclaveSignatureMismatch(address signer, address key);

    /// @notice Registers the key that an enclave bound into its quote; the operator that it names may.
    /// @param certificate PCK certificate of the platform (DER), where it may be that nobody brought it yet; empty otherwise.
    /// @param issuer Key of the authority that certified the platform.
    function register(
        Quote calldata quote,
        Binding calldata binding,
        bytes calldata certificate,
        PublicKey calldata issuer
    ) external returns (bytes32 id);

    /// @notice Registers the key of an AWS Nitro enclave, whose attestation document registrars verified; the operator that it
    /// names may. The document is emitted by `INitroRegistrars`. A newer one of the same key extends its time.
    /// @dev Nobody judges such a platform: its status is the lowest that is not revoked, and it is exempt from no advisory.
    /// @param binding Of an image: its registers are what is measured.
    /// @param claim Its `validTo` is at most `INitroRegistrars.MAX_SPAN` after its `issuedAt`.
    /// @param document The whole attestation document (COSE_Sign1).
    /// @param signatures Of `NitroAttestation` (EIP-712), by registrars in ascending order.
    function registerVouched(
        Binding calldata binding,
        NitroClaim calldata claim,
        bytes calldata document,
        bytes[] calldata signatures
    ) external returns (bytes32 id);

    /// @notice Counts a key as compromised since its registration; the registrars that vouched for it may.
    function condemn(bytes32 id) external;

    /// @notice Judges a key again by the collateral of now: anyone may, but of a key that registrars vouch for. A worse verdict
    /// counts once `NOTICE` has passed. What the vendor revoked counts as compromised since the vendor's date, or since it was
    /// judged last where that is earlier.
    function renew(bytes32 id) external;

    /// @notice Says that the sender's enclave signs no more.
    function retire(address key) external;

    /// @notice Says that the sender's key is in other hands since `since`, for good.
    function disown(address key, uint40 since) external;

    /// @notice Lets a measurement serve a release from now on; its publisher may.
    /// @param minSvn Least version, of a measurement of a signer. It may be raised: what lower versions signed counts no more,
    /// once `NOTICE` has passed.
    function approve(ReleaseId release, bytes32 measurement, uint16 minSvn) external;

    /// @notice Takes a measurement back, from `since` on and for good; its publisher may. No request can ask for it any more;
    /// evidence is refused once `NOTICE` has passed.
    function withdraw(ReleaseId release, bytes32 measurement, uint40 since) external;

    /// @notice Keeps when a root was first seen; what lies below it is as old.
    /// @dev A leaf is `keccak256(keccak256(digest ‖ signature))`, nodes hash the lower child first; a leaf is a root too.
    function anchor(bytes32 root) external;

    /// @notice Returns what is known of a key.
    function enclaveOf(bytes32 id) external view returns (Enclave memory);

    /// @notice Returns the advisories that apply to a key, two bytes each: the number of `INTEL-SA-`, or `0xffff` for any other.
    function advisoriesOf(bytes32 id) external view returns (bytes memory);

    /// @notice Returns whether it is known that none of up to three advisories of 16 bits, 0 for none, applies to a key that is
    /// registered. Of a key that registrars vouch for nobody knows: it is exempt from none.
    function isExempt(bytes32 id, uint48 advisories) external view returns (bool);

    /// @notice Returns whether a release may be served by a measurement, by any where that is zero.
    function isServable(ReleaseId release, bytes32 measurement) external view returns (bool);

    /// @notice Returns whether a measurement in version `svn` may serve a release at `time`, by all that its publisher has said: what
    /// is taken back or raised counts here at once. An operator asks before it locks.
    function isApproved(ReleaseId release, bytes32 measurement, uint16 svn, uint40 time) external view returns (bool);

    /// @notice Returns the seconds for which evidence still counts that a publisher voids, and for which a key counts as it stood
    /// before a worse verdict: an operator that has locked a request has as long to answer it. Without them a publisher, or who
    /// brings the vendor's newer document, could take the bond of whoever serves a request.
    function NOTICE() external view returns (uint40);

    /// @notice Returns when a root was anchored; 0 where it was not.
    function anchoredAtOf(bytes32 root) external view returns (uint256);

    /// @notice Returns who verifies quotes below Intel's root, or below the published one.
    function verifierOf(bool simulated) external view returns (IDcapVerifier);

    /// @notice Returns who vouches for enclaves of AWS Nitro.
    function registrars() external view returns (INitroRegistrars);

    /// @notice Returns the 32 bytes that an enclave puts first into its report data, which 32 zeros follow, or has as user data.
    function bindingOf(Binding calldata binding, bytes32 nonce) external view returns (bytes32);

    /// @notice Returns the id of an operator's key under a measurement.
    function idOf(address operator, address key, bytes32 measurement) external pure returns (bytes32);
}
