// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {NitroAttestation, NitroStanding, NitroTerms, NitroVoucher} from "../types/Nitro.sol";
import {IEnclaveRegistry} from "./IEnclaveRegistry.sol";
import {IEscrow} from "./IEscrow.sol";

/// @title INitroRegistrars
/// @notice Quorums that say of AWS Nitro attestation documents that they verified them: the P-384 signatures of one cost too much
/// to be verified on-chain. Whatever they vouch for is emitted whole, so that anyone can verify it again and dispute it.
/// @dev Nobody is appointed: a quorum is data that anyone declares, and the measurement of an enclave commits to it. Whoever
/// approves or pins the measurement says whom it trusts.
/// @dev Warning: as many members as the threshold can vouch for a key that no enclave holds, and uphold it. A member alone can
/// void any key that its quorum vouched for.
interface INitroRegistrars is IEscrow {
    event QuorumDeclared(
        bytes32 indexed quorum,
        address[] members,
        uint256 threshold,
        uint256 disputeBond,
        uint256 disputeWindow
    );
    /// @param document The whole attestation document (COSE_Sign1).
    event NitroVouched(
        bytes32 indexed id,
        bytes32 indexed quorum,
        address indexed operator,
        NitroAttestation attestation,
        bytes document
    );
    event NitroDisputed(bytes32 indexed id, address indexed disputer, bytes32 document, uint256 deadline);
    event NitroUpheld(bytes32 indexed id, bytes32 document);
    /// @param by The member that objected, or who settled a dispute that nobody upheld.
    event NitroVoided(bytes32 indexed id, address indexed by);

    /// @notice No member, or more than `limit`.
    error RegistrarCountRefused(uint256 count, uint256 limit);
    /// @notice Members are distinct and ascend; the one at `index` is no greater than the one before it.
    error RegistrarsUnsorted(uint256 index);
    /// @notice More than half of the members, and no more than there are.
    error RegistrarThresholdRefused(uint256 threshold, uint256 count);
    error DisputeWindowRefused(uint256 window, uint256 least, uint256 most);
    /// @notice A dispute that costs nothing would freeze every key for as long as it takes to uphold it.
    error DisputeBondMissing();
    error QuorumNotDeclared(bytes32 quorum);
    /// @notice Only the registry that made this contract may.
    error RegistryMismatch(address registry, address sender);
    error DocumentLengthRefused(uint256 length, uint256 limit);
    error RegistrarsTooFew(uint256 signed, uint256 threshold);
    error RegistrarSignatureMalformed(uint256 index, ECDSA.RecoverError reason);
    /// @notice Not of a member, or of another statement.
    error RegistrarUnknown(bytes32 quorum, address signer);
    /// @notice Signatures ascend by who signed, each once; the one at `index` does not.
    error RegistrarSignaturesUnsorted(uint256 index);
    /// @notice Not what can be done with a key of this standing.
    error NitroStandingMismatch(bytes32 id, NitroStanding standing);
    /// @notice The key rests on another document by now.
    error NitroDocumentMismatch(bytes32 id, bytes32 document);
    /// @notice It is too late to uphold.
    error DisputeOver(bytes32 id, uint256 deadline);
    /// @notice It is too early to settle.
    error DisputeOpen(bytes32 id, uint256 deadline);

    /// @notice Declares a quorum; one that is known stays as it is.
    /// @param members Addresses that sign, ascending; at most 16.
    /// @param threshold How many have to; more than half.
    /// @param disputeBond Wei that a dispute costs where it is not upheld in time.
    /// @param disputeWindow Seconds, from an hour to 14 days.
    function declare(
        address[] calldata members,
        uint8 threshold,
        uint128 disputeBond,
        uint40 disputeWindow
    ) external returns (bytes32 quorum);

    /// @notice Keeps that a quorum vouched for a key; the registry may.
    /// @dev A key that is disputed or void takes no other document.
    /// @param signatures Of `NitroAttestation` (EIP-712), by members in ascending order.
    function vouch(
        bytes32 id,
        NitroAttestation calldata attestation,
        bytes calldata document,
        bytes[] calldata signatures
    ) external;

    /// @notice Voids a key since its registration; any member of its quorum may, at any time.
    function object(bytes32 id) external;

    /// @notice Disputes a key with the quorum's bond: it counts for nothing until the quorum upholds it.
    /// @param document Hash of the document that the key rests on: whoever disputes means that one and no newer.
    function dispute(bytes32 id, bytes32 document) external payable;

    /// @notice Ends a dispute in the key's favour; the bond is its operator's.
    /// @param signatures Of `NitroUpholding` (EIP-712), by members in ascending order: it names the dispute, so none is older.
    function uphold(bytes32 id, bytes[] calldata signatures) external;

    /// @notice Voids a key whose dispute was not upheld in time, since its registration; the bond returns to the disputer.
    function settle(bytes32 id) external;

    /// @notice Returns the registry that made this contract.
    function registry() external view returns (IEnclaveRegistry);

    /// @notice Returns what a quorum vouches by; all zero where nobody declared it.
    function termsOf(bytes32 quorum) external view returns (NitroTerms memory);

    function isMember(bytes32 quorum, address account) external view returns (bool);

    function voucherOf(bytes32 id) external view returns (NitroVoucher memory);

    function isDisputed(bytes32 id) external view returns (bool);

    /// @notice Returns the id of a quorum, declared or not: the hash of all that it is.
    function quorumIdOf(
        address[] calldata members,
        uint8 threshold,
        uint128 disputeBond,
        uint40 disputeWindow
    ) external pure returns (bytes32);
}
