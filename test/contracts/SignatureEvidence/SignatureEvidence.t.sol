// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IOperatorBonds} from "../../../contracts/interfaces/IOperatorBonds.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";
import {ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {Statement, domainOf} from "../../../contracts/types/Statement.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {vm} from "../Vm.sol";

/// @dev A vault that holds any bond and slashes nothing.
contract AnyVault {
    uint256 public constant MAX_LIABILITY = 20 days;

    function open(address, bytes32, uint80, uint80, uint256) external pure {}

    function close(address, bytes32) external pure {}

    function slash(address, bytes32, IStakeVault.Verdict calldata) external pure returns (uint256, uint256) {
        return (0, 0);
    }
}

/// @title SignatureEvidenceTest
/// @notice A statement counts as signed by itself and in every batch, whatever its path, and any two answers convict.
/// @dev This contract is the router under whose domain all is signed.
contract SignatureEvidenceTest {
    uint256 private constant KEY = 0xa11ce;
    uint256 private constant MAX_PATH = 40;

    address private immutable _operator = vm.addr(KEY);
    address private _evidence;

    function setUp() public {
        vm.warp(1_800_000_000);
        _evidence = deployArtifact(
            "SignatureEvidence.sol:SignatureEvidence",
            abi.encode(new AnyVault(), address(0), address(0), address(0), 1 ether)
        );
        vm.prank(_operator);
        IOperatorBonds(_evidence).post(1 ether);
    }

    function testFuzz_AStatementIsSignedInEveryBatch(bytes32 seed, uint8 length) public view {
        Statement memory statement = _statement(seed, 0);
        bytes memory data = _sign(statement, _path(seed, length % (MAX_PATH + 1)));
        require(_isEvidence(statement, data), "not evidence");
    }

    function testFuzz_NoOtherBytesAreEvidence(bytes32 seed, uint8 length, uint16 bit) public view {
        Statement memory statement = _statement(seed, 0);
        bytes memory data = _sign(statement, _path(seed, length % (MAX_PATH + 1)));
        uint256 place = uint256(bit) % (data.length * 8);
        data[place / 8] ^= bytes1(uint8(1 << (place % 8)));
        require(!_isEvidence(statement, data), "evidence with a bit flipped");
    }

    function testFuzz_NoOtherStatementIsSigned(bytes32 seed, uint8 length, uint8 field, uint8 bit) public view {
        Statement memory statement = _statement(seed, 0);
        bytes memory data = _sign(statement, _path(seed, length % (MAX_PATH + 1)));
        require(!_isEvidence(_changed(statement, field, bytes32(uint256(1) << bit)), data), "of another statement");
    }

    function testFuzz_NoPartOfAPathIsOne(bytes32 seed, uint8 length, uint16 cut) public view {
        Statement memory statement = _statement(seed, 0);
        bytes memory data = _sign(statement, _path(seed, 1 + (length % MAX_PATH)));
        bytes memory part = new bytes(uint256(cut) % data.length);
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] = data[i];
        }
        require(!_isEvidence(statement, part), "evidence without its end");
        require(!_isEvidence(statement, bytes.concat(data, keccak256(data))), "evidence with a sibling more");
    }

    function testFuzz_TwoAnswersConvictInWhicheverForm(bytes32 seed, uint8 length, uint8 otherLength) public {
        Statement memory one = _statement(seed, 0);
        Statement memory two = _statement(seed, 1);
        bytes memory signature = _sign(one, _path(seed, length % (MAX_PATH + 1)));
        bytes memory other = _sign(two, _path(~seed, otherLength % (MAX_PATH + 1)));
        IOperatorBonds bonds = IOperatorBonds(_evidence);
        bonds.showEquivocation(address(this), one, signature, two.outputHash, other);
        require(bonds.faultOf(_operator, address(this), one.request) == address(this), "not convicted");
        require(bonds.bondOf(_operator) == 0, "bond kept");
    }

    function testFuzz_TwoAnswersInOneBatchConvict(bytes32 seed) public {
        Statement memory one = _statement(seed, 0);
        Statement memory two = _statement(seed, 1);
        (bytes32 a, bytes32 b) = (one.digestFor(address(this)), two.digestFor(address(this)));
        bytes memory signature = _signature(_batchDigest(_node(a, b)));
        IOperatorBonds(_evidence).showEquivocation({
            router: address(this),
            statement: one,
            signature: bytes.concat(signature, b),
            outputHash: two.outputHash,
            otherSignature: bytes.concat(signature, a)
        });
        require(IOperatorBonds(_evidence).bondOf(_operator) == 0, "bond kept");
    }

    function _isEvidence(Statement memory statement, bytes memory data) private view returns (bool) {
        bytes32 digest = statement.digestFor(address(this));
        uint256[] memory none = new uint256[](0);
        try IEvidenceVerifier(_evidence).verify(statement, digest, none, none, data) {
            return true;
        } catch {
            return false;
        }
    }

    function _sign(Statement memory statement, bytes32[] memory path) private view returns (bytes memory) {
        bytes32 node = statement.digestFor(address(this));
        if (path.length == 0) return _signature(node);
        for (uint256 i = 0; i < path.length; ++i) {
            node = _node(node, path[i]);
        }
        return bytes.concat(_signature(_batchDigest(node)), abi.encodePacked(path));
    }

    function _batchDigest(bytes32 root) private view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(keccak256("StatementBatch(bytes32 root)"), root));
        return keccak256(abi.encodePacked(hex"1901", domainOf(address(this)), structHash));
    }

    function _statement(bytes32 seed, uint256 output) private view returns (Statement memory) {
        return
            Statement({
                release: ReleaseId.wrap(keccak256(abi.encode(seed, "release"))),
                request: RequestId.wrap(keccak256(abi.encode(seed, "request"))),
                operator: _operator,
                inputHash: keccak256(abi.encode(seed, "input")),
                outputHash: keccak256(abi.encode(seed, output))
            });
    }

    function _signature(bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        return abi.encodePacked(r, s, v);
    }

    function _path(bytes32 seed, uint256 length) private pure returns (bytes32[] memory path) {
        path = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            path[i] = keccak256(abi.encode(seed, "sibling", i));
        }
    }

    function _changed(Statement memory statement, uint8 field, bytes32 flag) private pure returns (Statement memory) {
        if (field % 4 == 0) statement.release = ReleaseId.wrap(ReleaseId.unwrap(statement.release) ^ flag);
        else if (field % 4 == 1) statement.request = RequestId.wrap(RequestId.unwrap(statement.request) ^ flag);
        else if (field % 4 == 2) statement.inputHash ^= flag;
        else statement.outputHash ^= flag;
        return statement;
    }

    function _node(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return keccak256(a < b ? abi.encode(a, b) : abi.encode(b, a));
    }
}
