import { Buffer } from "node:buffer";
import {
  AsnArray,
  AsnConvert,
  AsnProp,
  AsnPropTypes,
  AsnType,
  AsnTypeTypes,
  OctetString,
} from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { AttestationError } from "./errors.ts";

/** What Intel certifies of a platform in its PCK certificate. */
export type PckPlatform = {
  /** Security versions of 16 components, in the order of TCB info. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  /** Platform model, 6 bytes in lower-case hexadecimal, and its PCE, 2 bytes. */
  readonly fmspc: string;
  readonly pceId: string;
};

const SGX_EXTENSION = "1.2.840.113741.1.13.1";
const TCB = `${SGX_EXTENSION}.2`;
const PCE_ID = `${SGX_EXTENSION}.3`;
const FMSPC = `${SGX_EXTENSION}.4`;
const COMPONENTS = 16;
/** Behind the components: PCESVN, and CPUSVN, which the components were made from and no verdict reads. */
const TCB_ENTRIES = COMPONENTS + 2;
const INTEGER = 0x02;

class Entry {
  readonly id: string = "";
  readonly value: ArrayBuffer = new ArrayBuffer(0);
}
class Entries extends AsnArray<Entry> {}
AsnType({ type: AsnTypeTypes.Sequence })(Entry);
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(Entry.prototype, "id");
AsnProp({ type: AsnPropTypes.Any })(Entry.prototype, "value");
AsnType({ type: AsnTypeTypes.Sequence, itemType: Entry })(Entries);

/**
 * Reads the SGX extension of a PCK certificate (DER; Intel, "SGX PCK Certificate and CRL Profile", 1.3.5).
 *
 * @throws {AttestationError} `QUOTE_MALFORMED` where it has none, or one in another form.
 */
export function readPckPlatform(certificate: Uint8Array): PckPlatform {
  try {
    const { extensions } = AsnConvert.parse(certificate, Certificate).tbsCertificate;
    const found = extensions?.filter(({ extnID }) => extnID === SGX_EXTENSION) ?? [];
    const [extension] = found;
    if (extension === undefined || found.length > 1) throw malformed("is absent, or comes twice");
    return platformOf(AsnConvert.parse(extension.extnValue, Entries));
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause;
    throw malformed("cannot be read", cause);
  }
}

function platformOf(entries: readonly Entry[]): PckPlatform {
  const tcb: readonly Entry[] = [...AsnConvert.parse(only(entries, TCB), Entries)];
  const inOrder = tcb.every(({ id }, index) => id === `${TCB}.${index + 1}`);
  if (tcb.length !== TCB_ENTRIES || !inOrder) throw malformed("lists no 16 components");
  return {
    components: tcb.slice(0, COMPONENTS).map(({ value }) => integerOf(value, 0xff)),
    // The length was demanded.
    pceSvn: integerOf(tcb[COMPONENTS]?.value ?? new ArrayBuffer(0), 0xffff),
    fmspc: octetsOf(only(entries, FMSPC), 6),
    pceId: octetsOf(only(entries, PCE_ID), 2),
  };
}

function only(entries: readonly Entry[], id: string): ArrayBuffer {
  const found = entries.filter((entry) => entry.id === id);
  const [entry] = found;
  if (entry === undefined || found.length > 1) throw malformed(`has not one entry ${id}`);
  return entry.value;
}

function octetsOf(value: ArrayBuffer, length: number): string {
  const octets = Buffer.from(AsnConvert.parse(value, OctetString).buffer);
  if (octets.length !== length) throw malformed(`has an entry of other than ${length} bytes`);
  return octets.toString("hex");
}

/** Of at most two bytes, and of a third where the first bit would be a sign. */
function integerOf(value: ArrayBuffer, most: number): number {
  const [tag, length, ...content] = Buffer.from(value);
  const number = content.reduce((sum, byte) => sum * 256 + byte, 0);
  const isSigned = (content[0] ?? 0x80) > 0x7f;
  if (tag !== INTEGER || length !== content.length || isSigned || number > most) {
    throw malformed(`has a version that is no number up to ${most}`);
  }
  return number;
}

function malformed(reason: string, cause?: unknown): AttestationError {
  return new AttestationError(
    { code: "QUOTE_MALFORMED", field: "PCK certificate's SGX extension", reason },
    { cause },
  );
}
