import Core
import Foundation
import Testing

@Suite struct SharedRoomTests {
  /// Both sides see what either writes; it is counted by shares, and given back.
  @Test func aRoomIsOneForAllWhoFindIt() throws {
    let bytes = 1 << 20
    let room = try #require(SharedRoom(bytes: bytes, processes: 4))
    let other = try #require(SharedRoom(of: room.address, bytes: bytes, processes: 4))
    #expect(room.pointer != other.pointer)
    for (one, two, place) in [(room, other, SharedRoom.frontBytes), (other, room, bytes - 8)] {
      #expect(two.pointer.load(fromByteOffset: place, as: UInt64.self) == 0)
      one.pointer.storeBytes(of: UInt64(7), toByteOffset: place, as: UInt64.self)
      #expect(two.pointer.load(fromByteOffset: place, as: UInt64.self) == 7)
    }
  }

  /// A room of another size, another one at the same place, or none.
  @Test func anotherRoomIsRefused() throws {
    let room = try #require(SharedRoom(bytes: 4096, processes: 1))
    let address = room.address
    #expect(SharedRoom(of: address, bytes: 8192, processes: 1) == nil)
    #expect(
      SharedRoom(of: [address[0], address[1], address[2] ^ 1], bytes: 4096, processes: 1) == nil)
    #expect(SharedRoom(of: [], bytes: 4096, processes: 1) == nil)
    #expect(SharedRoom(of: [address[0], 1 << 20, address[2]], bytes: 4096, processes: 1) == nil)
  }
}
