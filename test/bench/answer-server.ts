/** The ceiling radmeter is compared with: a Node UDP server that verifies every Accounting-Request and answers it, with radmeter's own functions, and does nothing else. */
import { createSocket } from 'node:dgram';
import { isAuthenticAccountingRequest } from '../../src/radius/authenticator.ts';
import { Code } from '../../src/radius/code.ts';
import { parsePacket } from '../../src/radius/packet.ts';
import { encodeAccountingResponse } from '../../src/radius/response.ts';

const RECEIVE_BUFFER_BYTES = 4 << 20;

const [port, secretText = ''] = process.argv.slice(2);
const secret = Buffer.from(secretText);
const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });

socket.on('message', (datagram, sender) => {
  const parsed = parsePacket(datagram);
  if (!parsed.ok || parsed.packet.code !== Code.AccountingRequest) return;
  if (!isAuthenticAccountingRequest(parsed.packet, secret)) return;
  socket.send(encodeAccountingResponse(parsed.packet, secret), sender.port, sender.address);
});

socket.bind(Number(port), '127.0.0.1', () => process.send?.('listening'));
process.on('SIGTERM', () => process.exit());
