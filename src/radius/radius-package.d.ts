/** The part of the npm package radius 1.1.4 that dictionary.ts uses; the package brings no types. */
declare module 'radius' {
  type Encodable = string | number | Date | Buffer;
  type PackageAttribute =
    | readonly [attribute: string, value: Encodable]
    | readonly [attribute: string, tag: number, value: Encodable]
    | readonly [vendorSpecific: 'Vendor-Specific', vendorId: number, attributes: readonly PackageAttribute[]];

  interface RadiusPackage {
    /** Forgets every dictionary; the package's own come back only through functions that are not listed here. */
    unload_dictionaries(): void;
    /** Reads a dictionary file and what it includes into tables that all users of the package share. */
    load_dictionary(file: string): void;
    vendor_name_to_id(name: string): string | undefined;
    attr_id_to_name(type: number, vendorId?: number): string | null | undefined;
    /** Fields of an attribute's row: 0 type, 1 name, 2 data type, 3 names by value, 4 values by name, 5 modifiers. */
    _attr_to(type: number, vendorId: number | undefined, field: number): unknown;
    /** Writes attributes into the packet at 0 and returns how many bytes that took; vendor -1 is none. */
    encode_attributes(packet: Buffer, attributes: readonly PackageAttribute[], vendor: number): number;
  }

  const radius: RadiusPackage;
  export default radius;
}
