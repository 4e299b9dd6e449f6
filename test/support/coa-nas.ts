/** A NAS that takes Disconnect- and CoA-Requests and answers them as a test says. */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { codeName } from '../../src/radius/code.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { attributesOf, parsePacket } from '../../src/radius/packet.ts';
import { type FakeRadiusServer, startFakeRadiusServer } from './fake-radius-server.ts';

/** A request as it came. */
export interface CoaRequest {
  /** `Disconnect-Request` or `CoA-Request`. */
  readonly code: string;
  /** Attribute names in order. */
  readonly names: readonly string[];
  /** Values by name, hexadecimal. */
  readonly values: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** How a request is answered: a code with an Error-Cause if it is a NAK's, `forged` with another secret, `elsewhere` from another port, or not at all. */
export type CoaAnswer = 'ack' | 'forged' | 'elsewhere' | 'silence' | { readonly nak: number | undefined };

export interface CoaNas {
  readonly port: number;
  /** Every request, retransmissions left out. */
  readonly requests: readonly CoaRequest[];
  /** Every datagram. */
  readonly datagrams: FakeRadiusServer['received'];
  close(): Promise<void>;
}

const dictionary = loadDictionary('dictionaries');

/** Starts one on a free port, which knows radmeter by `testing123`; `answerTo` is asked about every datagram. */
export async function startCoaNas(
  answerTo: (request: CoaRequest) => CoaAnswer,
  address?: string,
): Promise<CoaNas> {
  const requests: CoaRequest[] = [];
  const server = await startFakeRadiusServer((received) => {
    const request = requestOf(received.bytes);
    if (!requests.some((known) => known.bytes.equals(request.bytes))) requests.push(request);
    const answer = answerTo(request);
    if (answer === 'silence') return;
    const bytes = answerBytes(received.bytes, answer, answer === 'forged' ? 'another' : 'testing123');
    if (answer !== 'elsewhere') return received.reply(bytes);
    const other = createSocket('udp4');
    other.send(bytes, received.from.port, received.from.address, () => other.close());
  }, address);
  return { port: server.port, requests, datagrams: server.received, close: () => server.close() };
}

function requestOf(bytes: Buffer): CoaRequest {
  const parsed = parsePacket(bytes);
  if (!parsed.ok) throw new Error(`not a packet: ${parsed.reason}`);
  const attributes = attributesOf(parsed.packet).map(({ type, value }) => {
    const vendorId = type === 26 ? value.readUInt32BE(0) : undefined;
    const definition = dictionary.attribute(vendorId, vendorId === undefined ? type : value.readUInt8(4));
    const content = vendorId === undefined ? value : value.subarray(6);
    return [definition?.name ?? String(type), content.toString('hex')] as const;
  });
  return {
    code: codeName(parsed.packet.code),
    names: attributes.map(([name]) => name),
    values: Object.fromEntries(attributes),
    bytes,
  };
}

/** RFC 5176 §2.3: the Response Authenticator as in RFC 2866 §3. */
function answerBytes(request: Buffer, answer: CoaAnswer, secret: string): Buffer {
  const cause = typeof answer === 'object' ? answer.nak : undefined;
  const attributes =
    cause === undefined ? Buffer.alloc(0) : Buffer.from([101, 6, 0, 0, cause >> 8, cause & 255]);
  const header = Buffer.alloc(20);
  header[0] = request.readUInt8(0) + (typeof answer === 'object' ? 2 : 1);
  header[1] = request.readUInt8(1);
  header.writeUInt16BE(20 + attributes.length, 2);
  request.copy(header, 4, 4, 20);
  const digest = createHash('md5').update(header).update(attributes).update(secret).digest();
  digest.copy(header, 4);
  return Buffer.concat([header, attributes]);
}
