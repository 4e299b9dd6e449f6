"""Sends one datagram to 127.0.0.1 from UDP source port 0, which no ordinary socket can have. Usage: send-from-port-zero.py PORT HEX"""
import socket
import struct
import sys

port, payload = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
raw.bind(("127.0.0.1", 0))
# RFC 768: source port, destination port, length, checksum; a checksum of 0 means none.
header = struct.pack("!HHHH", 0, port, 8 + len(payload), 0)
raw.sendto(header + payload, ("127.0.0.1", 0))
