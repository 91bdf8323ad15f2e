// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {EnclaveImages} from "./EnclaveImages.sol";
import {NitroRegistrars} from "./NitroRegistrars.sol";
import {IDcapVerifier} from "./interfaces/IDcapVerifier.sol";
import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INitroRegistrars} from "./interfaces/INitroRegistrars.sol";
import {BeaconSeed} from "./libraries/BeaconSeed.sol";
import {DcapQuote} from "./libraries/DcapQuote.sol";
import {EnclaveEvidence} from "./libraries/EnclaveEvidence.sol";
import {EnclaveReport} from "./libraries/EnclaveReport.sol";
import {Assurance, SIMULATED_ENCLAVE, VOUCHED_ENCLAVE} from "./types/Assurance.sol";
import {Binding, Enclave, MeasurementKind, PlatformFacts, QuoteVerdict} from "./types/Enclave.sol";
import {EvidenceKind} from "./types/Evidence.sol";
import {NitroAttestation, NitroClaim} from "./types/Nitro.sol";
import {PublicKey} from "./types/P256.sol";
import {Quote} from "./types/Quote.sol";
import {Statement} from "./types/Statement.sol";
import {TcbStatus, TeeType} from "./types/Tcb.sol";

/// @title EnclaveRegistry
/// @notice Keys of attested enclaves, and the statements that they sign: see `EnclaveEvidence`.
/// @dev Immutable. A quote is verified once; an inference costs a recovery and two slots.
contract EnclaveRegistry is IEnclaveRegistry, IEvidenceVerifier, EnclaveImages, ERC165 {
    using DcapQuote for bytes;
    using EnclaveEvidence for bytes;
    using EnclaveReport for bytes;

    /// @param until When a worse verdict begins to count.
    /// @param advisories What applied before it.
    struct Notice {
        uint40 until;
        bytes advisories;
    }

    bytes32 private constant BINDING_TYPEHASH = keccak256(
        "EnclaveBinding(uint256 chainId,address registry,address operator,address key,uint8 kind,bytes32 nonce)"
    );

    IDcapVerifier private immutable _verifier;
    /// @dev Of quotes that prove nothing; zero where this deployment takes none.
    IDcapVerifier private immutable _simulation;
    /// @inheritdoc IEnclaveRegistry
    INitroRegistrars public immutable registrars;

    mapping(bytes32 id => Enclave enclave) private _enclaves;
    mapping(bytes32 id => PlatformFacts facts) private _facts;
    mapping(bytes32 id => bytes advisories) private _advisories;
    mapping(bytes32 id => Notice notice) private _notices;
    mapping(address operator => mapping(address key => bytes32 measurement)) private _measurements;
    mapping(bytes32 root => uint256 time) private _anchors;

    constructor(IModelRegistry models, IDcapVerifier verifier, IDcapVerifier simulation) EnclaveImages(models) {
        bool apart = !verifier.simulated() && (address(simulation) == address(0) || simulation.simulated());
        require(apart, VerifierRootMismatch());
        (_verifier, _simulation) = (verifier, simulation);
        registrars = new NitroRegistrars();
    }

    /* KEYS */

    /// @inheritdoc IEnclaveRegistry
    function register(
        Quote calldata quote,
        Binding calldata binding,
        bytes calldata certificate,
        PublicKey calldata issuer
    ) external returns (bytes32 id) {
        require(binding.operator == msg.sender, EnclaveOperatorMismatch(binding.operator, msg.sender));
        IDcapVerifier verifier = verifierOf(binding.simulated);
        if (certificate.length > 0 && verifier.platformOf(quote.certification.key.idOf()).notAfter == 0) {
            verifier.addPlatform(certificate, issuer);
        }
        (QuoteVerdict memory verdict, PlatformFacts memory facts) = verifier.assess(quote);
        bytes32 measurement = _requireBound(quote.signed, binding);
        (, bytes calldata body) = quote.signed.bodyOf();
        id = _enter(binding, measurement, verdict, verdict.tee == TeeType.Sgx ? body.isvSvn() : 0);
        _facts[id] = facts;
    }

    /// @inheritdoc IEnclaveRegistry
    function registerVouched(
        Binding calldata binding,
        NitroClaim calldata claim,
        bytes calldata document,
        bytes[] calldata signatures
    ) external returns (bytes32 id) {
        require(binding.operator == msg.sender, EnclaveOperatorMismatch(binding.operator, msg.sender));
        require(binding.kind == MeasurementKind.Image, MeasurementKindMismatch());
        // Where simulated quotes are not taken, simulated documents are not either.
        if (binding.simulated) verifierOf(true);
        require(claim.issuedAt <= block.timestamp, TimeInFuture(claim.issuedAt));
        bytes32 measurement = _labelled(claim.measurementOf(), binding.simulated);
        QuoteVerdict memory verdict = QuoteVerdict({
            tee: TeeType.Nitro,
            status: TcbStatus.OutOfDateConfigurationNeeded,
            validTo: claim.validTo,
            advisories: ""
        });
        id = _enter(binding, measurement, verdict, 0);
        require(claim.validTo >= block.timestamp, EnclaveLapsed(id, claim.validTo));
        NitroAttestation memory attestation = NitroAttestation({
            quorum: claim.quorum,
            operator: msg.sender,
            key: binding.key,
            measurement: measurement,
            binding: bindingOf(binding, _nonceOf(binding)),
            issuedAt: claim.issuedAt,
            validTo: claim.validTo,
            nonceBlock: binding.nonceBlock,
            simulated: binding.simulated
        });
        registrars.vouch(id, attestation, document, signatures);
    }

    /// @inheritdoc IEnclaveRegistry
    function condemn(bytes32 id) external {
        require(msg.sender == address(registrars), RegistrarsMismatch(address(registrars), msg.sender));
        _compromise(id, _enclaves[id], 0);
    }

    /// @inheritdoc IEnclaveRegistry
    function renew(bytes32 id) external {
        Enclave storage enclave = _enclaves[id];
        require(enclave.validFrom > 0, EnclaveNotRegistered(id));
        PlatformFacts memory facts = _facts[id];
        // Of a platform that a quote names: of Nitro nothing is known that could be judged again.
        require(facts.platform != 0, EnclaveNotRenewable(id));
        IDcapVerifier verifier = verifierOf(enclave.simulated);
        uint40 since = verifier.revokedSince(facts.platform);
        if (since == 0) {
            QuoteVerdict memory verdict = verifier.reassess(enclave.tee, facts);
            if (verdict.status != TcbStatus.Revoked) {
                _judge(id, enclave, verdict);
                emit EnclaveRenewed(id, verdict.status, verdict.validTo);
                return;
            }
            since = enclave.checkedAt;
        }
        // Dates of revocation move on with each list: that nothing was known when it was checked last is no excuse.
        _compromise(id, enclave, since < enclave.checkedAt ? since : enclave.checkedAt);
    }

    /// @inheritdoc IEnclaveRegistry
    function retire(address key) external {
        bytes32 id = idOf(msg.sender, key, _measurements[msg.sender][key]);
        require(_enclaves[id].validFrom > 0, EnclaveNotRegistered(id));

        _enclaves[id].retired = true;

        emit EnclaveRetired(id);
    }

    /// @inheritdoc IEnclaveRegistry
    function disown(address key, uint40 since) external {
        bytes32 id = idOf(msg.sender, key, _measurements[msg.sender][key]);
        Enclave storage enclave = _enclaves[id];
        require(enclave.validFrom > 0, EnclaveNotRegistered(id));
        require(since <= block.timestamp, TimeInFuture(since));

        _compromise(id, enclave, since);
    }

    /* RECEIPTS */

    /// @inheritdoc IEnclaveRegistry
    function anchor(bytes32 root) external {
        if (_anchors[root] > 0) return;
        _anchors[root] = block.timestamp;

        emit RootAnchored(root);
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata statement,
        bytes32 digest,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata data
    ) external view returns (Assurance memory assurance) {
        require(data.isWhole(), EnclaveEvidenceMalformed(data.length));
        (address key, bytes32 measurement) = (data.key(), data.measurement());
        (address signer, ECDSA.RecoverError reason, ) = ECDSA.tryRecoverCalldata(digest, data.signature());
        require(reason == ECDSA.RecoverError.NoError, EnclaveSignatureMalformed(reason));
        require(signer == key, EnclaveSignatureMismatch(signer, key));
        bytes32 id = idOf(statement.operator, key, measurement);
        Enclave storage enclave = _enclaves[id];
        require(enclave.validFrom > 0, EnclaveNotRegistered(id));
        if (enclave.tee == TeeType.Nitro) {
            require(!registrars.isDisputed(id), EnclaveDisputed(id));
            assurance.flags = VOUCHED_ENCLAVE;
        }
        uint256 time = block.timestamp;
        bool sound = enclave.compromisedSince == 0 && time <= enclave.validTo;
        if (!sound || !_isApproved(statement.release, measurement, enclave.isvSvn, time)) {
            time = _anchors[_rootOf(digest, data)];
            if (time == 0) time = block.timestamp;
            _requireStanding(id, enclave, time);
            bool approved = _isApproved(statement.release, measurement, enclave.isvSvn, time);
            require(approved, MeasurementNotApproved(statement.release, measurement));
        }

        assurance.kinds = uint8(1 << uint8(EvidenceKind.Tee));
        assurance.minTcb = uint8(_countedStatus(enclave));
        if (enclave.simulated) assurance.flags |= SIMULATED_ENCLAVE;
    }

    /// @inheritdoc IEnclaveRegistry
    function enclaveOf(bytes32 id) external view returns (Enclave memory) {
        return _enclaves[id];
    }

    /// @inheritdoc IEnclaveRegistry
    function advisoriesOf(bytes32 id) external view returns (bytes memory) {
        return _advisories[id];
    }

    /// @inheritdoc IEnclaveRegistry
    function isExempt(bytes32 id, uint48 advisories) external view returns (bool) {
        Enclave storage enclave = _enclaves[id];
        if (enclave.validFrom == 0) return false;
        // Nobody judges such a platform: that no advisory is kept of it does not say that none applies.
        if (enclave.tee == TeeType.Nitro) return advisories == 0;
        Notice storage notice = _notices[id];
        bytes memory applying = block.timestamp < notice.until ? notice.advisories : _advisories[id];
        for (uint256 i = 0; i < applying.length; i += 2) {
            uint256 advisory = (uint256(uint8(applying[i])) << 8) | uint8(applying[i + 1]);
            for (uint256 refused = advisories; refused > 0; refused >>= 16) {
                if (uint16(refused) == advisory) return false;
            }
        }
        return true;
    }

    /// @inheritdoc IEnclaveRegistry
    function anchoredAtOf(bytes32 root) external view returns (uint256) {
        return _anchors[root];
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Tee;
    }

    /// @inheritdoc IEnclaveRegistry
    function verifierOf(bool simulated) public view returns (IDcapVerifier verifier) {
        verifier = simulated ? _simulation : _verifier;
        require(address(verifier) != address(0), SimulationNotTaken());
    }

    /// @inheritdoc IEnclaveRegistry
    function bindingOf(Binding calldata binding, bytes32 nonce) public view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    BINDING_TYPEHASH,
                    block.chainid,
                    address(this),
                    binding.operator,
                    binding.key,
                    binding.kind,
                    nonce
                )
            );
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IEnclaveRegistry).interfaceId ||
            interfaceId == type(IEvidenceVerifier).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    /// @inheritdoc IEnclaveRegistry
    function idOf(address operator, address key, bytes32 measurement) public pure returns (bytes32) {
        return EnclaveEvidence.idOf(operator, key, measurement);
    }

    /// @dev Keeps what a key of the sender's counts for. An enclave's own version does not change while it holds a key.
    function _enter(
        Binding calldata binding,
        bytes32 measurement,
        QuoteVerdict memory verdict,
        uint16 isvSvn
    ) private returns (bytes32 id) {
        bytes32 other = _measurements[msg.sender][binding.key];
        require(other == 0 || other == measurement, EnclaveMeasurementMismatch(other, measurement));
        id = idOf(msg.sender, binding.key, measurement);
        Enclave memory known = _enclaves[id];
        require(known.validFrom == 0 || binding.nonceBlock > known.nonceBlock, EnclaveAlreadyRegistered(id));
        require(known.compromisedSince == 0, EnclaveKeyCompromised(id, known.compromisedSince));
        require(!known.retired, EnclaveAlreadyRetired(id));
        require(known.validFrom == 0 || known.isvSvn == isvSvn, EnclaveAlreadyRegistered(id));

        // The time fits until the year 36,000.
        uint40 time = uint40(block.timestamp);
        _enclaves[id] = Enclave({
            validFrom: known.validFrom > 0 ? known.validFrom : time,
            validTo: verdict.validTo,
            compromisedSince: 0,
            checkedAt: time,
            tee: verdict.tee,
            status: verdict.status,
            formerStatus: verdict.status,
            simulated: binding.simulated,
            retired: false,
            isvSvn: isvSvn,
            nonceBlock: binding.nonceBlock
        });
        _measurements[msg.sender][binding.key] = measurement;
        _advisories[id] = verdict.advisories;
        if (known.validFrom > 0) _notices[id].until = 0;

        emit EnclaveRegistered({
            id: id,
            operator: msg.sender,
            key: binding.key,
            measurement: measurement,
            status: verdict.status,
            simulated: binding.simulated,
            validTo: verdict.validTo
        });
    }

    /// @dev Keeps a newer verdict. A worse one counts once its notice is over, whose end another that comes meanwhile does not
    /// move.
    function _judge(bytes32 id, Enclave storage enclave, QuoteVerdict memory verdict) private {
        Notice storage notice = _notices[id];
        // Times fit until the year 36,000.
        uint40 time = uint40(block.timestamp);
        if (time >= notice.until) {
            bool same = keccak256(verdict.advisories) == keccak256(_advisories[id]);
            enclave.formerStatus = enclave.status;
            enclave.checkedAt = time;
            if (verdict.status < enclave.status || !same) {
                (notice.until, notice.advisories) = (time + NOTICE, _advisories[id]);
            }
        }
        (enclave.status, enclave.validTo) = (verdict.status, verdict.validTo);
        _advisories[id] = verdict.advisories;
    }

    /// @dev Never earlier than the key was registered: 0 would say that nothing is known against it.
    function _compromise(bytes32 id, Enclave storage enclave, uint40 since) private {
        if (since < enclave.validFrom) since = enclave.validFrom;
        if (enclave.compromisedSince > 0 && enclave.compromisedSince <= since) return;
        enclave.compromisedSince = since;

        emit EnclaveCompromised(id, since);
    }

    /// @dev Returns the measurement of what bound this chain, registry, operator, key, kind and nonce into its quote.
    function _requireBound(bytes calldata signed, Binding calldata binding) private view returns (bytes32 measurement) {
        (TeeType tee, bytes calldata body) = signed.bodyOf();
        bytes32 expected = bindingOf(binding, _nonceOf(binding));
        bytes calldata data = DcapQuote.reportDataOf(tee, body);
        bool bound = bytes32(data) == expected && bytes32(data[32:]) == 0;
        require(bound, EnclaveBindingMismatch(expected, bytes32(data)));
        require((tee == TeeType.Tdx) == (binding.kind == MeasurementKind.Domain), MeasurementKindMismatch());
        if (binding.kind == MeasurementKind.Domain) measurement = body.measurementOfTd();
        else if (binding.kind == MeasurementKind.Image) measurement = body.measurementOfEnclave();
        else measurement = body.measurementOfSigner();
        measurement = _labelled(measurement, binding.simulated);
    }

    /// @dev Returns the hash of a block that the chain still knows.
    function _nonceOf(Binding calldata binding) private view returns (bytes32 nonce) {
        nonce = BeaconSeed.hashOf(binding.nonceBlock);
        require(nonce != 0, NonceBlockUnknown(binding.nonceBlock));
    }

    /// @dev A worse status counts `NOTICE` after the key was judged: a notice begins then.
    function _countedStatus(Enclave storage enclave) private view returns (TcbStatus) {
        (TcbStatus status, TcbStatus former) = (enclave.status, enclave.formerStatus);
        return former > status && block.timestamp < enclave.checkedAt + NOTICE ? former : status;
    }

    function _requireStanding(bytes32 id, Enclave storage enclave, uint256 time) private view {
        require(time >= enclave.validFrom, EnclaveNotYetValid(id, enclave.validFrom));
        bool sound = enclave.compromisedSince == 0 || time < enclave.compromisedSince;
        require(sound, EnclaveKeyCompromised(id, enclave.compromisedSince));
        require(time <= enclave.validTo, EnclaveLapsed(id, enclave.validTo));
    }

    /// @dev A measurement that is simulated is another, so that whoever approves it knows.
    function _labelled(bytes32 measurement, bool simulated) private pure returns (bytes32) {
        return simulated ? keccak256(bytes.concat("vouch.simulated.v1", measurement)) : measurement;
    }

    function _rootOf(bytes32 digest, bytes calldata data) private pure returns (bytes32 node) {
        node = keccak256(bytes.concat(keccak256(bytes.concat(digest, data.signature()))));
        bytes calldata path = data.path();
        for (uint256 i = 0; i < path.length; i += 32) {
            node = Hashes.commutativeKeccak256(node, bytes32(path[i:]));
        }
    }
}
