/* Replays a file of RADIUS packets over UDP with a bounded number outstanding, and prints how it went.
 *
 *   replay FILE HOST PORT WINDOW SOCKETS [TIMEOUT_MS [RATE]]
 *
 * FILE holds packets in sending order, each behind its length (two bytes, big-endian). Packet i carries
 * Identifier i % 256 and leaves from socket (i / 256) % SOCKETS, so that a slot (socket, Identifier) holds
 * one outstanding packet; WINDOW bounds the packets outstanding in all. A packet without an answer for
 * TIMEOUT_MS is sent again, the same bytes, at most MAX_TRIES times; then it is lost. RATE bounds the packets
 * begun per second; without it they are sent as the window allows.
 *
 * The one line printed: answered, rejected (Access-Reject among them), lost, retransmits, seconds, latency percentiles in microseconds counted
 * from the first transmission, and this program's own CPU seconds. Exit code 1 when packets were lost. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_TRIES = 10, IDENTIFIERS = 256, RECEIVE_BUFFER_BYTES = 4 << 20 };

enum { ACCESS_ACCEPT = 2, ACCESS_REJECT = 3, ACCOUNTING_RESPONSE = 5 };

static const double SCAN_SECONDS = 0.05;

struct packet { const uint8_t *bytes; size_t length; };
struct load { struct packet *packets; long count; };
struct slot { long packet; double first_sent, last_sent; int tries; };

struct replay {
  struct load load;
  int window, socket_count, epoll;
  int *sockets;
  struct slot *slots;
  double timeout, rate, started;
  float *latencies; /* microseconds, one per answer */
  long next, outstanding, answered, rejected, lost, retransmits;
};

static void fail(const char *what) { perror(what); exit(2); }

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) fail("memory");
  return memory;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static struct load read_load(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) fail(path);
  long size = ftell(file);
  rewind(file);
  uint8_t *bytes = allocate(size, 1);
  if (fread(bytes, 1, size, file) != (size_t)size) fail(path);
  fclose(file);
  struct load load = {0};
  for (long at = 0; at + 2 <= size; at += 2 + (bytes[at] << 8 | bytes[at + 1])) load.count++;
  load.packets = allocate(load.count, sizeof *load.packets);
  long at = 0;
  for (long i = 0; i < load.count; i++) {
    size_t length = bytes[at] << 8 | bytes[at + 1];
    load.packets[i] = (struct packet){bytes + at + 2, length};
    at += 2 + length;
  }
  return load;
}

static void open_sockets(struct replay *r, const char *host, int port) {
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, host, &server.sin_addr) != 1) fail("HOST is not an IPv4 address");
  r->epoll = epoll_create1(0);
  for (int i = 0; i < r->socket_count; i++) {
    int s = r->sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (s < 0) fail("socket");
    int bytes = RECEIVE_BUFFER_BYTES;
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (connect(s, (struct sockaddr *)&server, sizeof server)) fail("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, s, &event)) fail("epoll_ctl");
  }
}

/* Sends a packet; false when the socket takes no more just now. A refused port counts as sent: the
 * retransmission will find the server, or the packet is lost. */
static int transmit(struct replay *r, long packet) {
  struct packet p = r->load.packets[packet];
  int s = r->sockets[packet / IDENTIFIERS % r->socket_count];
  return send(s, p.bytes, p.length, 0) >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}

static void fill_window(struct replay *r) {
  long slot_count = (long)IDENTIFIERS * r->socket_count;
  while (r->outstanding < r->window && r->next < r->load.count) {
    struct slot *slot = &r->slots[r->next % slot_count];
    double t = now();
    if (r->rate > 0 && r->next > (t - r->started) * r->rate) return;
    if (slot->packet >= 0 || !transmit(r, r->next)) return;
    *slot = (struct slot){.packet = r->next, .first_sent = t, .last_sent = t, .tries = 1};
    r->next++;
    r->outstanding++;
  }
}

static int is_answer(uint8_t code) {
  return code == ACCOUNTING_RESPONSE || code == ACCESS_ACCEPT || code == ACCESS_REJECT;
}

static void take_answers(struct replay *r, int socket_index) {
  uint8_t answer[4096];
  ssize_t length;
  while ((length = recv(r->sockets[socket_index], answer, sizeof answer, 0)) > 0) {
    if (length < 20 || !is_answer(answer[0])) continue;
    struct slot *slot = &r->slots[(long)socket_index * IDENTIFIERS + answer[1]];
    if (slot->packet < 0) continue; /* the second answer to a packet sent twice */
    r->latencies[r->answered++] = (now() - slot->first_sent) * 1e6;
    if (answer[0] == ACCESS_REJECT) r->rejected++;
    slot->packet = -1;
    r->outstanding--;
  }
}

static void retransmit_overdue(struct replay *r, double t) {
  long slot_count = (long)IDENTIFIERS * r->socket_count;
  for (long i = 0; i < slot_count; i++) {
    struct slot *slot = &r->slots[i];
    if (slot->packet < 0 || t - slot->last_sent < r->timeout) continue;
    if (slot->tries == MAX_TRIES) {
      slot->packet = -1;
      r->lost++;
      r->outstanding--;
      continue;
    }
    if (!transmit(r, slot->packet)) return;
    slot->last_sent = t;
    slot->tries++;
    r->retransmits++;
  }
}

static void run(struct replay *r) {
  double scanned = now();
  while (r->answered + r->lost < r->load.count) {
    fill_window(r);
    struct epoll_event events[64];
    int ready = epoll_wait(r->epoll, events, 64, r->rate > 0 ? 1 : 2);
    for (int i = 0; i < ready; i++) take_answers(r, events[i].data.u32);
    double t = now();
    if (t - scanned > SCAN_SECONDS) {
      scanned = t;
      retransmit_overdue(r, t);
    }
  }
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void print_result(struct replay *r, double seconds) {
  qsort(r->latencies, r->answered, sizeof *r->latencies, by_value);
  long n = r->answered;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("answered %ld rejected %ld lost %ld retransmits %ld seconds %.3f p50_us %.0f p99_us %.0f max_us %.0f cpu_seconds %.3f\n",
         n, r->rejected, r->lost, r->retransmits, seconds, n ? r->latencies[n / 2] : 0, n ? r->latencies[n * 99 / 100] : 0,
         n ? r->latencies[n - 1] : 0, cpu);
}

int main(int argc, char **argv) {
  if (argc < 6) {
    fprintf(stderr, "usage: replay FILE HOST PORT WINDOW SOCKETS [TIMEOUT_MS [RATE]]\n");
    return 2;
  }
  struct replay r = {.load = read_load(argv[1]), .window = atoi(argv[4]), .socket_count = atoi(argv[5])};
  if (r.window < 1 || r.socket_count < 1) {
    fprintf(stderr, "replay: WINDOW and SOCKETS are whole numbers from 1\n");
    return 2;
  }
  r.timeout = (argc > 6 ? atoi(argv[6]) : 2000) / 1000.0;
  r.rate = argc > 7 ? atof(argv[7]) : 0;
  r.sockets = allocate(r.socket_count, sizeof *r.sockets);
  r.latencies = allocate(r.load.count, sizeof *r.latencies);
  long slot_count = (long)IDENTIFIERS * r.socket_count;
  r.slots = allocate(slot_count, sizeof *r.slots);
  for (long i = 0; i < slot_count; i++) r.slots[i].packet = -1;
  open_sockets(&r, argv[2], atoi(argv[3]));
  r.started = now();
  run(&r);
  print_result(&r, now() - r.started);
  return r.lost ? 1 : 0;
}
