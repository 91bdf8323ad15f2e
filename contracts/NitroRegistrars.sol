// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Escrow} from "./Escrow.sol";
import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {INitroRegistrars} from "./interfaces/INitroRegistrars.sol";
import {NitroAttestation, NitroStanding, NitroTerms, NitroVoucher} from "./types/Nitro.sol";

/// @title NitroRegistrars
/// @notice Quorums that vouch for AWS Nitro attestation documents, and disputes of what they vouched for.
/// @dev Immutable and without an owner. Its balance is the bonds of open disputes and what is owed of decided ones.
contract NitroRegistrars is INitroRegistrars, Escrow, EIP712, ERC165 {
    bytes32 private constant QUORUM_TAG = keccak256("vouch.nitro.quorum.v1");
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "NitroAttestation(address registry,bytes32 quorum,bytes32 document,address operator,address key,bytes32 measurement,bytes32 binding,uint40 issuedAt,uint40 validTo,uint40 nonceBlock,bool simulated)"
    );
    bytes32 private constant UPHOLDING_TYPEHASH = keccak256(
        "NitroUpholding(address registry,bytes32 id,bytes32 attestation,address disputer,uint40 deadline)"
    );
    uint256 private constant MAX_MEMBERS = 16;
    uint40 private constant MIN_WINDOW = 1 hours;
    /// @dev Bytes; those of AWS have 4 to 5 thousand.
    uint256 private constant MAX_DOCUMENT = 16_384;
    /// @dev A dispute costs sixteen times the first bond at most. An operator that disputes its own key gets each bond back, so
    /// that without a limit it could make the next one too dear for anybody else.
    uint8 private constant MAX_DOUBLINGS = 4;

    /// @inheritdoc INitroRegistrars
    uint40 public constant MAX_WINDOW = 12 hours;
    /// @inheritdoc INitroRegistrars
    uint40 public constant MAX_SPAN = 1 days;

    /// @inheritdoc INitroRegistrars
    IEnclaveRegistry public immutable registry;

    mapping(bytes32 quorum => NitroTerms terms) private _terms;
    mapping(bytes32 quorum => mapping(address account => bool member)) private _isMember;
    mapping(bytes32 id => NitroVoucher voucher) private _vouchers;

    constructor() EIP712("Vouch Nitro Registrars", "1") {
        registry = IEnclaveRegistry(msg.sender);
    }

    /// @inheritdoc INitroRegistrars
    function declare(
        address[] calldata members,
        uint8 threshold,
        uint128 disputeBond,
        uint40 disputeWindow
    ) external returns (bytes32 quorum) {
        uint256 count = members.length;
        require(count > 0 && count <= MAX_MEMBERS, RegistrarCountRefused(count, MAX_MEMBERS));
        bool isMajority = uint256(threshold) * 2 > count && threshold <= count;
        require(isMajority, RegistrarThresholdRefused(threshold, count));
        bool isWindow = disputeWindow >= MIN_WINDOW && disputeWindow <= MAX_WINDOW;
        require(isWindow, DisputeWindowRefused(disputeWindow, MIN_WINDOW, MAX_WINDOW));
        require(disputeBond > 0, DisputeBondMissing());
        quorum = quorumIdOf(members, threshold, disputeBond, disputeWindow);
        if (_terms[quorum].threshold > 0) return quorum;

        address last = address(0);
        for (uint256 i = 0; i < count; ++i) {
            require(members[i] > last, RegistrarsUnsorted(i));
            last = members[i];
            _isMember[quorum][last] = true;
        }
        _terms[quorum] = NitroTerms({threshold: threshold, disputeWindow: disputeWindow, disputeBond: disputeBond});

        emit QuorumDeclared(quorum, members, threshold, disputeBond, disputeWindow);
    }

    /// @inheritdoc INitroRegistrars
    function vouch(
        bytes32 id,
        NitroAttestation calldata attestation,
        bytes calldata document,
        bytes[] calldata signatures
    ) external {
        require(msg.sender == address(registry), RegistryMismatch(address(registry), msg.sender));
        uint256 length = document.length;
        require(length > 0 && length <= MAX_DOCUMENT, DocumentLengthRefused(length, MAX_DOCUMENT));
        uint256 latest = uint256(attestation.issuedAt) + MAX_SPAN;
        require(attestation.validTo <= latest, NitroSpanRefused(id, attestation.validTo, latest));
        NitroStanding standing = _vouchers[id].standing;
        bool isFree = standing != NitroStanding.Disputed && standing != NitroStanding.Void;
        require(isFree, NitroStandingMismatch(id, standing));
        bytes32 structHash = _structHashOf(attestation, keccak256(document));
        _requireSigned(attestation.quorum, structHash, signatures);

        _vouchers[id] = NitroVoucher({
            quorum: attestation.quorum,
            attestation: structHash,
            operator: attestation.operator,
            standing: NitroStanding.Vouched,
            upheld: 0,
            validTo: attestation.validTo,
            deadline: 0,
            disputer: address(0)
        });

        emit NitroVouched(id, attestation.quorum, attestation.operator, attestation, document);
    }

    /// @inheritdoc INitroRegistrars
    function object(bytes32 id) external {
        NitroVoucher memory voucher = _vouchers[id];
        NitroStanding standing = voucher.standing;
        bool isOpen = standing != NitroStanding.Unknown && standing != NitroStanding.Void;
        require(isOpen, NitroStandingMismatch(id, standing));
        require(_isMember[voucher.quorum][msg.sender], RegistrarUnknown(voucher.quorum, msg.sender));

        if (standing == NitroStanding.Disputed) _credit(NATIVE, voucher.disputer, bondOf(id));
        _void(id);
    }

    /// @inheritdoc INitroRegistrars
    function dispute(bytes32 id, bytes32 attestation) external payable {
        NitroVoucher storage voucher = _vouchers[id];
        NitroStanding standing = voucher.standing;
        bool isOpen = standing == NitroStanding.Vouched || standing == NitroStanding.Upheld;
        require(isOpen, NitroStandingMismatch(id, standing));
        require(voucher.attestation == attestation, NitroAttestationMismatch(id, voucher.attestation));
        uint40 window = _terms[voucher.quorum].disputeWindow;
        uint256 last = uint256(voucher.validTo) + window;
        require(block.timestamp <= last, DisputeTooLate(id, last));
        _collect(NATIVE, bondOf(id));

        // The time fits until the year 36,000.
        uint40 deadline = uint40(block.timestamp) + window;
        voucher.standing = NitroStanding.Disputed;
        (voucher.disputer, voucher.deadline) = (msg.sender, deadline);

        emit NitroDisputed(id, msg.sender, attestation, deadline);
    }

    /// @inheritdoc INitroRegistrars
    function uphold(bytes32 id, bytes[] calldata signatures) external {
        NitroVoucher memory disputed = _requireDisputed(id);
        require(block.timestamp <= disputed.deadline, DisputeOver(id, disputed.deadline));
        bytes32 structHash = keccak256(
            abi.encode(
                UPHOLDING_TYPEHASH,
                address(registry),
                id,
                disputed.attestation,
                disputed.disputer,
                disputed.deadline
            )
        );
        _requireSigned(disputed.quorum, structHash, signatures);

        // Before it is counted as upheld: the bond of this dispute, not of the next.
        _credit(NATIVE, disputed.operator, bondOf(id));
        NitroVoucher storage voucher = _vouchers[id];
        voucher.standing = NitroStanding.Upheld;
        if (disputed.upheld < MAX_DOUBLINGS) voucher.upheld = disputed.upheld + 1;
        (voucher.disputer, voucher.deadline) = (address(0), 0);

        emit NitroUpheld(id, disputed.attestation);
    }

    /// @inheritdoc INitroRegistrars
    function settle(bytes32 id) external {
        NitroVoucher memory disputed = _requireDisputed(id);
        require(block.timestamp > disputed.deadline, DisputeOpen(id, disputed.deadline));

        _credit(NATIVE, disputed.disputer, bondOf(id));
        _void(id);
    }

    /// @inheritdoc INitroRegistrars
    function termsOf(bytes32 quorum) external view returns (NitroTerms memory) {
        return _terms[quorum];
    }

    /// @inheritdoc INitroRegistrars
    function isMember(bytes32 quorum, address account) external view returns (bool) {
        return _isMember[quorum][account];
    }

    /// @inheritdoc INitroRegistrars
    function voucherOf(bytes32 id) external view returns (NitroVoucher memory) {
        return _vouchers[id];
    }

    /// @inheritdoc INitroRegistrars
    function isDisputed(bytes32 id) external view returns (bool) {
        return _vouchers[id].standing == NitroStanding.Disputed;
    }

    /// @inheritdoc INitroRegistrars
    function bondOf(bytes32 id) public view returns (uint256) {
        NitroVoucher storage voucher = _vouchers[id];
        // No bit is lost: 128 of them, doubled `MAX_DOUBLINGS` times.
        return uint256(_terms[voucher.quorum].disputeBond) << voucher.upheld;
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(INitroRegistrars).interfaceId ||
            interfaceId == type(IEscrow).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /// @inheritdoc INitroRegistrars
    function quorumIdOf(
        address[] calldata members,
        uint8 threshold,
        uint128 disputeBond,
        uint40 disputeWindow
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(QUORUM_TAG, members, threshold, disputeBond, disputeWindow));
    }

    /// @dev Whoever the bond of a dispute is owed to was credited before.
    function _void(bytes32 id) private {
        NitroVoucher storage voucher = _vouchers[id];
        voucher.standing = NitroStanding.Void;
        (voucher.disputer, voucher.deadline) = (address(0), 0);

        emit NitroVoided(id, msg.sender);

        registry.condemn(id);
    }

    /// @dev Demands that as many distinct members as the quorum says signed. Whoever signs once more is refused, too.
    function _requireSigned(bytes32 quorum, bytes32 structHash, bytes[] calldata signatures) private view {
        uint256 threshold = _terms[quorum].threshold;
        require(threshold > 0, QuorumNotDeclared(quorum));
        require(signatures.length >= threshold, RegistrarsTooFew(signatures.length, threshold));
        bytes32 digest = _hashTypedDataV4(structHash);
        address last = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer, ECDSA.RecoverError reason, ) = ECDSA.tryRecoverCalldata(digest, signatures[i]);
            require(reason == ECDSA.RecoverError.NoError, RegistrarSignatureMalformed(i, reason));
            require(_isMember[quorum][signer], RegistrarUnknown(quorum, signer));
            require(signer > last, RegistrarSignaturesUnsorted(i));
            last = signer;
        }
    }

    function _requireDisputed(bytes32 id) private view returns (NitroVoucher memory disputed) {
        disputed = _vouchers[id];
        require(disputed.standing == NitroStanding.Disputed, NitroStandingMismatch(id, disputed.standing));
    }

    function _structHashOf(NitroAttestation calldata attestation, bytes32 document) private view returns (bytes32) {
        // Words of fixed width both times, so that joining them encodes the whole.
        return
            keccak256(
                bytes.concat(
                    abi.encode(
                        ATTESTATION_TYPEHASH,
                        address(registry),
                        attestation.quorum,
                        document,
                        attestation.operator,
                        attestation.key
                    ),
                    abi.encode(
                        attestation.measurement,
                        attestation.binding,
                        attestation.issuedAt,
                        attestation.validTo,
                        attestation.nonceBlock,
                        attestation.simulated
                    )
                )
            );
    }
}
