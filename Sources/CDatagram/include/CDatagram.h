/// Short messages between processes of several hosts, apart from MPI: IPv4 and UDP, never waited for in a call.
#ifndef CDATAGRAM_H
#define CDATAGRAM_H

#include <stdint.h>

/// Where a message goes, or came from: address and port as numbers of this machine.
typedef struct {
  uint32_t host;
  uint16_t port;
} cdatagram_place;

/// A socket for messages to any address of this host, at a port that the system picks. Returns its descriptor, or
/// -errno.
int cdatagram_open(uint16_t *port);

/// Addresses of this host by which others may reach it, `most` at the most. Returns their number, or -errno.
int cdatagram_hosts(uint32_t *hosts, int most);

/// Sends a message. Returns 0, or errno: that one was sent does not say that it arrives.
int cdatagram_send(int descriptor, cdatagram_place to, const void *bytes, int count);

/// The next message that has come, at most `most` bytes of it. Returns their number, or -1 where there is none.
int cdatagram_receive(int descriptor, cdatagram_place *from, void *bytes, int most);

/// Waits until a message has come, or so many milliseconds.
void cdatagram_wait(int descriptor, int milliseconds);

void cdatagram_close(int descriptor);

#endif
