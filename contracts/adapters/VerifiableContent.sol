// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC7007} from "../interfaces/IERC7007.sol";
import {IEvidenceRouter} from "../interfaces/IEvidenceRouter.sol";
import {IVerifiableContent} from "../interfaces/IVerifiableContent.sol";
import {Policies} from "../libraries/Policies.sol";
import {Words} from "../libraries/Words.sol";
import {Evidence} from "../types/Evidence.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Policy, SetupTrust} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";

/// @title VerifiableContent
/// @notice A collection of what one release made of prompts, each token with a proof (ERC-7007, validity proofs).
/// @dev The token of an ordinary ERC-721 collection; what was proven of it does not depend on who holds it.
contract VerifiableContent is IVerifiableContent, ERC721 {
    using Words for bytes;

    /// @notice Seconds from a claim to the mint: some blocks of any chain, lest prompt and claim enter one together.
    uint256 public constant CLAIM_DELAY = 60;

    bytes32 private constant REQUEST_TAG = keccak256("vouch.erc7007.request.v1");

    IEvidenceRouter public immutable router;
    ReleaseId public immutable release;

    SetupTrust private immutable _trust;
    bytes32 private immutable _pin;

    mapping(RequestId request => uint256 time) private _mintableAt;
    mapping(uint256 tokenId => bytes32 contentHash) private _contentHashes;

    /// @param trust Which set-ups of the release's circuit are trusted, and `pin`: see `SetupTrust`.
    constructor(
        string memory name,
        string memory symbol,
        IEvidenceRouter router_,
        ReleaseId release_,
        SetupTrust trust,
        bytes32 pin
    ) ERC721(name, symbol) {
        router_.requireSatisfiable(Policies.all(Policies.zk(trust, pin)), release_);
        router = router_;
        release = release_;
        _trust = trust;
        _pin = pin;
    }

    /// @inheritdoc IVerifiableContent
    function claim(RequestId request) external {
        require(_mintableAt[request] == 0, PromptAlreadyClaimed(request));

        _mintableAt[request] = block.timestamp + CLAIM_DELAY;

        emit PromptClaimed(request);
    }

    /// @inheritdoc IERC7007
    /// @dev Mints the token, to the owner that the proof names; anyone may send it.
    function addAigcData(
        uint256 tokenId,
        bytes calldata prompt,
        bytes calldata aigcData,
        bytes calldata proof
    ) external {
        uint256 expected = uint256(keccak256(prompt));
        require(tokenId == expected, TokenIdMismatch(tokenId, expected));
        (address owner, RequestId request) = requireContent(prompt, aigcData, proof);
        uint256 time = _mintableAt[request];
        require(time != 0 && block.timestamp >= time, PromptNotClaimed(request, time));

        _contentHashes[tokenId] = keccak256(aigcData);
        // The owner chose itself by its claim, so it is not asked whether it takes tokens: no call can block the mint.
        _mint(owner, tokenId);

        emit AigcData(tokenId, prompt, aigcData, proof);
    }

    /// @inheritdoc IERC7007
    /// @dev False for a proof that cannot be read, too.
    function verify(
        bytes calldata prompt,
        bytes calldata aigcData,
        bytes calldata proof
    ) external view returns (bool success) {
        try this.requireContent(prompt, aigcData, proof) returns (address, RequestId) {
            return true;
        } catch {
            return false;
        }
    }

    /// @inheritdoc IVerifiableContent
    function mintableAt(RequestId request) external view returns (uint256) {
        return _mintableAt[request];
    }

    /// @inheritdoc IVerifiableContent
    function contentHashOf(uint256 tokenId) external view returns (bytes32) {
        return _contentHashes[tokenId];
    }

    /// @inheritdoc IVerifiableContent
    function trusted() external view returns (SetupTrust trust, bytes32 pin) {
        return (_trust, _pin);
    }

    /// @inheritdoc IVerifiableContent
    function requireContent(
        bytes calldata prompt,
        bytes calldata aigcData,
        bytes calldata proof
    ) public view returns (address owner, RequestId request) {
        require(prompt.length % 32 == 0, ContentNotWords(prompt.length));
        require(aigcData.length % 32 == 0, ContentNotWords(aigcData.length));
        Receipt memory receipt;
        bytes32 salt;
        (owner, salt, receipt.operator, receipt.evidence) = abi.decode(proof, (address, bytes32, address, Evidence[]));
        request = requestOf(owner, keccak256(prompt), salt);
        receipt.release = release;
        receipt.request = request;
        receipt.input = prompt.fromBytes();
        receipt.output = aigcData.fromBytes();

        router.requireReceipt(receipt, _policy());
    }

    /// @inheritdoc IVerifiableContent
    function requestOf(address owner, bytes32 promptHash, bytes32 salt) public view returns (RequestId) {
        return
            RequestId.wrap(keccak256(abi.encode(REQUEST_TAG, block.chainid, address(this), owner, promptHash, salt)));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return interfaceId == type(IERC7007).interfaceId || super.supportsInterface(interfaceId);
    }

    function _policy() private view returns (Policy memory) {
        return Policies.all(Policies.zk(_trust, _pin));
    }
}
