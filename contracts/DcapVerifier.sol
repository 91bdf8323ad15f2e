// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {IDcapVerifier} from "./interfaces/IDcapVerifier.sol";
import {IEnclaveAuthorities} from "./interfaces/IEnclaveAuthorities.sol";
import {IEnclaveCollateral} from "./interfaces/IEnclaveCollateral.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {DcapQuote} from "./libraries/DcapQuote.sol";
import {EnclaveReport} from "./libraries/EnclaveReport.sol";
import {PckExtension} from "./libraries/PckExtension.sol";
import {QeIdentity} from "./libraries/QeIdentity.sol";
import {TcbInfo} from "./libraries/TcbInfo.sol";
import {X509} from "./libraries/X509.sol";
import {Authority, AuthorityRole, Collateral} from "./types/Collateral.sol";
import {Platform, PlatformFacts, QuoteVerdict} from "./types/Enclave.sol";
import {PublicKey} from "./types/P256.sol";
import {Quote} from "./types/Quote.sol";
import {TcbStatus, TeeType} from "./types/Tcb.sol";

/// @title DcapVerifier
/// @notice Says what a quote amounts to, by the vendor's certificates and collateral of now.
/// @dev Immutable, and without a row that anyone may choose: platforms are as their vendor certified them.
contract DcapVerifier is IDcapVerifier, ERC165, Multicall {
    using DcapQuote for bytes;
    using DcapQuote for Quote;
    using EnclaveReport for bytes;
    using QeIdentity for QeIdentity.Identity;
    using TcbInfo for TcbInfo.Info;
    using X509 for bytes;

    IEnclaveAuthorities private immutable _authorities;
    IEnclaveCollateral private immutable _collateral;
    /// @inheritdoc IDcapVerifier
    bool public immutable simulated;

    mapping(bytes32 id => Platform platform) private _platforms;

    constructor(IEnclaveAuthorities authorities, IEnclaveCollateral collateral) {
        (_authorities, _collateral) = (authorities, collateral);
        simulated = authorities.simulated();
    }

    /// @inheritdoc IDcapVerifier
    function addPlatform(bytes calldata certificate, PublicKey calldata issuer) external returns (bytes32 id) {
        bytes32 issuerId = issuer.idOf();
        Authority memory authority = _authorities.requireAuthority(issuerId);
        certificate.requireSignedBy(issuer);
        (X509.Certificate memory read, bytes calldata extension) = certificate.read(PckExtension.OID);
        id = read.key.idOf();
        bool issued = authority.role != AuthorityRole.TcbSigning && read.issuerName == authority.name;
        require(issued && !read.isAuthority, PlatformCertificateInvalid(id));
        require(block.timestamp >= read.notBefore, PlatformNotYetValid(id, read.notBefore));
        require(block.timestamp <= read.notAfter, PlatformExpired(id, read.notAfter));
        uint40 since = _authorities.revokedAt(issuerId, read.serial);
        require(since == 0, PlatformRevoked(id, since));
        uint40 kept = _platforms[id].notBefore;
        require(read.notBefore > kept, PlatformStale(id, kept));
        PckExtension.Platform memory certified = PckExtension.read(extension);

        _platforms[id] = Platform({
            cpuSvn: certified.cpuSvn,
            pceSvn: certified.pceSvn,
            fmspc: certified.fmspc,
            pceId: certified.pceId,
            notAfter: read.notAfter,
            notBefore: read.notBefore,
            serial: read.serial,
            issuer: issuerId
        });

        emit PlatformAdded(id, issuerId, certified.fmspc, read.notAfter);
    }

    /// @inheritdoc IDcapVerifier
    function assess(
        Quote calldata quote
    ) external view returns (QuoteVerdict memory verdict, PlatformFacts memory facts) {
        (TeeType tee, bytes calldata body) = quote.signed.bodyOf();
        quote.requireSigned();
        DcapQuote.requireSealed(tee, body);
        facts.platform = quote.certification.key.idOf();
        facts.qeSvn = quote.qeReport.isvSvn();
        if (tee == TeeType.Tdx) facts.module = body.moduleOf();
        uint40 since = revokedSince(facts.platform);
        require(since == 0, PlatformRevoked(facts.platform, since));
        verdict = reassess(tee, facts);
        require(verdict.status != TcbStatus.Revoked, TcbRevoked(facts.platform));
        _qeIdentityOf(tee).requireMatch(quote.qeReport);
    }

    /// @inheritdoc IDcapVerifier
    function platformOf(bytes32 id) external view returns (Platform memory) {
        return _platforms[id];
    }

    /// @inheritdoc IDcapVerifier
    function reassess(TeeType tee, PlatformFacts memory facts) public view returns (QuoteVerdict memory verdict) {
        Platform memory platform = _platforms[facts.platform];
        require(block.timestamp <= platform.notAfter, PlatformExpired(facts.platform, platform.notAfter));
        Authority memory authority = _authorities.requireAuthority(platform.issuer);
        verdict.tee = tee;
        Collateral memory row = _collateral.tcbInfoOf(tee, platform.fmspc);
        require(row.content != address(0), TcbInfoMissing(platform.fmspc));
        _authorities.requireAuthority(row.signer);
        TcbInfo.Info memory info = abi.decode(CodeStorage.read(row.content), (TcbInfo.Info));
        require(info.pceId == platform.pceId, TcbInfoMissing(platform.fmspc));
        (verdict.status, verdict.advisories) = info.statusOf(platform.cpuSvn, platform.pceSvn, facts.module);
        QeIdentity.Identity memory identity = _qeIdentityOf(tee);
        (TcbStatus part, bytes memory others) = identity.statusOf(facts.qeSvn);
        verdict.status = verdict.status.joined(part);
        verdict.advisories = bytes.concat(verdict.advisories, others);

        uint256 validTo = Math.min(platform.notAfter, authority.notAfter);
        validTo = Math.min(validTo, Math.min(info.nextUpdate, identity.nextUpdate));
        validTo = Math.min(validTo, _authorities.nextUpdateOf(platform.issuer));
        validTo = Math.min(validTo, _authorities.nextUpdateOf(_authorities.root()));
        require(block.timestamp <= validTo, PlatformCollateralExpired(validTo));
        // The least of times that have 40 bits.
        verdict.validTo = uint40(validTo);
    }

    /// @inheritdoc IDcapVerifier
    function revokedSince(bytes32 id) public view returns (uint40 since) {
        Platform memory platform = _platforms[id];
        require(platform.notAfter > 0, PlatformUnknown(id));
        since = _authorities.revokedAt(platform.issuer, platform.serial);
        Authority memory authority = _authorities.authorityOf(platform.issuer);
        uint40 issuerSince = _authorities.revokedAt(_authorities.root(), authority.serial);
        if (since == 0 || (issuerSince > 0 && issuerSince < since)) since = issuerSince;
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IDcapVerifier).interfaceId || super.supportsInterface(interfaceId);
    }

    function _qeIdentityOf(TeeType tee) private view returns (QeIdentity.Identity memory) {
        Collateral memory row = _collateral.qeIdentityOf(tee);
        require(row.content != address(0), QeIdentityMissing());
        _authorities.requireAuthority(row.signer);
        return abi.decode(CodeStorage.read(row.content), (QeIdentity.Identity));
    }
}
