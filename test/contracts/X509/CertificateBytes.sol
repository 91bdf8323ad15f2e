// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Der} from "../../../contracts/libraries/Der.sol";
import {derOf, integerOf} from "../derOf.sol";

/// @title CertificateBytes
/// @notice Writes certificates and lists of revocation (RFC 5280) from parts that a test may put in another way.
library CertificateBytes {
    bytes internal constant ALGORITHM = hex"300a06082a8648ce3d040302";
    bytes internal constant KEY = hex"3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    bytes internal constant KEY_USAGE = hex"551d0f";
    bytes internal constant BASIC_CONSTRAINTS = hex"551d13";
    bytes internal constant CRL_NUMBER = hex"551d14";

    /// @dev Each part as an element with its header.
    struct Certificate {
        bytes version;
        bytes serial;
        bytes algorithm;
        bytes issuer;
        bytes validity;
        bytes subject;
        bytes key;
        bytes behindKey;
        bytes[] extensions;
    }

    /// @dev Each part as an element with its header; `entries` as a sequence, or nothing.
    struct List {
        bytes version;
        bytes algorithm;
        bytes issuer;
        bytes thisUpdate;
        bytes nextUpdate;
        bytes entries;
        bytes[] extensions;
    }

    /// @dev Of an authority.
    function certificate() internal pure returns (Certificate memory) {
        bytes[] memory extensions = new bytes[](2);
        extensions[0] = extensionOf(KEY_USAGE, true, hex"03020106");
        extensions[1] = extensionOf(BASIC_CONSTRAINTS, true, hex"30060101ff020100");
        return
            Certificate({
                version: hex"a003020102",
                serial: derOf(Der.INTEGER, integerOf(77)),
                algorithm: ALGORITHM,
                issuer: nameOf("Root CA"),
                validity: derOf(Der.SEQUENCE, bytes.concat(utc("240101000000Z"), general("20510101000000Z"))),
                subject: nameOf("Platform CA"),
                key: bytes.concat(KEY, keccak256("x"), keccak256("y")),
                behindKey: "",
                extensions: extensions
            });
    }

    function list() internal pure returns (List memory) {
        bytes[] memory extensions = new bytes[](2);
        extensions[0] = extensionOf(CRL_NUMBER, false, hex"020101");
        extensions[1] = extensionOf(hex"551d23", false, hex"3000");
        return
            List({
                version: hex"020101",
                algorithm: ALGORITHM,
                issuer: nameOf("Platform CA"),
                thisUpdate: utc("250617103614Z"),
                nextUpdate: utc("250717103614Z"),
                entries: "",
                extensions: extensions
            });
    }

    function signedPartOf(Certificate memory parts) internal pure returns (bytes memory) {
        bytes memory body = bytes.concat(parts.version, parts.serial, parts.algorithm, parts.issuer, parts.validity);
        body = bytes.concat(body, parts.subject, parts.key, parts.behindKey);
        return derOf(Der.SEQUENCE, bytes.concat(body, derOf(0xa3, derOf(Der.SEQUENCE, join(parts.extensions)))));
    }

    function signedPartOf(List memory parts) internal pure returns (bytes memory) {
        bytes memory body = bytes.concat(
            parts.version,
            parts.algorithm,
            parts.issuer,
            parts.thisUpdate,
            parts.nextUpdate
        );
        body = bytes.concat(body, parts.entries);
        return derOf(Der.SEQUENCE, bytes.concat(body, derOf(0xa0, derOf(Der.SEQUENCE, join(parts.extensions)))));
    }

    /// @dev With a signature of zeros.
    function unsigned(bytes memory signedPart) internal pure returns (bytes memory) {
        return signed(signedPart, 0, 0);
    }

    function signed(bytes memory signedPart, bytes32 r, bytes32 s) internal pure returns (bytes memory) {
        bytes memory numbers = bytes.concat(
            derOf(Der.INTEGER, integerOf(uint256(r))),
            derOf(Der.INTEGER, integerOf(uint256(s)))
        );
        return signed(signedPart, derOf(Der.BIT_STRING, bytes.concat(hex"00", derOf(Der.SEQUENCE, numbers))));
    }

    function signed(bytes memory signedPart, bytes memory bitString) internal pure returns (bytes memory) {
        return derOf(Der.SEQUENCE, bytes.concat(signedPart, ALGORITHM, bitString));
    }

    function nameOf(bytes memory commonName) internal pure returns (bytes memory) {
        bytes memory parts = bytes.concat(
            attributeOf(hex"55040a", "Intel Corporation"),
            attributeOf(hex"550403", commonName)
        );
        return derOf(Der.SEQUENCE, bytes.concat(parts, attributeOf(hex"550406", "US")));
    }

    function attributeOf(bytes memory oid, bytes memory text) internal pure returns (bytes memory) {
        bytes memory pair = bytes.concat(derOf(Der.OBJECT_IDENTIFIER, oid), derOf(0x0c, text));
        return derOf(Der.SET, derOf(Der.SEQUENCE, pair));
    }

    function extensionOf(bytes memory oid, bool critical, bytes memory value) internal pure returns (bytes memory) {
        bytes memory flag = critical ? bytes(hex"0101ff") : bytes("");
        return
            derOf(Der.SEQUENCE, bytes.concat(derOf(Der.OBJECT_IDENTIFIER, oid), flag, derOf(Der.OCTET_STRING, value)));
    }

    function utc(bytes memory text) internal pure returns (bytes memory) {
        return derOf(Der.UTC_TIME, text);
    }

    function general(bytes memory text) internal pure returns (bytes memory) {
        return derOf(Der.GENERALIZED_TIME, text);
    }

    function join(bytes[] memory parts) internal pure returns (bytes memory all) {
        for (uint256 i = 0; i < parts.length; ++i) all = bytes.concat(all, parts[i]);
    }
}
