// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PublicKey, Signature} from "../types/P256.sol";
import {Der} from "./Der.sol";
import {P256Precompile} from "./P256Precompile.sol";

/// @title X509
/// @notice Reads certificates and revocation lists (RFC 5280) that are signed by ECDSA on secp256r1 with SHA-256.
/// @dev What an extension says that is critical and not read here might forbid the use: it is refused.
library X509 {
    using Der for bytes;

    /// @param commonName Of the subject, as it is written; zero in the place of one of more than 32 bytes.
    /// @param isAuthority Whether its key may sign certificates and lists: basic constraints and key usage both say so.
    /// @param issuerName Hash of its bytes, like `subjectName`.
    struct Certificate {
        uint160 serial;
        uint40 notBefore;
        uint40 notAfter;
        bool isAuthority;
        bytes32 issuerName;
        bytes32 subjectName;
        bytes32 commonName;
        PublicKey key;
    }

    struct RevocationList {
        uint256 number;
        uint40 thisUpdate;
        uint40 nextUpdate;
        bytes32 issuerName;
        bytes entries;
    }

    /// @notice Another version, algorithm or kind of key than is read here.
    error CertificateUnsupported();
    /// @notice An extension that is critical and not known, or one that comes twice.
    error ExtensionUnsupported(bytes oid);
    /// @notice The issuer's key did not sign it.
    error SignatureInvalid(bytes32 issuerKey);

    /// @dev ecdsa-with-SHA256 (1.2.840.10045.4.3.2), without parameters.
    bytes12 private constant ECDSA_SHA256 = 0x300a06082a8648ce3d040302;
    /// @dev id-ecPublicKey on prime256v1, then a bit string of an uncompressed point.
    bytes27 private constant P256_KEY = 0x3059301306072a8648ce3d020106082a8648ce3d03010703420004;
    bytes3 private constant COMMON_NAME = 0x550403;
    bytes3 private constant KEY_USAGE = 0x551d0f;
    bytes3 private constant BASIC_CONSTRAINTS = 0x551d13;
    bytes3 private constant CRL_NUMBER = 0x551d14;
    /// @dev keyCertSign and cRLSign, of the first byte of a key usage.
    uint8 private constant SIGNS_CERTIFICATES = 0x06;
    uint8 private constant EXTENSIONS = 0xa3;
    uint8 private constant VERSION = 0xa0;
    uint8 private constant LIST_EXTENSIONS = 0xa0;
    /// @dev Serial and date of an entry of `RevocationList.entries`.
    uint256 internal constant ENTRY_BYTES = 25;

    /// @notice Returns what `der` says and the contents of its extension `wanted`; nobody's signature is verified.
    /// @param wanted Contents of the identifier of an extension that the caller reads; empty where it reads none.
    function read(
        bytes calldata der,
        bytes memory wanted
    ) internal pure returns (Certificate memory certificate, bytes calldata extension) {
        bytes calldata body = der.only(Der.SEQUENCE);
        body = _takeSigned(body).only(Der.SEQUENCE);
        {
            bytes calldata version;
            (version, body) = body.take(VERSION);
            require(version.length == 3 && bytes3(version) == 0x020102, CertificateUnsupported());
        }
        uint256 serial;
        (serial, body) = body.takeUint(160);
        // It was told to have 160 bits.
        certificate.serial = uint160(serial);
        body = _requireAlgorithm(body);
        (certificate.issuerName, body) = _takeHash(body);
        {
            bytes calldata validity;
            (validity, body) = body.take(Der.SEQUENCE);
            (certificate.notBefore, validity) = validity.takeTime();
            (certificate.notAfter, ) = validity.takeTime();
        }
        certificate.commonName = _commonNameOf(body);
        (certificate.subjectName, body) = _takeHash(body);
        require(body.length >= 91 && bytes27(body) == P256_KEY, CertificateUnsupported());
        certificate.key = PublicKey({x: bytes32(body[27:59]), y: bytes32(body[59:91])});
        body = body[91:];
        (certificate.isAuthority, extension) = _readExtensions(body.only(EXTENSIONS).only(Der.SEQUENCE), wanted);
    }

    /// @notice Returns what the revocation list `der` says; nobody's signature is verified.
    function readList(bytes calldata der) internal pure returns (RevocationList memory list) {
        bytes calldata body = _takeSigned(der.only(Der.SEQUENCE)).only(Der.SEQUENCE);
        uint256 version;
        (version, body) = body.takeUint(8);
        require(version == 1, CertificateUnsupported());
        body = _requireAlgorithm(body);
        (list.issuerName, body) = _takeHash(body);
        (list.thisUpdate, body) = body.takeTime();
        (list.nextUpdate, body) = body.takeTime();
        if (body.startsWith(Der.SEQUENCE)) {
            bytes calldata entries;
            (entries, body) = body.take(Der.SEQUENCE);
            list.entries = _packEntries(entries);
        }
        list.number = _numberOf(body.only(LIST_EXTENSIONS).only(Der.SEQUENCE));
    }

    /// @notice Demands that `key` signed the certificate or the list `der`.
    function requireSignedBy(bytes calldata der, PublicKey memory key) internal view {
        bytes calldata body = der.only(Der.SEQUENCE);
        bytes calldata signed = _takeSigned(body);
        bytes calldata signature = _requireAlgorithm(body[signed.length:]).only(Der.BIT_STRING);
        require(signature.length > 0 && signature[0] == 0, CertificateUnsupported());
        signature = Der.only(signature[1:], Der.SEQUENCE);
        uint256 r;
        uint256 s;
        (r, signature) = signature.takeUint(256);
        (s, signature) = signature.takeUint(256);
        require(signature.length == 0, CertificateUnsupported());
        Signature memory by = Signature({r: bytes32(r), s: bytes32(s), key: key});
        require(P256Precompile.verify(sha256(signed), by), SignatureInvalid(key.idOf()));
    }

    /// @notice Returns when the packed entry of `serial` says that it was revoked; 0 where there is none.
    function revokedAt(bytes memory entries, uint160 serial) internal pure returns (uint40) {
        for (uint256 offset = 0; offset < entries.length; offset += ENTRY_BYTES) {
            uint256 entry;
            // Entries of 25 bytes: the word may reach past the last, into memory that is shifted out.
            assembly ("memory-safe") {
                entry := shr(56, mload(add(add(entries, 0x20), offset)))
            }
            if (entry >> 40 == serial) return uint40(entry);
        }
        return 0;
    }

    /// @notice Returns the bytes of packed entries from `from` up to `to`, or up to their end.
    function slice(bytes memory entries, uint256 from, uint256 to) internal pure returns (bytes memory part) {
        if (to > entries.length) to = entries.length;
        part = new bytes(to - from);
        assembly ("memory-safe") {
            mcopy(add(part, 0x20), add(add(entries, 0x20), from), mload(part))
        }
    }

    function _packEntries(bytes calldata from) private pure returns (bytes memory packed) {
        // An entry has a serial and a date of 20 bytes together at least, and is packed into 25.
        packed = new bytes((from.length * 5) / 4);
        uint256 length = 0;
        bytes15 written = 0;
        uint40 date = 0;
        while (from.length > 0) {
            bytes calldata entry;
            (entry, from) = from.take(Der.SEQUENCE);
            uint256 serial;
            (serial, entry) = entry.takeUint(160);
            // Intel's lists date every entry alike: a date of 15 bytes that was read already is not read again.
            if (written == 0 || bytes15(entry) != written) {
                (date, ) = entry.takeTime();
                // 0 would say that it was not revoked.
                if (date == 0) date = 1;
                written = entry.startsWith(Der.UTC_TIME) ? bytes15(entry) : bytes15(0);
            }
            assembly ("memory-safe") {
                // 20 bytes of the serial and 5 of the date, and 7 zeros past them, which the next entry overwrites: within
                // the array or the word that follows it, which is not allocated yet.
                mstore(add(add(packed, 0x20), length), shl(56, or(shl(40, serial), date)))
            }
            length += ENTRY_BYTES;
        }
        assembly ("memory-safe") {
            mstore(packed, length)
        }
    }

    function _readExtensions(
        bytes calldata from,
        bytes memory wanted
    ) private pure returns (bool isAuthority, bytes calldata extension) {
        extension = from[0:0];
        bool constrained = false;
        bool signs = false;
        uint256 found = 0;
        while (from.length > 0) {
            bytes calldata oid;
            bytes calldata value;
            bool critical;
            uint256 known = 0;
            (oid, critical, value, from) = _takeExtension(from);
            if (wanted.length > 0 && oid.length == wanted.length && keccak256(oid) == keccak256(wanted)) {
                known = 1;
                extension = value;
            } else if (oid.length == 3 && bytes3(oid) == BASIC_CONSTRAINTS) {
                known = 2;
                bytes calldata constraints = value.only(Der.SEQUENCE);
                constrained = constraints.length > 2 && bytes3(constraints) == 0x0101ff;
            } else if (oid.length == 3 && bytes3(oid) == KEY_USAGE) {
                known = 4;
                bytes calldata usage = value.only(Der.BIT_STRING);
                signs = usage.length > 1 && uint8(usage[1]) & SIGNS_CERTIFICATES == SIGNS_CERTIFICATES;
            }
            // Each that is read comes once, and of others none is critical.
            require(known > 0 ? found & known == 0 : !critical, ExtensionUnsupported(oid));
            found |= known;
        }
        isAuthority = constrained && signs;
    }

    function _numberOf(bytes calldata extensions) private pure returns (uint256 number) {
        bool found = false;
        while (extensions.length > 0) {
            bytes calldata oid;
            bytes calldata value;
            bool critical;
            (oid, critical, value, extensions) = _takeExtension(extensions);
            bool known = oid.length == 3 && bytes3(oid) == CRL_NUMBER;
            require(known ? !found : !critical, ExtensionUnsupported(oid));
            if (!known) continue;
            number = value.only(Der.INTEGER).toUint(160);
            found = true;
        }
        require(found, CertificateUnsupported());
    }

    function _takeExtension(
        bytes calldata from
    ) private pure returns (bytes calldata oid, bool critical, bytes calldata value, bytes calldata rest) {
        bytes calldata element;
        (element, rest) = from.take(Der.SEQUENCE);
        (oid, element) = element.take(Der.OBJECT_IDENTIFIER);
        if (element.startsWith(Der.BOOLEAN)) {
            bytes calldata flag;
            (flag, element) = element.take(Der.BOOLEAN);
            critical = flag.length != 1 || flag[0] != 0;
        }
        value = element.only(Der.OCTET_STRING);
    }

    /// @dev The first element with its header: what the signature covers.
    function _takeSigned(bytes calldata body) private pure returns (bytes calldata) {
        bytes calldata rest = body.skip(Der.SEQUENCE);
        return body[0:body.length - rest.length];
    }

    function _requireAlgorithm(bytes calldata from) private pure returns (bytes calldata rest) {
        require(from.length >= 12 && bytes12(from) == ECDSA_SHA256, CertificateUnsupported());
        return from[12:];
    }

    /// @dev Hash of the sequence at the front: names are equal where their bytes are.
    function _takeHash(bytes calldata from) private pure returns (bytes32 hash, bytes calldata rest) {
        bytes calldata content;
        (content, rest) = from.take(Der.SEQUENCE);
        hash = keccak256(content);
    }

    function _commonNameOf(bytes calldata from) private pure returns (bytes32 commonName) {
        (bytes calldata name, ) = from.take(Der.SEQUENCE);
        while (name.length > 0) {
            bytes calldata part;
            (part, name) = name.take(Der.SET);
            part = part.only(Der.SEQUENCE);
            bytes calldata oid;
            (oid, part) = part.take(Der.OBJECT_IDENTIFIER);
            if (oid.length != 3 || bytes3(oid) != COMMON_NAME) continue;
            require(part.length > 0, CertificateUnsupported());
            part = part.only(uint8(part[0]));
            // What is longer is no name of Intel's authorities, whatever it begins with.
            commonName = part.length > 32 ? bytes32(0) : bytes32(part);
        }
    }
}
