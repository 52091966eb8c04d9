/// The way that buckets of a vector take until they are its sum on every rank.
///
/// Buckets of a step are numbered from 0, and land in that order, in `poll` and `wait` alone.
protocol BucketRoute: AnyObject {
  /// Buckets that can be on their way at a time.
  var depth: Int { get }
  /// Buckets of the step that have been started, and that have landed.
  var started: Int { get }
  var landed: Int { get }
  /// The bucket that `wait` waits for.
  var awaited: Int { get }
  /// Bytes that this rank has handed to MPI for other ranks so far.
  var sentBytes: Int { get }

  /// Opens a step: all that was on its way has landed.
  func begin()
  /// Takes floats `range` of each slot as the next bucket. At most `depth` are on their way. A narrow one is of
  /// bfloat16s alone: they go in 16 bits, and so do their sums, each rounded.
  func start(_ range: Range<Int>, isNarrow: Bool) throws
  /// Lets what is on its way come further, without waiting.
  func poll() throws
  /// Waits until a bucket that is on its way has come further.
  func wait() throws
}
