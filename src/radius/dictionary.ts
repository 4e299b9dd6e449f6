/** The dictionaries: attribute numbers to names, types and value names, resolved once; and the encoding of replies. The only file that imports the package radius. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import radius from 'radius';
import { AppError, ConfigError } from '../errors.ts';
import { type AttributeDefinition, VALUE_TYPES, type ValueType } from './attribute-definition.ts';
import { type AttributeValue, contentOf } from './attribute-value.ts';

export type { AttributeDefinition, ValueType } from './attribute-definition.ts';
export type { AttributeValue } from './attribute-value.ts';

export interface Dictionary {
  /** Returns the definition of a standard (vendorId undefined) or vendor attribute, or undefined. */
  attribute(vendorId: number | undefined, type: number): AttributeDefinition | undefined;
  /** Returns the definition with that name, or undefined. */
  byName(name: string): AttributeDefinition | undefined;
  vendorName(vendorId: number): string | undefined;
  /**
   * Returns one encoded attribute, a vendor's inside its Vendor-Specific. The name may end in a tag, `Tunnel-Type:1`.
   * Throws invalid for an unknown name, a value that does not fit, or an attribute encrypted under the shared secret.
   */
  encodeAttribute(name: string, value: AttributeValue): Buffer;
}

const NO_VENDOR = -1;
const MAX_TYPE = 255;
const MAX_ATTRIBUTE_LENGTH = 255;

// The package's tables are one per process. This is whose they are at the moment.
let directoryInPackage: string | undefined;

/** Reads the file `dictionary` of a directory and what it includes. Throws invalid when it is missing or names a type not known here. */
export function loadDictionary(directory: string): Dictionary {
  loadIntoPackage(directory);
  const vendors = vendorsOf(directory);
  const tables = new Map<number, ReadonlyMap<number, AttributeDefinition>>();
  const byName = new Map<string, AttributeDefinition>();
  for (const vendorId of [NO_VENDOR, ...vendors.keys()]) {
    const definitions = definitionsOf(vendorId);
    tables.set(vendorId, new Map(definitions.map((definition) => [definition.type, definition])));
    for (const definition of definitions) addByName(byName, definition);
  }
  return {
    attribute: (vendorId, type) => tables.get(vendorId ?? NO_VENDOR)?.get(type),
    byName: (name) => byName.get(name),
    vendorName: (vendorId) => vendors.get(vendorId),
    encodeAttribute: (name, value) => {
      if (directoryInPackage !== directory) loadIntoPackage(directory);
      return encode(byName, name, value);
    },
  };
}

// The package's own dictionaries, which would contradict these, are loaded only by its encode and decode.
function loadIntoPackage(directory: string): void {
  radius.unload_dictionaries();
  directoryInPackage = undefined;
  try {
    radius.load_dictionary(join(directory, 'dictionary'));
  } catch (cause) {
    throw new ConfigError(
      `dictionaries: expected a directory with a file "dictionary" that can be read; got ${JSON.stringify(directory)}`,
      {
        cause,
      },
    );
  }
  directoryInPackage = directory;
}

/** Returns the lookup that names a standard attribute's enumerated value; it returns undefined for one without a name. */
export function valueNames(dictionary: Dictionary): (type: number, value: number) => string | undefined {
  return (type, value) => dictionary.attribute(undefined, type)?.valueNames.get(value);
}

/** The package answers for a vendor it is asked for but does not list them, so their names are read from the files. */
function vendorsOf(directory: string): Map<number, string> {
  const vendors = new Map<number, string>();
  for (const file of readdirSync(directory).filter((name) => name.startsWith('dictionary'))) {
    const text = readFileSync(join(directory, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/^\s*VENDOR\s+(\S+)\s+\d+/gm)) {
      const vendorId = radius.vendor_name_to_id(name);
      if (vendorId !== undefined) vendors.set(Number(vendorId), name);
    }
  }
  return vendors;
}

function definitionsOf(vendorId: number): AttributeDefinition[] {
  const definitions: AttributeDefinition[] = [];
  for (let type = 1; type <= MAX_TYPE; type++) {
    const name = radius.attr_id_to_name(type, vendorId);
    if (name !== undefined && name !== null) definitions.push(definitionOf(vendorId, type, name));
  }
  return definitions;
}

function definitionOf(vendorId: number, type: number, name: string): AttributeDefinition {
  const modifiers = Object.keys(rowField(vendorId, type, 5));
  const valueNames = Object.entries(rowField(vendorId, type, 3)).map(
    ([number, valueName]) => [Number(number), String(valueName)] as const,
  );
  const valueNumbers = Object.entries(rowField(vendorId, type, 4)).map(
    ([valueName, number]) => [valueName, Number(number)] as const,
  );
  return {
    name,
    vendorId: vendorId === NO_VENDOR ? undefined : vendorId,
    type,
    valueType: valueTypeOf(name, radius._attr_to(type, vendorId, 2)),
    hasTag: modifiers.includes('has_tag'),
    isEncrypted: modifiers.some((modifier) => modifier.startsWith('encrypt=')),
    isSecret: modifiers.some((modifier) => modifier === 'secret' || modifier.startsWith('encrypt=')),
    valueNames: new Map(valueNames),
    valueNumbers: new Map(valueNumbers),
  };
}

function rowField(vendorId: number, type: number, field: number): object {
  const value = radius._attr_to(type, vendorId, field);
  return typeof value === 'object' && value !== null ? value : {};
}

function valueTypeOf(name: string, written: unknown): ValueType {
  const found = VALUE_TYPES.find((valueType) => valueType === written);
  if (found !== undefined) return found;
  throw new AppError(
    'invalid',
    `Dictionary attribute ${name} has the type "${written}"; known are ${VALUE_TYPES.join(', ')}.`,
  );
}

function addByName(byName: Map<string, AttributeDefinition>, definition: AttributeDefinition): void {
  const other = byName.get(definition.name);
  if (other !== undefined) {
    throw new AppError(
      'invalid',
      `Dictionary attribute ${definition.name} is defined twice: as ${numberOf(other)} and as ${numberOf(definition)}.`,
    );
  }
  byName.set(definition.name, definition);
}

function numberOf({ vendorId, type }: AttributeDefinition): string {
  return vendorId === undefined ? `${type}` : `26.${vendorId}.${type}`;
}

function encode(
  byName: ReadonlyMap<string, AttributeDefinition>,
  nameAndTag: string,
  value: AttributeValue,
): Buffer {
  const [name = '', tagText] = nameAndTag.split(':');
  const definition = byName.get(name);
  if (definition === undefined) throw new AppError('invalid', `No dictionary knows the attribute ${name}.`);
  if (definition.isEncrypted) {
    throw new AppError(
      'invalid',
      `${name} is encrypted under the shared secret and cannot be encoded alone.`,
    );
  }
  const tag = tagText === undefined ? undefined : checkedTag(definition, tagText);
  const content = contentOf(definition, value, tag !== undefined);
  const attribute = tag === undefined ? ([name, content] as const) : ([name, tag, content] as const);

  const target = Buffer.alloc(MAX_ATTRIBUTE_LENGTH);
  const length =
    definition.vendorId === undefined
      ? radius.encode_attributes(target, [attribute], NO_VENDOR)
      : radius.encode_attributes(target, [['Vendor-Specific', definition.vendorId, [attribute]]], NO_VENDOR);
  return target.subarray(0, length);
}

// RFC 2868 §3.1: tags are 1 to 31.
function checkedTag(definition: AttributeDefinition, text: string): number {
  const tag = Number(text);
  if (definition.hasTag && /^\d+$/.test(text) && tag >= 1 && tag <= 0x1f) return tag;
  throw new AppError(
    'invalid',
    `${definition.name}:${text} is not a tagged attribute with a tag from 1 to 31.`,
  );
}
