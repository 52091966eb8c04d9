#include "CDatagram.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int cdatagram_open(uint16_t *port) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
  socklen_t size = sizeof own;
  if (bind(descriptor, (struct sockaddr *)&own, size) || getsockname(descriptor, (struct sockaddr *)&own, &size)) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  *port = ntohs(own.sin_port);
  return descriptor;
}

int cdatagram_hosts(uint32_t *hosts, int most) {
  struct ifaddrs *all;
  if (getifaddrs(&all)) return -errno;
  int count = 0;
  for (struct ifaddrs *one = all; one && count < most; one = one->ifa_next) {
    if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET) continue;
    if (!(one->ifa_flags & IFF_UP) || one->ifa_flags & IFF_LOOPBACK) continue;
    struct sockaddr_in address;
    memcpy(&address, one->ifa_addr, sizeof address);
    hosts[count++] = ntohl(address.sin_addr.s_addr);
  }
  freeifaddrs(all);
  return count;
}

int cdatagram_send(int descriptor, cdatagram_place to, const void *bytes, int count) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_addr.s_addr = htonl(to.host), .sin_port = htons(to.port)};
  ssize_t sent = sendto(descriptor, bytes, (size_t)count, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
  return sent < 0 ? errno : 0;
}

int cdatagram_receive(int descriptor, cdatagram_place *from, void *bytes, int most) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  ssize_t count;
  // A port that nobody listens at any more is told of once, in place of a message.
  do {
    count = recvfrom(descriptor, bytes, (size_t)most, 0, (struct sockaddr *)&address, &size);
  } while (count < 0 && (errno == EINTR || errno == ECONNREFUSED));
  if (count < 0) return -1;
  *from = (cdatagram_place){.host = ntohl(address.sin_addr.s_addr), .port = ntohs(address.sin_port)};
  return (int)count;
}

void cdatagram_wait(int descriptor, int milliseconds) {
  struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
  (void)poll(&wanted, 1, milliseconds);
}

void cdatagram_close(int descriptor) { close(descriptor); }
