// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Der} from "../../../contracts/libraries/Der.sol";
import {PckExtension} from "../../../contracts/libraries/PckExtension.sol";
import {derOf, integerOf} from "../derOf.sol";
import {requireRefusedBy} from "../refused.sol";

/// @dev `whole` goes on behind `length`, as calldata does behind what is read.
contract PckExtensionReader {
    function read(bytes calldata whole, uint256 length) external pure returns (PckExtension.Platform memory) {
        return PckExtension.read(whole[:length]);
    }
}

/// @title PckExtensionTest
/// @notice What is certified of a platform is read back, and refused where an entry is missing, double or of another form.
contract PckExtensionTest {
    PckExtensionReader private immutable _reader = new PckExtensionReader();

    function testFuzz_APlatformIsReadBack(
        bytes16 cpuSvn,
        uint16 pceSvn,
        bytes2 pceId,
        bytes6 fmspc,
        uint8 turn
    ) public view {
        bytes[] memory entries = _entries(cpuSvn, pceSvn, pceId, fmspc);
        // Entries of the extension stand in any order.
        bytes memory encoded;
        for (uint256 i = 0; i < entries.length; ++i) {
            encoded = bytes.concat(encoded, entries[(i + turn) % entries.length]);
        }
        PckExtension.Platform memory platform = _read(derOf(Der.SEQUENCE, encoded));
        require(platform.cpuSvn == cpuSvn && platform.pceSvn == pceSvn, "other versions");
        require(platform.pceId == pceId && platform.fmspc == fmspc, "another model");
    }

    function test_EachEntryThatIsReadIsThereOnce() public view {
        for (uint256 i = 0; i < 5; ++i) {
            bool read = i > 0 && i < 4;
            bytes[] memory entries = _some();
            bytes memory entry = entries[i];
            entries[i] = bytes.concat(entry, entry);
            _requireSays(entries, !read);
            entries[i] = "";
            _requireSays(entries, !read);
        }
    }

    function test_AnEntryIsOfItsForm() public view {
        bytes[] memory entries = _some();
        (uint8[4] memory indices, bytes[4] memory others) = (
            [uint8(2), 2, 3, 3],
            [
                _entry(hex"03", derOf(Der.OCTET_STRING, hex"000000")),
                _entry(hex"03", derOf(Der.OCTET_STRING, hex"00")),
                _entry(hex"04", derOf(Der.OCTET_STRING, hex"0000000000")),
                _entry(hex"04", derOf(Der.OCTET_STRING, hex"00000000000000"))
            ]
        );
        for (uint256 i = 0; i < 4; ++i) {
            entries = _some();
            entries[indices[i]] = others[i];
            _requireSays(entries, false);
        }
        entries[2] = _entry(hex"03", derOf(Der.INTEGER, hex"0000"));
        _requireRefused(entries, Der.DerMalformed.selector);
        entries[2] = _entry(hex"03", bytes.concat(derOf(Der.OCTET_STRING, hex"0000"), hex"0500"));
        _requireRefused(entries, Der.DerMalformed.selector);
        entries = _some();
        entries[1] = _entry(hex"02", derOf(Der.SET, ""));
        _requireRefused(entries, Der.DerMalformed.selector);
    }

    /// @dev One arc below the extension's, in one byte.
    function test_AnotherIdentifierIsRefused() public view {
        bytes[6] memory oids = [
            bytes(""),
            hex"2a864886f84d010d",
            PckExtension.OID,
            hex"2a864886f84d010d0105ff",
            hex"2a864886f84d010d010500",
            hex"2a864886f84d010d0205"
        ];
        for (uint256 i = 0; i < oids.length; ++i) {
            bytes[] memory entries = _some();
            entries[4] = derOf(Der.SEQUENCE, bytes.concat(derOf(Der.OBJECT_IDENTIFIER, oids[i]), hex"0500"));
            _requireSays(entries, false);
        }
        for (uint256 arc = 0; arc < 256; ++arc) {
            if (arc > 1 && arc < 5) continue;
            bytes[] memory entries = _some();
            entries[4] = _entry(abi.encodePacked(uint8(arc)), hex"0500");
            _requireSays(entries, arc < 0x80);
        }
    }

    function test_ComponentsAreNumberedAndFit() public view {
        for (uint256 i = 0; i < 18; ++i) {
            bytes[] memory versions = _versions(bytes16(uint128(9)), 11);
            _requireTcb(versions, true);
            bytes memory one = versions[i];
            versions[i] = "";
            _requireTcb(versions, false);
            versions[i] = bytes.concat(one, one);
            _requireTcb(versions, false);
            versions[i] = one;
            (versions[i], versions[(i + 1) % 18]) = (versions[(i + 1) % 18], versions[i]);
            _requireTcb(versions, false);
        }
        bytes[] memory more = _versions(0, 0);
        more[17] = bytes.concat(more[17], _entry(hex"0213", derOf(Der.INTEGER, hex"00")));
        _requireTcb(more, false);
    }

    function test_ComponentsHave8BitsAndThePce16() public view {
        for (uint256 i = 0; i < 17; ++i) {
            bytes[] memory versions = _versions(0, 0);
            bytes memory arcs = abi.encodePacked(uint8(2), uint8(i + 1));
            uint256 most = i == 16 ? type(uint16).max : type(uint8).max;
            versions[i] = _entry(arcs, derOf(Der.INTEGER, integerOf(most)));
            _requireTcb(versions, true);
            versions[i] = _entry(arcs, derOf(Der.INTEGER, integerOf(most + 1)));
            _requireNoInteger(versions);
            // Negative, not minimal, of another type, or with something behind.
            bytes[4] memory others = [bytes(hex"020180"), hex"02020001", hex"040101", hex"0201010500"];
            for (uint256 j = 0; j < others.length; ++j) {
                versions[i] = _entry(arcs, others[j]);
                _requireNoInteger(versions);
            }
        }
    }

    /// @dev What is missing stands behind the end.
    function test_AnExtensionThatIsCutShortOrLongerIsRefused() public view {
        bytes memory encoded = _encode(_some());
        bytes4[] memory errors = new bytes4[](2);
        (errors[0], errors[1]) = (Der.DerMalformed.selector, PckExtension.PckExtensionMalformed.selector);
        for (uint256 length = 0; length < encoded.length; ++length) {
            bytes memory cut = abi.encodeCall(PckExtensionReader.read, (encoded, length));
            requireRefusedBy(address(_reader), cut, errors);
        }
        encoded = bytes.concat(encoded, hex"00");
        requireRefusedBy(address(_reader), abi.encodeCall(PckExtensionReader.read, (encoded, encoded.length)), errors);
    }

    /// @dev Whatever byte is changed: read, or refused by name.
    function testFuzz_AnyByteChangedIsReadOrRefusedByName(uint256 seed, bytes1 value) public view {
        bytes memory encoded = _encode(_some());
        encoded[seed % encoded.length] = value;
        bytes4[] memory errors = new bytes4[](2);
        (errors[0], errors[1]) = (Der.DerMalformed.selector, PckExtension.PckExtensionMalformed.selector);
        bytes memory call = abi.encodeCall(PckExtensionReader.read, (encoded, encoded.length));
        (bool accepted, ) = address(_reader).staticcall(call);
        if (!accepted) requireRefusedBy(address(_reader), call, errors);
    }

    function _some() private pure returns (bytes[] memory) {
        return _entries(0x0102030405060708090a0b0c0d0e0f80, 300, 0x0001, 0x00906ed50000);
    }

    /// @dev PPID, TCB, PCE id, FMSPC and the type of SGX.
    function _entries(
        bytes16 cpuSvn,
        uint16 pceSvn,
        bytes2 pceId,
        bytes6 fmspc
    ) private pure returns (bytes[] memory entries) {
        entries = new bytes[](5);
        entries[0] = _entry(hex"01", derOf(Der.OCTET_STRING, new bytes(16)));
        entries[1] = _tcbOf(_versions(cpuSvn, pceSvn));
        entries[2] = _entry(hex"03", derOf(Der.OCTET_STRING, abi.encodePacked(pceId)));
        entries[3] = _entry(hex"04", derOf(Der.OCTET_STRING, abi.encodePacked(fmspc)));
        entries[4] = _entry(hex"05", hex"0a0100");
    }

    function _versions(bytes16 cpuSvn, uint16 pceSvn) private pure returns (bytes[] memory versions) {
        versions = new bytes[](18);
        for (uint8 i = 0; i < 17; ++i) {
            uint256 svn = i < 16 ? uint8(cpuSvn[i]) : pceSvn;
            versions[i] = _entry(abi.encodePacked(uint8(2), i + 1), derOf(Der.INTEGER, integerOf(svn)));
        }
        versions[17] = _entry(hex"0212", derOf(Der.OCTET_STRING, abi.encodePacked(cpuSvn)));
    }

    function _tcbOf(bytes[] memory versions) private pure returns (bytes memory) {
        bytes memory all;
        for (uint256 i = 0; i < versions.length; ++i) all = bytes.concat(all, versions[i]);
        return _entry(hex"02", derOf(Der.SEQUENCE, all));
    }

    function _entry(bytes memory arcs, bytes memory value) private pure returns (bytes memory) {
        bytes memory oid = derOf(Der.OBJECT_IDENTIFIER, bytes.concat(PckExtension.OID, arcs));
        return derOf(Der.SEQUENCE, bytes.concat(oid, value));
    }

    function _encode(bytes[] memory entries) private pure returns (bytes memory) {
        bytes memory all;
        for (uint256 i = 0; i < entries.length; ++i) all = bytes.concat(all, entries[i]);
        return derOf(Der.SEQUENCE, all);
    }

    function _read(bytes memory encoded) private view returns (PckExtension.Platform memory) {
        return _reader.read(encoded, encoded.length);
    }

    function _requireTcb(bytes[] memory versions, bool accepted) private view {
        bytes[] memory entries = _some();
        entries[1] = _tcbOf(versions);
        bytes memory encoded = _encode(entries);
        if (accepted) {
            _read(encoded);
            return;
        }
        // An entry too few is one that is not there.
        bytes4[] memory errors = new bytes4[](2);
        (errors[0], errors[1]) = (Der.DerMalformed.selector, PckExtension.PckExtensionMalformed.selector);
        requireRefusedBy(address(_reader), abi.encodeCall(PckExtensionReader.read, (encoded, encoded.length)), errors);
    }

    function _requireNoInteger(bytes[] memory versions) private view {
        bytes[] memory entries = _some();
        entries[1] = _tcbOf(versions);
        _requireRefused(entries, Der.DerMalformed.selector);
    }

    function _requireSays(bytes[] memory entries, bool accepted) private view {
        if (accepted) _read(_encode(entries));
        else _requireRefused(entries, PckExtension.PckExtensionMalformed.selector);
    }

    function _requireRefused(bytes[] memory entries, bytes4 expected) private view {
        bytes memory encoded = _encode(entries);
        bytes memory call = abi.encodeCall(PckExtensionReader.read, (encoded, encoded.length));
        bytes4[] memory errors = new bytes4[](1);
        errors[0] = expected;
        requireRefusedBy(address(_reader), call, errors);
    }
}
