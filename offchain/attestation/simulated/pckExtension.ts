import { Buffer } from "node:buffer";

/** What Intel certifies of a platform. */
export type PlatformTcb = {
  /** Security versions of 16 components. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  /** Platform model: 6 bytes, in hexadecimal digits. */
  readonly fmspc: string;
};

/** Identifier of the SGX extension: 1.2.840.113741.1.13.1. */
export const SGX_EXTENSION = "1.2.840.113741.1.13.1";
const OID = [0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01];
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const ENUMERATED = 0x0a;

/** Returns the SGX extension of a PCK certificate (DER), laid out as Intel's (PCK Certificate Profile, 1.3.5). */
export function pckExtensionOf(platform: PlatformTcb): Uint8Array {
  const svns = [...platform.components, platform.pceSvn].map((svn, index) =>
    entry([2, index + 1], element(INTEGER, svn > 0x7f ? unsigned(svn) : Buffer.of(svn))),
  );
  const cpuSvn = entry([2, 18], element(OCTETS, Buffer.from(platform.components)));
  return element(
    SEQUENCE,
    entry([1], element(OCTETS, Buffer.alloc(16))),
    entry([2], element(SEQUENCE, ...svns, cpuSvn)),
    entry([3], element(OCTETS, Buffer.alloc(2))),
    entry([4], element(OCTETS, Buffer.from(platform.fmspc, "hex"))),
    entry([5], element(ENUMERATED, Buffer.of(0))),
  );
}

/** A number from 128 to 65,535 as the contents of an integer: its first bit is no sign. */
function unsigned(value: number): Buffer {
  const bytes = value > 0xff ? [value >> 8, value & 0xff] : [value];
  return Buffer.from((bytes[0] ?? 0) > 0x7f ? [0, ...bytes] : bytes);
}

function entry(arcs: readonly number[], value: Uint8Array): Buffer {
  return element(SEQUENCE, element(OBJECT_IDENTIFIER, Buffer.from([...OID, ...arcs])), value);
}

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}
