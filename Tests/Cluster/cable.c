// A cable of some length between two hosts that are network namespaces: what goes in at one end comes out at the other so
// many microseconds later, in order.
//
// usage: cable MICROSECONDS PROCESS PROCESS
//   Makes an interface cable0 in the network of each process, a tun that leaves segmentation and checksums to the other
//   end, so that one packet may be of 64 KiB; says "ready", and carries until it is ended. How fast is for a qdisc to say.
//   Timers are late, some 20 µs in a virtual machine: how late is measured first, and taken off.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

// Packets on the way, at most; more wait where they come from. 512 of 16 KiB are 8 MiB: 10 Gbit/s for 6 ms.
enum { most = 512, widest = sizeof(struct virtio_net_hdr) + 65536 };

struct packet {
  int64_t due;  // nanoseconds of the monotonic clock
  ssize_t bytes;
  unsigned char data[widest];
};

struct direction {
  int from, to;
  int64_t delay;  // nanoseconds
};

static void require(int is_so, const char *what) {
  if (is_so) return;
  fprintf(stderr, "cable: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

// The end of the cable in a process's network.
static int end(const char *process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/ns/net", process);
  int network = open(path, O_RDONLY | O_CLOEXEC);
  require(network >= 0 && setns(network, CLONE_NEWNET) == 0, path);
  close(network);
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  require(tun >= 0, "/dev/net/tun");
  struct ifreq interface = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
  strcpy(interface.ifr_name, "cable0");
  require(ioctl(tun, TUNSETIFF, &interface) == 0, "TUNSETIFF");
  require(ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) == 0, "TUNSETOFFLOAD");
  return tun;
}

static int compare(const void *one, const void *other) {
  int64_t difference = *(const int64_t *)one - *(const int64_t *)other;
  return (difference > 0) - (difference < 0);
}

static void sleep_for(int64_t nanoseconds, struct pollfd *in) {
  struct timespec wait = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  ppoll(in, in != NULL, nanoseconds < 0 ? NULL : &wait, NULL);
}

// By how much a wait of so long is too long, the median.
static int64_t lateness(int64_t delay) {
  enum { waits = 201 };
  int64_t late[waits];
  for (int i = 0; i < waits; i++) {
    int64_t due = now() + delay;
    sleep_for(delay, NULL);
    late[i] = now() - due;
  }
  qsort(late, waits, sizeof *late, compare);
  return late[waits / 2];
}

static void *carry(void *argument) {
  const struct direction *direction = argument;
  struct packet *ring = calloc(most, sizeof *ring);
  require(ring != NULL, "memory");
  unsigned taken = 0, given = 0;
  for (;;) {
    int64_t time = now();
    // What is refused is lost, as on a cable: an interface that is down.
    for (; given != taken && ring[given % most].due <= time; given++) {
      const struct packet *packet = &ring[given % most];
      if (write(direction->to, packet->data, packet->bytes) < 0) require(errno != EBADFD, "write");
    }
    int is_full = taken - given == most;
    if (!is_full) {
      struct packet *packet = &ring[taken % most];
      packet->bytes = read(direction->from, packet->data, widest);
      if (packet->bytes > 0) {
        packet->due = now() + direction->delay;
        taken++;
        continue;
      }
      require(errno == EAGAIN, "read");
    }
    int64_t left = given == taken ? 0 : ring[given % most].due - now();
    if (given != taken && left <= 0) continue;
    struct pollfd in = {.fd = direction->from, .events = POLLIN};
    sleep_for(given == taken ? -1 : left, is_full ? NULL : &in);
  }
  return NULL;
}

int main(int count, char **words) {
  if (count != 4) {
    fprintf(stderr, "usage: cable MICROSECONDS PROCESS PROCESS\n");
    return 64;
  }
  int64_t delay = atol(words[1]) * 1000;
  int one = end(words[2]), other = end(words[3]);
  // Ahead of ranks that wait by asking: a real cable needs none of their time.
  struct sched_param first = {.sched_priority = 1};
  require(sched_setscheduler(0, SCHED_FIFO, &first) == 0, "SCHED_FIFO");
  int64_t late = delay > 0 ? lateness(delay) : 0;
  delay = delay > late ? delay - late : 0;
  struct direction there = {one, other, delay}, back = {other, one, delay};
  pthread_t thread;
  require(pthread_create(&thread, NULL, carry, &there) == 0, "a thread");
  puts("ready");
  fflush(stdout);
  carry(&back);
}
