// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

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
/// void any key that its quorum vouched for, at any time, and with it all that the key ever signed, anchored or not.
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
    event NitroDisputed(bytes32 indexed id, address indexed disputer, bytes32 attestation, uint256 deadline);
    event NitroUpheld(bytes32 indexed id, bytes32 attestation);
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
    /// @notice The key is to count for longer than `MAX_SPAN` after its document was made: until `latest` at most.
    error NitroSpanRefused(bytes32 id, uint256 validTo, uint256 latest);
    error RegistrarsTooFew(uint256 signed, uint256 threshold);
    error RegistrarSignatureMalformed(uint256 index, ECDSA.RecoverError reason);
    /// @notice Not of a member, or of another statement.
    error RegistrarUnknown(bytes32 quorum, address signer);
    /// @notice Signatures ascend by who signed, each once; the one at `index` does not.
    error RegistrarSignaturesUnsorted(uint256 index);
    /// @notice Not what can be done with a key of this standing.
    error NitroStandingMismatch(bytes32 id, NitroStanding standing);
    /// @notice The key rests on another attestation by now.
    error NitroAttestationMismatch(bytes32 id, bytes32 attestation);
    /// @notice Nothing newer was vouched for, and the time to dispute that is over since `last`; a member may still object.
    error DisputeTooLate(bytes32 id, uint256 last);
    /// @notice It is too late to uphold.
    error DisputeOver(bytes32 id, uint256 deadline);
    /// @notice It is too early to settle.
    error DisputeOpen(bytes32 id, uint256 deadline);

    /// @notice Declares a quorum; one that is known stays as it is.
    /// @dev Warning: a dispute freezes all that a key signs until the registrars uphold it, so whoever gains from a late answer can
    /// make its operator late. The bond is the operator's then: it has to exceed the stake that depends on one key. An operator
    /// that must not be late keeps a second key, or another kind of evidence.
    /// @param members Addresses that sign, ascending; at most 16.
    /// @param threshold How many have to; more than half.
    /// @param disputeBond Wei that the first dispute of an attestation costs where it is upheld.
    /// @param disputeWindow Seconds, from an hour to `MAX_WINDOW`.
    function declare(
        address[] calldata members,
        uint8 threshold,
        uint128 disputeBond,
        uint40 disputeWindow
    ) external returns (bytes32 quorum);

    /// @notice Keeps that a quorum vouched for a key; the registry may.
    /// @dev A key that is disputed or void takes no other document. With a newer one the bond of a dispute is the first again.
    /// @param signatures Of `NitroAttestation` (EIP-712), by members in ascending order.
    function vouch(
        bytes32 id,
        NitroAttestation calldata attestation,
        bytes calldata document,
        bytes[] calldata signatures
    ) external;

    /// @notice Voids a key since its registration; any member of its quorum may, at any time.
    function object(bytes32 id) external;

    /// @notice Disputes a key with `bondOf(id)`: it counts for nothing until the quorum upholds it. That may be disputed again, for
    /// twice as much, so that nobody has its own key upheld to be left alone.
    /// @dev Until the quorum's window after the key's `validTo`: what rests on a key for long is not to fall for gas once its
    /// registrars are gone.
    /// @param attestation Struct hash of the `NitroAttestation` that the key rests on: whoever disputes means that one and no newer.
    function dispute(bytes32 id, bytes32 attestation) external payable;

    /// @notice Ends a dispute in the key's favour; the bond is its operator's.
    /// @param signatures Of `NitroUpholding` (EIP-712), by members in ascending order: it names the dispute, so none is older, and all
    /// that was attested, so that nothing that was said of a document stands which the document does not say.
    function uphold(bytes32 id, bytes[] calldata signatures) external;

    /// @notice Voids a key whose dispute was not upheld in time, since its registration; the bond returns to the disputer.
    function settle(bytes32 id) external;

    /// @notice Returns the longest window that a quorum may have, in seconds.
    /// @dev Below `ReceiptLedger.ANSWER_PERIOD`, a day, in which an operator shows evidence of an item that is disputed or loses its
    /// stake: what is upheld leaves time to answer, unless it is disputed again at once, for twice as much.
    function MAX_WINDOW() external view returns (uint40);

    /// @notice Returns for how many seconds after its document was made a key may count at most.
    /// @dev Certificates of AWS's enclaves hold for about three hours. A day leaves room for longer ones, and bounds how long what was
    /// vouched for can be disputed: a day and the quorum's window after its document.
    function MAX_SPAN() external view returns (uint40);

    /// @notice Returns the registry that made this contract.
    function registry() external view returns (IEnclaveRegistry);

    /// @notice Returns what a quorum vouches by; all zero where nobody declared it.
    function termsOf(bytes32 quorum) external view returns (NitroTerms memory);

    function isMember(bytes32 quorum, address account) external view returns (bool);

    function voucherOf(bytes32 id) external view returns (NitroVoucher memory);

    function isDisputed(bytes32 id) external view returns (bool);

    /// @notice Returns the wei that are at stake in a key's open dispute, or that the next one takes: those of the quorum, doubled by
    /// each time that its attestation was upheld, sixteen times as much at most.
    function bondOf(bytes32 id) external view returns (uint256);

    /// @notice Returns the id of a quorum, declared or not: the hash of all that it is.
    function quorumIdOf(
        address[] calldata members,
        uint8 threshold,
        uint128 disputeBond,
        uint40 disputeWindow
    ) external pure returns (bytes32);
}
