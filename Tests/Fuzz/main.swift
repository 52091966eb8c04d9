import Core
import Foundation

// Feeds one of the project's readers with inputs that libFuzzer makes, led by what of the code they reach.
//
// usage: Fuzz READER [OPTIONS OF LIBFUZZER] [CORPUS…]        `launch/fuzz` builds and calls it

/// libFuzzer's loop.
@_silgen_name("LLVMFuzzerRunDriver")
func runLibFuzzer(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The reader that is asked for.
let reader: Readers.Reader = {
  if CommandLine.arguments.count > 1, let reader = Readers.all[CommandLine.arguments[1]] {
    return reader
  }
  let names = Readers.all.keys.sorted().joined(separator: " ")
  print("usage: Fuzz READER [OPTION…] [CORPUS…], of \(names)")
  exit(64)
}()
/// Where the inputs lie as the files that readers want.
let scratch = try Scratch()

nonisolated(unsafe) var count = CommandLine.argc - 1
nonisolated(unsafe) var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
  CommandLine.unsafeArgv.advanced(by: 1)
let status = runLibFuzzer(&count, &arguments) { bytes, size in
  do {
    try reader(scratch, Array(UnsafeBufferPointer(start: bytes, count: size)))
  } catch let error as CSGError {
    precondition(!error.message.isEmpty, "refused without a word")
  } catch {
    fatalError("refused by an error that says nothing to people: \(error)")
  }
  return 0
}
exit(status)
